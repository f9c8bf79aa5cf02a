"""Counts, as it comes in, how agents and judges lie beside people.

A sweeper that reads the audit log on. For every proposal something happened to it looks up anew how its comparisons
stand, and moves them from the counts they were in to those they belong to: what is told twice, late, or corrected
later is counted once and right. One at a time counts, so that no two write the same number.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, models

from apps.audit.following import read_on
from apps.audit.models import Event
from apps.evaluation.comparing import compared
from apps.evaluation.judging import measuring_of
from apps.evaluation.models import Followed, JudgeCount, JudgedCase, JudgeScore, ShadowCase, ShadowCount
from apps.evaluation.people import answers_of
from apps.evaluation.scales import said_by_people
from apps.proposals.models import Examination
from apps.proposals.states import Status

COMPARED = (
    "proposal.human_action_reported",
    "proposal.opinion_given",
    "proposal.outcome_reported",
    "proposal.concluded",
)
"""What can change how a shadow proposal lies beside people."""

JUDGED = (
    "proposal.judged",
    "proposal.acted",
    "proposal.approved",
    "proposal.denied",
    "proposal.expired",
    "proposal.withdrawn",
    "proposal.superseded",
)
"""What can, beside those, change how a judge does."""


def count_again(*, now: datetime, limit: int = 2000) -> int:
    """Count what the next `limit` events changed; how many there were where there may be more, else 0."""
    return read_on(Followed, verbs=(*COMPARED, *JUDGED), act=_count, limit=limit)


def count_compared(ids: Collection[UUID]) -> None:
    """Count the comparisons of these proposals as they stand now."""
    before = {case.pk: case for case in ShadowCase.objects.filter(proposal__in=ids)}
    after = {case.pk: case for case in compared(ids)}
    moved: Counter[tuple[Any, ...]] = Counter()
    for cases, by in ((before, -1), (after, 1)):
        for case in cases.values():
            moved[case.slice_id, case.agent_version_id, case.source, case.kind, case.later] += by
    ShadowCase.objects.filter(pk__in=before.keys() - after.keys()).delete()
    ShadowCase.objects.bulk_create(
        after.values(),
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["source", "kind", "later", "differing"],
    )
    _add(ShadowCount, ("slice_id", "agent_version_id", "source", "kind", "later"), moved)


def count_judged(ids: Collection[UUID]) -> None:
    """Count what judges said about these proposals beside what people say now. Nothing where no judge spoke."""
    after = {(case.judge_id, case.proposal_id): case for case in _judged(ids)}
    before = {(case.judge_id, case.proposal_id): case for case in JudgedCase.objects.filter(proposal__in=ids)}
    moved: Counter[tuple[Any, ...]] = Counter()
    for cases, by in ((before, -1), (after, 1)):
        for case in cases.values():
            moved[case.judge_id, case.said, case.people, case.is_after_answer] += by
    if gone := before.keys() - after.keys():
        JudgedCase.objects.filter(pk__in=[before[key].pk for key in gone]).delete()
    JudgedCase.objects.bulk_create(
        after.values(),
        update_conflicts=True,
        unique_fields=["judge", "proposal"],
        update_fields=["said", "people", "is_after_answer"],
    )
    _add(JudgeCount, ("judge_id", "said", "people", "is_after_answer"), moved)


def _count(events: Collection[Event]) -> None:
    changed = {event.proposal_id for event in events if event.verb in COMPARED and event.proposal_id}
    ended = {event.proposal_id for event in events if event.proposal_id}
    originals = dict(Examination.objects.filter(copy__in=changed).values_list("copy_id", "original_id"))
    count_compared({originals.get(pk, pk) for pk in changed})
    count_judged({originals.get(pk, pk) for pk in ended})


def _judged(ids: Collection[UUID]) -> list[JudgedCase]:
    counting: dict[tuple[int, UUID], JudgeScore] = {}
    ended = JudgeScore.objects.filter(proposal__in=ids).exclude(proposal__status=Status.PENDING)
    for score in ended.select_related("judge").order_by("pk"):
        key = (score.judge_id, score.proposal_id)
        # Once the answer may be known, only the first word counts, and only where there was none before.
        if key not in counting or not score.is_after_answer:
            counting[key] = score
    if not counting:
        return []
    answers = answers_of({proposal_id for _judge, proposal_id in counting})
    return [
        JudgedCase(
            judge=score.judge,
            proposal_id=score.proposal_id,
            said=score.said,
            people=said_by_people(measuring_of(score.judge).scale, answers.get(score.proposal_id)),
            is_after_answer=score.is_after_answer,
        )
        for score in counting.values()
    ]


def _add(model: type[models.Model], columns: tuple[str, ...], moved: Mapping[tuple[Any, ...], int]) -> None:
    """Add to the counts of these keys; one that has become none stays at 0."""
    rows = [(*key, by) for key, by in sorted(moved.items()) if by]
    if not rows:
        return
    table, names = model._meta.db_table, ", ".join(columns)
    places = ", ".join(f"({', '.join(['%s'] * (len(columns) + 1))})" for _row in rows)
    with connection.cursor() as cursor:
        # A count is never below none, not even in the row that is proposed and then added to another.
        cursor.execute(
            f"WITH moved ({names}, n) AS (VALUES {places}), kept AS ("  # noqa: S608  (names from our own models)
            f" UPDATE {table} AS counted SET n = counted.n + moved.n FROM moved"
            f" WHERE ({', '.join('counted.' + name for name in columns)})"
            f" = ({', '.join('moved.' + name for name in columns)})"
            f" RETURNING {', '.join('counted.' + name for name in columns)})"
            f" INSERT INTO {table} ({names}, n) SELECT {names}, n FROM moved"
            f" WHERE ({names}) NOT IN (SELECT {names} FROM kept)",
            [value for row in rows for value in row],
        )
