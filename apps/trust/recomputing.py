"""Folds the ledger and the history again, with the controller's own functions, and compares with what is stored."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any

from django.db.models import Count, Model, Q, QuerySet

from apps.trust import controller
from apps.trust.controller import Earned, Terms
from apps.trust.counting import replayed
from apps.trust.judging import folded as verdicts_of
from apps.trust.models import LedgerEntry, ReviewerQuality, Seed, Slice, Standing, TrustEvent
from apps.trust.states import Feeds, Move
from apps.trust.terms import rules_of_version

# Moves of the controller itself: they follow from the ledger. The others were made by people or the calendar.
_BY_ITSELF = (Move.PAUSED, Move.RESUMED, Move.DEMOTED, Move.STARTED_OVER)
_CHUNK = 2000
Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """`what` is stored otherwise than its ledger says: {name: (stored, folded)}."""

    what: str
    fields: dict[str, tuple[object, object]]


def differences() -> Iterator[Difference]:
    """Every standing, slice and reviewer whose kept figures differ; reads each ledger twice, in pieces."""
    for standing in Standing.objects.select_related("slice", "agent_version").order_by("pk"):
        what = f"{standing.slice} by {standing.agent_version}"
        yield from _compared(what, *figures_of(standing))
    for row in Slice.objects.select_related("action_type", "agent").order_by("pk"):
        yield from _compared(str(row), *totals_of(row))
    for quality in ReviewerQuality.objects.select_related("person").order_by("pk"):
        counted = _seeds(Seed.objects.filter(by=quality.person_id))
        yield from _compared(quality.person.name, _named(quality, counted), counted)


def figures_of(standing: Standing) -> tuple[Figures, Figures]:
    """What is stored of a standing and what its ledger and history say: what was earned, and how much was seen."""
    return (
        asdict(standing.earned) | {"seen": tuple(standing.seen)},
        asdict(fold(standing)) | {"seen": _seen(standing)},
    )


def totals_of(row: Slice) -> tuple[Figures, Figures]:
    """What is stored of a slice over all versions and what its ledger and its workflow's seeds say."""
    entries = LedgerEntry.objects.filter(slice=row)
    counted = entries.aggregate(
        counted=Count("pk", filter=Q(is_counted=True)),
        wrong=Count("pk", filter=Q(is_counted=True, wrong=True)),
        not_counted=Count("pk", filter=Q(is_counted=False)),
    )
    verdicts = entries.exclude(wrong=None).order_by("pk")
    named = verdicts.values_list("proposal_id", "source_kind", "wrong", "not_counted_because")
    judged = asdict(verdicts_of(named.iterator(chunk_size=_CHUNK)))
    folded = counted | judged | _seeds(Seed.objects.filter(workflow=row.workflow_id))
    return _named(row, folded), folded


def _compared(what: str, stored: Figures, folded: Figures) -> Iterator[Difference]:
    found = {name: (stored[name], value) for name, value in folded.items() if stored[name] != value}
    if found:
        yield Difference(what, found)


def _named(row: Model, names: Iterable[str]) -> Figures:
    return {name: getattr(row, name) for name in names}


def _seeds(seeds: QuerySet[Seed]) -> Figures:
    return seeds.filter(void__isnull=True).aggregate(
        seeds=Count("pk"), missed=Count("pk", filter=Q(was_missed=True))
    )


def _seen(standing: Standing) -> tuple[int, ...]:
    """How many of each band are in the ledger, since there were last so many bands."""
    events = TrustEvent.objects.filter(
        slice_id=standing.slice_id,
        agent_version_id=standing.agent_version_id,
        move__in=[Move.OPENED, Move.RETERMED],
    )
    history = [(len(event.n), event.after_entry) for event in events.order_by("after_entry", "pk")]
    since = max((entry for (bands, _), (other, entry) in pairwise(history) if bands != other), default=0)
    entries = LedgerEntry.objects.filter(
        slice_id=standing.slice_id,
        agent_version_id=standing.agent_version_id,
        band__isnull=False,
        pk__gt=since,
    )
    counts = dict(entries.values_list("band").annotate(Count("pk")).order_by())
    return tuple(counts.get(band, 0) for band in range(history[-1][0]))


def fold(standing: Standing) -> Earned:
    """What the ledger and the history say was earned."""
    events = list(
        TrustEvent.objects.filter(slice_id=standing.slice_id, agent_version_id=standing.agent_version_id)
        .exclude(move__in=_BY_ITSELF)
        .order_by("after_entry", "pk")
    )
    opened = events.pop(0)
    earned = controller.fresh(len(opened.n), opened.attempt)
    for entry in _entries(standing):
        while events and events[0].after_entry < entry.pk:
            earned = _after_event(earned, events.pop(0))
        # The edges do not matter any more, only how many there are: the band is kept with the entry.
        edges = tuple(1 - place / 100 for place in range(len(earned.n)))
        movement = rules_of_version(entry.criteria_id).movement
        terms = Terms(edges=edges, alpha=entry.tested, movement=movement)
        earned, _move = replayed(
            earned,
            into=Feeds(entry.feeds),
            band=entry.band,
            wrong=bool(entry.wrong),
            is_audit=entry.is_counted,
            terms=terms,
            rate=entry.rate,
        )
    for event in events:
        earned = _after_event(earned, event)
    return earned


def _entries(standing: Standing) -> Iterator[LedgerEntry]:
    entries = LedgerEntry.objects.filter(
        slice_id=standing.slice_id, agent_version_id=standing.agent_version_id
    )
    return entries.exclude(feeds=Feeds.NOTHING).order_by("pk").iterator(chunk_size=_CHUNK)


def _after_event(earned: Earned, event: TrustEvent) -> Earned:
    if event.move in (Move.PROMOTED, Move.LOWERED):
        return controller.promoted(earned, event.running)
    after = controller.again(earned, bands=len(event.n))
    return replace(after, attempt=event.attempt) if event.move == Move.RETERMED else after
