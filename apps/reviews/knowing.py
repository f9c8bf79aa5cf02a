"""Who knows that a case is a known one, or what is right in it? They are never shown it as a task.

Whoever decided it, on whatever copy; who said what is right in it; and everybody who has been on a page, or was sent a
message, that shows it as a known case: that is kept when it happens.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import F, Func, Q, Value

from apps.accounts.models import User
from apps.audit.models import Event
from apps.proposals.models import Examination
from apps.proposals.states import Purpose
from apps.reviews.models import Decision, GoldCase, GoldReading, Task


def who_knows(cases: Collection[GoldCase]) -> dict[UUID, set[int]]:
    """{case id: ids of the people who know it}. Two queries."""
    originals = {case.proposal_id: case.pk for case in cases}
    knowing: defaultdict[UUID, set[int]] = defaultdict(set)
    decided = Decision.objects.filter(
        Q(task__proposal__in=originals) | Q(task__proposal__examination_of__original__in=originals)
    )
    for original, examined, person in decided.values_list(
        "task__proposal_id", "task__proposal__examination_of__original_id", "by_id"
    ):
        knowing[originals[examined or original]].add(person)
    read = GoldReading.objects.filter(case__in=[case.pk for case in cases])
    for case_id, person in read.values_list("case_id", "by_id"):
        knowing[case_id].add(person)
    for case in cases:
        if case.added_by_id is not None:
            knowing[case.pk].add(case.added_by_id)
    return {case.pk: knowing[case.pk] for case in cases}


def note_read(cases: Iterable[UUID], *, by: User, now: datetime) -> None:
    """Keep that `by` is shown these as known cases. One query where that is nothing new.

    A copy that waits is not theirs any more. One in their hands stays there: they came by it before.
    """
    wanted = set(cases)
    read = GoldReading.objects.filter(by=by, case__in=wanted)
    new = wanted - set(read.values_list("case_id", flat=True)) if wanted else set()
    if not new:
        return
    GoldReading.objects.bulk_create(
        [GoldReading(case_id=case_id, by=by, at=now) for case_id in sorted(new)], ignore_conflicts=True
    )
    looks = Examination.objects.filter(
        original__gold_case__in=new, purpose=Purpose.REPLAY, concluded_at__isnull=True
    ).exclude(excluded__contains=[by.pk])
    waiting = Task.objects.filter(
        proposal__examination_of__original__gold_case__in=new,
        proposal__examination_of__purpose=Purpose.REPLAY,
        closed_at__isnull=True,
    )
    with_them = Func(F("excluded"), Value(by.pk), function="array_append")
    waiting.exclude(excluded__contains=[by.pk]).exclude(claimed_by=by).update(excluded=with_them)
    looks.exclude(copy__task__claimed_by=by).update(excluded=with_them)


def note_events(by: User, events: Sequence[Event], now: datetime) -> None:
    """The same for a page of the audit log. No query where it tells of no known case."""
    told = {event.subject_id for event in events if event.subject_kind == "gold_case"}
    if told:
        note_read(GoldCase.objects.filter(pk__in=told).values_list("pk", flat=True), by=by, now=now)
