"""What whoever signs for a step up has before them: the figures it rests on, and what was reported meanwhile."""

import math
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from apps.accounts import rights
from apps.accounts.models import User
from apps.accounts.roles import Role
from apps.trust.drawing import drawn
from apps.trust.models import LedgerEntry, Recommendation, Slice, Standing, TrustEvent
from apps.trust.recommending import PEOPLE
from apps.trust.states import Feeds, Move, RecommendationKind, RecommendationStatus, Source
from apps.trust.statistics import evidence, weighing
from apps.trust.terms import rules_of, terms_of


@dataclass(frozen=True, slots=True)
class Figures:
    """What a recommendation rests on: `k` wrong of `n`, `pending` counted as wrong too. Errors are in percent.

    `evidence` has reached `need`. `signatures` are still missing. `reported` wrong outcomes of the slice since its last
    step prove nothing; whoever signs has to know of them.
    """

    n: int
    k: int
    pending: int
    error_percent: float
    target_percent: float
    miss_percent: float
    evidence: float
    need: float
    signatures: int
    reported: int


def figures_of(found: Recommendation, standing: Standing, *, signed: int) -> Figures:
    """As they were when it was recommended. Wants `standing.slice`. Three queries."""
    row = standing.slice
    need = math.exp(found.log_need)
    if found.kind == RecommendationKind.ASSISTED:
        n, k, pending = sum(found.n), sum(found.k), 0
        upper = weighing.bound(drawn(standing, Feeds.USEFULNESS), needed=need)
        target = rules_of(row).useful_error
    else:
        counts = _regions(found, standing.running)
        n, k, pending = (sum(each) for each in zip(*counts, strict=True))
        uppers = (evidence.bound(n + open_, k + open_, needed=need) for n, k, open_ in counts)
        upper = evidence.true_error(max(uppers), found.miss_rate)
        target = terms_of(row).alpha
    return Figures(
        n=n,
        k=k,
        pending=pending,
        error_percent=100 * upper,
        target_percent=100 * target,
        miss_percent=100 * found.miss_rate,
        evidence=math.exp(min(found.log_evidence, 700)),
        need=need,
        signatures=max(1, PEOPLE - signed),
        reported=_reported(row),
    )


def _regions(found: Recommendation, running: int) -> list[tuple[int, int, int]]:
    """(n, k, pending) of what proves itself: everything pooled the first time, then each band that joins."""
    pending = found.pending or [0] * len(found.n)
    bands = list(zip(found.n, found.k, pending, strict=True))[running : found.bands]
    if running:
        return bands
    n, k, open_ = (sum(each) for each in zip(*bands, strict=True))
    return [(n, k, open_)]


def may_sign(by: User) -> QuerySet[Recommendation]:
    """What waits for this person's name, the oldest first: of work they answer for, never of their own agent."""
    waiting = Recommendation.objects.filter(status=RecommendationStatus.OPEN).exclude(signatures__by=by)
    theirs = waiting.exclude(standing__slice__agent__owner=by)
    if not rights.holds_everywhere(by, Role.ADMIN):
        theirs = theirs.filter(
            Q(standing__slice__workflow__business_owner=by) | Q(standing__slice__workflow__process_owner=by)
        )
    wanted = theirs.select_related(
        *("standing__slice__workflow", "standing__slice__action_type"),
        *("standing__slice__agent", "standing__agent_version"),
    )
    return wanted.order_by("made_at", "pk")


def _reported(row: Slice) -> int:
    """Of how many proposals it stands, by the last word on each, that they were wrong."""
    last = TrustEvent.objects.filter(slice=row, move__in=[Move.PROMOTED, Move.LOWERED])
    stepped_at: Collection[datetime] = last.order_by("-at").values_list("at", flat=True)[:1]
    since = max([row.stage_since, *stepped_at])
    outcomes = LedgerEntry.objects.filter(slice=row, source_kind=Source.OUTCOME, at__gte=since)
    said = dict(outcomes.order_by("at", "pk").values_list("proposal_id", "wrong"))
    return sum(map(bool, said.values()))
