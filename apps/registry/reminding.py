"""Asks for the review of what agents may propose, from its day on once a week until somebody has reviewed it."""

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.audit.sweeping import sweep
from apps.delivery.notifying import notify
from apps.registry.models import AgentGrant

_EVERY = timedelta(days=7)


def remind_reviewers(*, now: datetime, limit: int = 200) -> int:
    """Tell of each grant whose review is due, once a week; how many. Any number of sweepers may run."""
    today = timezone.localdate(now)
    due = AgentGrant.objects.filter(Q(told_on=None) | Q(told_on__lte=today - _EVERY), review_on__lte=today)
    due = due.filter(workflow__is_active=True)
    rows = due.select_related("agent", "workflow__technical_owner", "workflow__governance_lead")
    return sweep(
        next_due=lambda failed: (
            rows.exclude(pk__in=failed)
            .select_for_update(of=("self",), skip_locked=True, no_key=True)
            .order_by("pk")
            .first()
        ),
        act=lambda grant: _remind(grant, now),
        limit=limit,
    )


def _remind(grant: AgentGrant, now: datetime) -> None:
    grant.told_on = timezone.localdate(now)
    grant.save(update_fields=["told_on"])
    notify(
        people={grant.workflow.technical_owner, grant.workflow.governance_lead},
        kind="permissions",
        title=_("Review what {agent} may propose in {workflow}").format(
            agent=grant.agent.name, workflow=grant.workflow.name
        ),
        text=_("The review is due since {day}.").format(day=date_format(grant.review_on, "j M Y")),
        link=f"/registry/agents/{grant.agent.slug}/permissions/#{grant.workflow.slug}",
        tier=0,
        now=now,
        workflow_id=grant.workflow_id,
        replaces=True,
    )
