"""The register of autonomy: what each slice is let do, why, who signed, and by when somebody looks again.

As many statements for a thousand slices as for one; only a page of them is read at a time.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from apps.assurance.lately import AtStake, at_stake
from apps.audit.models import Event
from apps.registry.models import Workflow
from apps.registry.states import Stage
from apps.trust.ladder import level
from apps.trust.models import Signature, Slice, SliceReview, TrustEvent
from apps.trust.reviewing import newest_reviews, next_review_of, overdue, with_next_review
from apps.trust.states import WENT_DOWN, Level, Move, RecommendationKind, RecommendationStatus
from apps.trust.terms import know_rules

PAGE = 25
_BATCH = 200
_UP = (Move.PROMOTED, Move.LOWERED)
_NOTHING = AtStake()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which slices: of one workflow (its slug) or of all, in one stage or in any, overdue ones only or all."""

    workflow: str = ""
    stage: str = ""
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. `why` is what its stage rests on, `approvers` who put their names under it (nobody, where nobody had
    to); `review` is the newest one, `next_on` when the next is due; None: nothing of it can happen.
    """

    slice: Slice
    level: Level
    stake: AtStake
    why: str
    approvers: tuple[str, ...]
    review: SliceReview | None
    next_on: date | None
    is_overdue: bool


def wanted_slices(workflows: QuerySet[Workflow], wanted: Wanted, *, now: datetime) -> QuerySet[Slice]:
    """The slices of these workflows that are asked for, in the order of the register."""
    rows = Slice.objects.filter(workflow__in=workflows)
    if wanted.workflow:
        rows = rows.filter(workflow__slug=wanted.workflow)
    if wanted.stage:
        rows = rows.filter(stage=wanted.stage)
    rows = overdue(rows, now=now) if wanted.overdue else with_next_review(rows)
    rows = rows.select_related("workflow", "action_type", "agent")
    return rows.order_by("workflow__name", "action_type__title", "segment", "agent__name", "pk")


def page_of(rows: QuerySet[Slice], number: int, *, now: datetime) -> tuple[list[Entry], bool]:
    """A page of the register, the first is 1, and whether there are more. Eight statements."""
    first = (number - 1) * PAGE
    found = list(rows[first : first + PAGE + 1])
    return entries_of(found[:PAGE], now=now), len(found) > PAGE


def every_entry(rows: QuerySet[Slice], *, now: datetime) -> Iterator[Entry]:
    """All of it, read some hundred slices at a time."""
    ids = list(rows.values_list("pk", flat=True))
    for first in range(0, len(ids), _BATCH):
        batch = ids[first : first + _BATCH]
        found = {row.pk: row for row in rows.filter(pk__in=batch)}
        yield from entries_of([found[pk] for pk in batch if pk in found], now=now)


def entries_of(rows: Sequence[Slice], *, now: datetime) -> list[Entry]:
    """What the register says of these slices of `wanted_slices`. Seven statements."""
    ids = [row.pk for row in rows]
    know_rules({row.criteria_id for row in rows})
    steps, moves, signed = _steps(ids), _moves(ids), _signed(ids)
    stakes, reviews, today = at_stake(ids), newest_reviews(ids), timezone.localdate(now)
    found = []
    for row in rows:
        why, approvers = _why(row, steps.get(row.pk), moves.get(row.pk), signed.get(row.pk, ()))
        next_on = next_review_of(row)
        found.append(
            Entry(
                slice=row,
                level=level(row),
                stake=stakes.get(row.pk, _NOTHING),
                why=why,
                approvers=approvers,
                review=reviews.get(row.pk),
                next_on=next_on,
                is_overdue=next_on is not None and next_on < today,
            )
        )
    return found


def _steps(ids: list[int]) -> dict[int, TrustEvent]:
    """{slice: its newest step by evidence, up or down}."""
    rows = TrustEvent.objects.filter(slice__in=ids, move__in=(*_UP, *WENT_DOWN))
    return {row.slice_id: row for row in rows.order_by("slice", "-at", "-pk").distinct("slice")}


def _moves(ids: list[int]) -> dict[int, Event]:
    """{slice: the newest event that set its stage otherwise: opened, moved by hand, let out of shadow}."""
    rows = Event.objects.filter(
        subject_kind="slice",
        subject_id__in=[str(pk) for pk in ids],
        verb__in=["slice.created", "slice.stage_changed"],
    )
    newest = rows.order_by("subject_id", "-at", "-id").distinct("subject_id")
    return {int(row.subject_id): row for row in newest}


def _signed(ids: list[int]) -> dict[int, tuple[str, ...]]:
    """{slice: who signed last for its way out of shadow}."""
    rows = Signature.objects.filter(
        Q(recommendation__status=RecommendationStatus.RATIFIED),
        recommendation__standing__slice__in=ids,
        recommendation__kind=RecommendationKind.ASSISTED,
    )
    found: dict[int, tuple[object, list[str]]] = {}
    told = rows.order_by("-recommendation__ended_at", "recommendation", "pk").values_list(
        "recommendation__standing__slice", "recommendation", "by__name"
    )
    for pk, recommendation, name in told:
        newest, names = found.setdefault(pk, (recommendation, []))
        if newest == recommendation:
            names.append(name)
    return {pk: tuple(names) for pk, (_newest, names) in found.items()}


def _why(
    row: Slice, step: TrustEvent | None, move: Event | None, signed: tuple[str, ...]
) -> tuple[str, tuple[str, ...]]:
    if row.stage == Stage.SUPERVISED and step is not None and step.move in _UP:
        return _certificate(step), tuple(step.people)
    if step is not None and step.move in WENT_DOWN and (move is None or move.at <= step.at):
        said = _("{how}, on {day}. {reason}")
        why = said.format(how=step.get_move_display(), day=_day(step.at), reason=step.reason)
        return why.strip(), tuple(step.people)
    if move is None:
        return "", ()
    if move.verb == "slice.created":
        return _("Its work begins in this stage, since {day}.").format(day=_day(move.at)), ()
    by_evidence = move.data.get("kind") == RecommendationKind.ASSISTED and row.stage == Stage.ASSISTED
    return str(move.data.get("reason", "")), signed if by_evidence else (move.actor_name,)


def _certificate(step: TrustEvent) -> str:
    """What the two people signed for, in figures."""
    said = _(
        "{wrong} of {n} wrong; evidence {evidence:,.0f}, needed {need:,.0f}; attempt {attempt}, on {day}."
    )
    return said.format(
        wrong=sum(step.k),
        n=sum(step.n),
        evidence=math.exp(min(step.log_evidence or 0, 700)),
        need=math.exp(min(step.log_need or 0, 700)),
        attempt=step.attempt,
        day=_day(step.at),
    )


def _day(at: datetime) -> str:
    return date_format(localtime(at), "j M Y")
