"""Counts everything anew from the audit log and compares, or begins anew.

Goes through proposals in the order of their making, some at a time, with all events of each; what was refused at the
door comes last. Sweepers go on meanwhile: what differs is looked at once more after everything was counted, so that an
event of this moment is no difference.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from apps.audit.following import locked
from apps.audit.models import BEGINNING, Event
from apps.proposals.models import Examination, Proposal
from apps.quality.counting import count_events, facts_of, merge, place_of, row_of
from apps.quality.models import CountedCase, CountedDay, CountedUntil
from apps.quality.sorting import VERBS
from apps.quality.states import What

_SOME = 2000
_DAYS = """
    SELECT workflow_id, day, came, agent_version_id, policy_version_id, kept.n, counted.n, kept.total, counted.total
      FROM quality_countedday AS kept
      FULL JOIN (SELECT workflow_id, day, came, agent_version_id, policy_version_id, count(*) AS n, sum(amount) AS total
                   FROM quality_countedcase GROUP BY 1, 2, 3, 4, 5) AS counted
     USING (workflow_id, day, came, agent_version_id, policy_version_id)
     WHERE coalesce(kept.n, 0) <> coalesce(counted.n, 0)
        OR abs(coalesce(kept.total, 0) - coalesce(counted.total, 0)) > 1e-6 * (1 + abs(coalesce(counted.total, 0)))
     ORDER BY 1, 2, 3, 4, 5
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is kept otherwise than the log says; None: not at all."""

    what: str
    kept: str | None
    counted: str | None


def differences() -> Iterator[Difference]:
    """Every difference between the cases that are kept and the log, and between the days and the cases."""
    count_to_the_end()
    suspects = {source for events, keys in _pieces() for source, *_rest in _compared(events, keys)}
    count_to_the_end()
    keys = _proposals_of(suspects)
    events = [*_events_about(keys), *Event.objects.filter(pk__in=suspects, proposal_id=None)]
    for source, what, kept, counted in _compared(events, keys | suspects):
        yield Difference(f"{what} of {source}", kept, counted)
    for row in _unknown():
        yield Difference(f"{row.what} of {row.source}", row.came, None)
    with connection.cursor() as cursor:
        cursor.execute(_DAYS)
        for workflow_id, day, came, _version, _policy, n, counted, total, hours in cursor.fetchall():
            what = f"workflow {workflow_id}, {day}, {came}"
            yield Difference(what, f"{n or 0} ({total or 0:g})", f"{counted or 0} ({hours or 0:g})")


def start_over() -> None:
    """Forget what was counted; the next sweeps count the whole log."""
    with transaction.atomic():
        locked(CountedUntil, waits=True)
        CountedDay.objects.all().delete()
        CountedCase.objects.all().delete()
        CountedUntil.objects.update(surely=BEGINNING, read_to=BEGINNING)


def count_to_the_end() -> None:
    """Count what is in the log by now."""
    while count_events(now=timezone.now(), waits=True):
        pass


def _compared(
    events: Sequence[Event], keys: Collection[UUID]
) -> Iterator[tuple[UUID, str, str | None, str | None]]:
    """(source, what, kept, counted) of what differs among these events and the cases of these keys."""
    counted = {key: row_of(fact) for key, fact in merge(facts_of(events)).items()}
    sources = {source for source, _what in counted} | set(keys)
    kept = {(row.source, str(row.what)): row for row in CountedCase.objects.filter(source__in=sources)}
    for key in sorted(kept.keys() | counted.keys()):
        one, other = kept.get(key), counted.get(key)
        if one is None or other is None or place_of(one) != place_of(other):
            yield *key, _told(one), _told(other)


def _told(row: CountedCase | None) -> str | None:
    return None if row is None else f"{row.came} on {row.day}"


def _pieces() -> Iterator[tuple[Sequence[Event], set[UUID]]]:
    """All events, in pieces that hold everything about their cases; and the proposals of the piece."""
    last = BEGINNING
    while True:
        proposals = Proposal.objects.filter(pk__gt=last, is_copy=False).order_by("pk")
        keys = list(proposals.values_list("pk", flat=True)[:_SOME])
        if not keys:
            break
        last = keys[-1]
        yield _events_about(keys), set(keys)
    last = BEGINNING
    while True:
        refused = Event.objects.filter(verb="proposal.refused", pk__gt=last).order_by("pk")[:_SOME]
        events = list(refused)
        if not events:
            break
        last = events[-1].pk
        yield events, {event.pk for event in events}


def _events_about(keys: Collection[UUID]) -> list[Event]:
    looks = Examination.objects.filter(original__in=keys, copy__isnull=False)
    about = {*keys, *looks.values_list("copy_id", flat=True)}
    return list(Event.objects.filter(proposal_id__in=about, verb__in=VERBS).order_by("pk"))


def _proposals_of(sources: Collection[UUID]) -> set[UUID]:
    """The proposals behind these sources, which are proposals or events about one."""
    told = Event.objects.filter(pk__in=sources, proposal_id__isnull=False).values_list(
        "proposal_id", flat=True
    )
    return {
        *Proposal.objects.filter(pk__in=sources).values_list("pk", flat=True),
        *(key for key in told if key),
    }


def _unknown() -> Iterator[CountedCase]:
    """Kept cases of which the log and the proposals know nothing."""
    is_event, is_proposal = (
        Exists(model.objects.filter(pk=OuterRef("source"))) for model in (Event, Proposal)
    )
    attempts = CountedCase.objects.filter(what=What.ATTEMPT).exclude(is_event)
    others = CountedCase.objects.exclude(what=What.ATTEMPT).exclude(is_proposal)
    yield from attempts.order_by("pk").iterator()
    yield from others.order_by("pk").iterator()
