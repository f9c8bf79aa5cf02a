"""Feeds the circuit breaker: a failed result is looked at together with the last ones of its slice.

Only a failure can trip it, so nothing is asked after any other result. Failures of one slice go through here one after
the other: those that come at once see each other, and stop the slice once.
"""

from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Max
from django.utils.translation import gettext as _

from apps.halts.breaker import Figures, Rule, Tried, tripped
from apps.halts.halting import halt_by_breaker
from apps.halts.models import Halt
from apps.halts.rules import rule_in
from apps.halts.targets import Target
from apps.proposals.models import Proposal, Result
from apps.proposals.states import Disposition
from apps.registry.catalogue import current_book

# What was not carried out says nothing about whether it would have worked.
_TRIED = (Disposition.EXECUTED, Disposition.EXECUTION_ERROR)
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('reviewhub breaker'), hashtext(%s))"


def note_failure(proposal: Proposal, *, now: datetime) -> Halt | None:
    """Halt the slice of this locked proposal, whose failed result was just stored, if too many failed; else None."""
    rule = rule_in(current_book(), proposal.workflow_id)
    if not rule.is_active:
        return None
    # Not the row of the slice: whoever changes the registry may hold that and wait for what a halt changes.
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [str(proposal.slice_id)])
    of_slice = Halt.objects.filter(slice=proposal.slice_id)
    if of_slice.standing().exists():
        return None
    # What failed before a person let the slice go on was looked at then.
    since = of_slice.aggregate(since=Max("lifted_at"))["since"]
    found = tripped(rule, _last_tried(proposal.slice_id, rule, now), now=now, since=since)
    if found is None:
        return None
    return halt_by_breaker(target=Target(slice=proposal.slice), reason=_said(found, rule), now=now)


def _last_tried(slice_id: int, rule: Rule, now: datetime) -> list[Tried]:
    recent = Result.objects.filter(
        proposal__slice_id=slice_id,
        disposition__in=_TRIED,
        received_at__gt=now - timedelta(hours=rule.hours),
    )
    newest = recent.order_by("-received_at").values_list("received_at", "disposition")
    return [Tried(at, said == Disposition.EXECUTION_ERROR) for at, said in newest[: rule.of]]


def _said(found: Figures, rule: Rule) -> str:
    return _(
        "{failed} of the last {of} results failed within {hours} hours; the circuit breaker trips at {failures}."
    ).format(failed=found.failed, of=found.of, hours=rule.hours, failures=rule.failures)
