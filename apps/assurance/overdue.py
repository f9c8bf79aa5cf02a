"""Tells governance which slices should have been reviewed by now: at once, then every week until they are.

One message a workflow. From the third week on everybody accountable for it is told as well: the lead may have gone.
"""

from collections import defaultdict
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.queries import offices
from apps.assurance.models import ReviewWatch
from apps.audit.sweeping import sweep
from apps.delivery.notifying import notify
from apps.registry.models import Workflow
from apps.trust.models import Slice
from apps.trust.reviewing import next_review_of, overdue

_EVERY = timedelta(days=7)
_THEN_ALL = timedelta(days=21)
# {slice: the day its review should have been}
_Due = dict[int, date]


def tell_of_overdue(*, now: datetime, limit: int = 200) -> int:
    """Look at each active workflow; of how many it was told. Any number of sweepers may run."""
    due: dict[int, _Due] = defaultdict(dict)
    rows = overdue(Slice.objects.filter(workflow__is_active=True), now=now)
    for row in rows:
        day = next_review_of(row)
        if day is not None:
            due[row.workflow_id][row.pk] = day
    ReviewWatch.objects.bulk_create([ReviewWatch(workflow_id=pk) for pk in due], ignore_conflicts=True)
    watches = ReviewWatch.objects.filter(pk__in=due).order_by("pk")
    waiting = [watch.pk for watch in watches if _is_to_tell(watch, due[watch.pk], now)]

    def next_due(_failed: object) -> ReviewWatch | None:
        while waiting:
            locked = ReviewWatch.objects.select_for_update(skip_locked=True, no_key=True)
            watch = locked.filter(pk=waiting.pop(0)).first()
            # Another sweeper may have told it meanwhile.
            if watch is not None and _is_to_tell(watch, due[watch.pk], now):
                return watch
        return None

    return sweep(next_due=next_due, act=lambda watch: _tell(watch, due[watch.pk], now), limit=limit)


def _is_to_tell(watch: ReviewWatch, due: _Due, now: datetime) -> bool:
    return watch.told_at is None or watch.told_at <= now - _EVERY or not due.keys() <= set(watch.told)


def _tell(watch: ReviewWatch, due: _Due, now: datetime) -> None:
    people = ("business_owner", "process_owner", "technical_owner", "governance_lead")
    workflow = Workflow.objects.select_related(*people).get(pk=watch.pk)
    told = {workflow.governance_lead, *offices()}
    if min(due.values()) + _THEN_ALL <= timezone.localdate(now):
        told |= workflow.accountable
    title = ngettext(
        "%(workflow)s: the review of %(n)d slice is overdue",
        "%(workflow)s: the reviews of %(n)d slices are overdue",
        len(due),
    )
    notify(
        people=told,
        kind="review",
        title=title % {"workflow": workflow.name, "n": len(due)},
        text=_("Somebody from governance looks whether what they are let do is still right, and says so."),
        link=f"/assurance/register/?workflow={workflow.slug}&overdue=1",
        tier=0,
        now=now,
        workflow_id=workflow.pk,
        replaces=True,
    )
    watch.told, watch.told_at = sorted(due), now
    watch.save(update_fields=["told", "told_at"])
