"""What the checks say about how people decide: known cases, attention, and like cases. For the person first.

Looks a month back, at a bounded number of decisions: history does not make it slower.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from django.db.models import Count, F, Q, QuerySet

from apps.accounts.models import User
from apps.reviews.models import Attention, Decision, GoldAnswer, Queue
from apps.reviews.peers import Counts, Likeness, interval, likeness
from apps.reviews.states import GoldResult, Mark

LATELY = timedelta(days=30)
_MOST = 5000


@dataclass(frozen=True, slots=True)
class Caught:
    """Known cases a person decided: `missed` of `mistakes` were let through, between `low` and `high` of all mistakes;
    `false_alarms` of `rights` were not let through.
    """

    mistakes: int
    missed: int
    low: float
    high: float
    rights: int
    false_alarms: int


@dataclass(frozen=True, slots=True)
class CameRound:
    """Decisions of people who had picked first, not knowing the agent's choice: `otherwise` of `picked` would have done
    something else, `came_round` of these went over to the agent's side once they saw it.
    """

    picked: int = 0
    otherwise: int = 0
    came_round: int = 0

    @property
    def range(self) -> tuple[float, float]:
        """Between which shares the true one lies, as far as so many can say."""
        return interval(self.otherwise, self.came_round)


@dataclass(frozen=True, slots=True)
class Figures:
    """One person's decisions lately. Times are seconds, over decisions whose page could measure them (`measured`).

    `opened` of `items` of evidence were on the screen; `marks` counts what is no evidence of trust, by why.
    """

    person: User
    decided: int
    taken: int
    measured: int
    spent: float | None
    floor: float | None
    opened: int
    items: int
    marks: list[tuple[Mark, int]]
    like: Likeness
    caught: Caught
    minds: CameRound

    @property
    def marked(self) -> int:
        """How many decisions are no evidence because of how they were made."""
        return sum(count for _mark, count in self.marks)


def own_figures(person: User, *, now: datetime) -> Figures:
    """A person's own, over all their queues. Four queries."""
    rows = list(Attention.objects.filter(by=person, at__gt=now - LATELY).order_by("-at")[:_MOST])
    slices = {row.slice_id for row in rows}
    others = Attention.objects.filter(slice_id__in=slices, at__gt=now - LATELY).order_by("-at")
    everybody = _by_slice(others.values_list("slice_id", "is_approval")[:_MOST])
    given = GoldAnswer.objects.filter(by=person, is_void=False).select_related("case")
    minds = minds_of(Decision.objects.filter(pick__by=person), now=now)
    return _figures(person, rows, everybody, list(given), minds.get(person.pk, CameRound()))


def queue_figures(queue: Queue, people: Collection[User], *, now: datetime) -> list[Figures]:
    """Those of these people in one queue, in the order given. Three queries."""
    rows = list(Attention.objects.filter(queue=queue, at__gt=now - LATELY).order_by("-at")[:_MOST])
    everybody = _by_slice((row.slice_id, row.is_approval) for row in rows)
    by_person: defaultdict[int, list[Attention]] = defaultdict(list)
    for row in rows:
        by_person[row.by_id].append(row)
    given: defaultdict[int, list[GoldAnswer]] = defaultdict(list)
    answers = GoldAnswer.objects.filter(
        by__in=[person.pk for person in people], decision__task__queue=queue, is_void=False
    )
    for answer in answers.select_related("case"):
        given[answer.by_id].append(answer)
    picked = Decision.objects.filter(pick__by__in=[person.pk for person in people], task__queue=queue)
    minds = minds_of(picked, now=now)
    return [
        _figures(person, by_person[person.pk], everybody, given[person.pk], minds.get(person.pk, CameRound()))
        for person in people
    ]


def minds_of(decisions: QuerySet[Decision], *, now: datetime) -> dict[int, CameRound]:
    """{person id: how often they picked otherwise, and went over to the agent's side} lately. One query."""
    lately = decisions.filter(undone_at__isnull=True, pick__picked_at__gt=now - LATELY)
    otherwise = Q(pick__is_as_proposed=False)
    rows = lately.values("by_id").annotate(
        picked=Count("pk"),
        otherwise=Count("pk", filter=otherwise),
        went_over=Count("pk", filter=otherwise & Q(args_sha256=F("seen_sha256"))),
    )
    return {row["by_id"]: CameRound(row["picked"], row["otherwise"], row["went_over"]) for row in rows}


def caught_of(answers: Iterable[GoldAnswer]) -> Caught:
    """What known cases show about whoever gave these answers. Wants `case` loaded."""
    counts = Counter((answer.case.is_mistake, answer.result) for answer in answers)
    mistakes = sum(count for (is_mistake, _result), count in counts.items() if is_mistake)
    missed = counts[True, GoldResult.MISSED]
    low, high = interval(mistakes, missed)
    return Caught(
        mistakes=mistakes,
        missed=missed,
        low=low,
        high=high,
        rights=sum(counts.values()) - mistakes,
        false_alarms=counts[False, GoldResult.FALSE_ALARM],
    )


def _figures(
    person: User,
    rows: list[Attention],
    everybody: dict[int, Counts],
    answers: list[GoldAnswer],
    minds: CameRound,
) -> Figures:
    measured = [row for row in rows if row.active_ms is not None]
    seen = [row for row in rows if row.opened is not None]
    own = _by_slice((row.slice_id, row.is_approval) for row in rows)
    marks = Counter(row.mark for row in rows if row.mark)
    # A slice everybody's bounded look back did not reach compares with nobody.
    reached = {key: counts for key, counts in own.items() if everybody.get(key, (0, 0))[0] >= counts[0]}
    return Figures(
        person=person,
        decided=len(rows),
        taken=sum(row.is_approval for row in rows),
        measured=len(measured),
        spent=median((row.active_ms or 0) / 1000 for row in measured) if measured else None,
        floor=median(row.floor_ms / 1000 for row in measured) if measured else None,
        opened=sum(min(row.opened or 0, row.items) for row in seen),
        items=sum(row.items for row in seen),
        marks=[(mark, marks[mark]) for mark in Mark if marks[mark]],
        like=likeness(reached, everybody),
        caught=caught_of(answers),
        minds=minds,
    )


def _by_slice(decisions: Iterable[tuple[int, bool]]) -> dict[int, Counts]:
    counts: dict[int, Counts] = {}
    for slice_id, is_approval in decisions:
        decided, taken = counts.get(slice_id, (0, 0))
        counts[slice_id] = decided + 1, taken + is_approval
    return counts
