"""Slices as steps of a ladder: how far each is, what it needs for the next step, and which come next.

Of many slices at once, in as many statements as for one. Reads slices, standings and what the watch for drift counted
last: never the ledger.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, OuterRef, QuerySet, Subquery, Window
from django.db.models.functions import RowNumber

from apps.accounts.policies import why_not
from apps.registry.models import Workflow
from apps.trust.gating import gaps_each
from apps.trust.levels import level_of
from apps.trust.missing import missing_at_first, missing_each, progress
from apps.trust.models import DriftLook, Slice, Standing
from apps.trust.policies import check_ready, drifted
from apps.trust.queries import slices_in
from apps.trust.readiness import Gap
from apps.trust.states import Level
from apps.trust.terms import know_rules, rules_of

# Who has come so far, in percent, is a next candidate.
_NEAR = 80


@dataclass(frozen=True, slots=True)
class Rung:
    """A slice on the ladder: its level, what its newest version misses for the next step, and how far its evidence has
    come (0 to 100; None: there is nothing to prove).

    `unready` is what forbids the step whatever the evidence, empty where nothing does; `gaps` are what its workflow has
    not ready. `is_next`: people are not asked yet, but soon may be. `reviewed` and `overridden` are of the version's
    latest work, 0 before the first look at it.
    """

    slice: Slice
    level: Level
    missing: str
    progress: float | None
    is_paused: bool
    is_recommended: bool
    is_next: bool
    unready: str
    gaps: tuple[Gap, ...]
    reviewed: int
    overridden: int


def ladder(workflows: QuerySet[Workflow], *, now: datetime) -> list[Rung]:
    """Every slice of these workflows, by workflow and title."""
    return rungs(slices_in(workflows), now=now)


def busiest(workflows: Iterable[Workflow], *, now: datetime, each: int | None = None) -> list[Rung]:
    """At most so many slices of each workflow, by workflow: first those whose step up people are asked about, then
    those whose counts are enough for one, then those in which people decided most.
    """
    newest = Standing.objects.filter(slice=OuterRef("pk")).order_by("-created_at", "-pk")
    order = [
        F("asked").desc(nulls_last=True),
        F("ripe").desc(nulls_last=True),
        F("judged").desc(),
        F("pk").asc(),
    ]
    rows = Slice.objects.filter(workflow__in=[one.pk for one in workflows]).annotate(
        asked=Subquery(newest.values("is_recommended")[:1]),
        ripe=Subquery(newest.values("is_ripe")[:1]),
        place=Window(RowNumber(), partition_by=F("workflow"), order_by=order),
    )
    if each is not None:
        rows = rows.filter(place__lte=each)
    found = rows.select_related("workflow", "action_type", "agent")
    return rungs(list(found.order_by("workflow__name", "workflow", "place")), now=now)


def rungs(rows: Sequence[Slice], *, now: datetime) -> list[Rung]:
    """These slices, in this order. Four statements, and those of `missing_each`, however many slices there are; one
    more for criteria that this process has not seen yet.
    """
    know_rules({row.criteria_id for row in rows})
    newest = _newest_standings(rows)
    missing = missing_each(list(newest.values()), now=now)
    changed, gaps = drifted(rows), gaps_each({row.workflow_id for row in rows}, now=now)
    looks = {(one.slice_id, one.agent_version_id): one for one in DriftLook.objects.filter(slice__in=rows)}
    found = []
    for row in rows:
        standing = newest.get(row.pk)
        lacks = gaps[row.workflow_id]
        unready = why_not(check_ready, row, has_drifted=row.pk in changed, gaps=lacks, now=now)
        if standing is None:
            said = missing_at_first(row)
            found.append(Rung(row, level(row), said, None, False, False, False, unready, lacks, 0, 0))
            continue
        look = looks.get((row.pk, standing.agent_version_id))
        is_paused = standing.running > 0 and not standing.is_acting
        done = progress(standing)
        found.append(
            Rung(
                slice=row,
                level=level(row),
                missing=missing[standing.pk],
                progress=done,
                is_paused=is_paused,
                is_recommended=standing.is_recommended,
                is_next=not (standing.is_recommended or is_paused or unready)
                and done is not None
                and done >= _NEAR,
                unready=unready,
                gaps=lacks,
                reviewed=look.reviewed if look else 0,
                overridden=look.overridden if look else 0,
            )
        )
    return found


def level(row: Slice) -> Level:
    """The autonomy level of a slice."""
    kind = row.action_type
    return level_of(row.stage, kind.consequence, kind.reversibility, veto_always=rules_of(row).veto_always)


def _newest_standings(rows: Sequence[Slice]) -> dict[int, Standing]:
    known = {row.pk: row for row in rows}
    standings = Standing.objects.filter(slice__in=rows).order_by("slice", "-created_at", "-pk")
    found = {}
    for standing in standings.distinct("slice"):
        standing.slice = known[standing.slice_id]
        found[standing.slice_id] = standing
    return found
