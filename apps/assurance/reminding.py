"""Tells the owner of an item of readiness that it ends, and everybody who has to know that it has ended.

From fourteen days before its last day on, once a week, the owner. Past it at once and then once a week, until it is
done again or opened, also the people the workflow names and the offices: nothing of the workflow moves up until then.
"""

from datetime import datetime, timedelta

from django.db.models import F, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.accounts.queries import offices
from apps.audit.sweeping import sweep
from apps.delivery.notifying import notify
from apps.trust.models import ReadinessItem
from apps.trust.readiness import ENDING
from apps.trust.states import ItemState

_EVERY = timedelta(days=7)


def remind_of_items(*, now: datetime, limit: int = 200) -> int:
    """Each item that ends soon or has ended, of active workflows; how many. Any number of sweepers may run."""
    today = timezone.localdate(now)
    told_before_its_end = Q(expires_on__lt=today, told_at__date__lte=F("expires_on"))
    due = ReadinessItem.objects.filter(
        Q(told_at=None) | Q(told_at__lte=now - _EVERY) | told_before_its_end,
        expires_on__lte=today + ENDING,
        workflow__is_active=True,
    )
    due = due.select_related("workflow", "owner").order_by("expires_on", "pk")
    return sweep(
        next_due=lambda failed: (
            due.exclude(pk__in=failed).select_for_update(of=("self",), skip_locked=True, no_key=True).first()
        ),
        act=lambda row: _remind(row, now),
        limit=limit,
    )


def _remind(row: ReadinessItem, now: datetime) -> None:
    today = timezone.localdate(now)
    has_ended = row.state(today) is ItemState.EXPIRED
    people = {row.owner}
    if has_ended:
        people |= {*row.workflow.accountable, *offices()}
    title = _("{workflow}: {item} has expired") if has_ended else _("{workflow}: {item} ends soon")
    text = (
        _(
            "It held until {day}. No slice of this workflow moves up until there is newer evidence. Owner: {owner}."
        )
        if has_ended
        else _("It holds until {day}. Then no slice of this workflow moves up any more. Owner: {owner}.")
    )
    notify(
        people=people,
        kind="readiness",
        title=title.format(workflow=row.workflow.name, item=row.get_item_display()),
        text=text.format(day=date_format(row.expires_on or today, "j M Y"), owner=row.owner.name),
        link=f"/assurance/{row.workflow.slug}/readiness/",
        tier=0,
        now=now,
        workflow_id=row.workflow_id,
    )
    row.told_at = now
    row.save(update_fields=["told_at"])
