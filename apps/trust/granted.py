"""What may a proposal of this agent version do in this slice, now? Read on arrival, without a lock.

A race with a pause costs nothing: a grant that a policy gave is checked again when it is redeemed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from apps.registry.states import Stage
from apps.trust.models import Slice, Standing, TrustEvent
from apps.trust.states import Move
from apps.trust.statistics import coin
from apps.trust.terms import rules_of, terms_of

_ENDED = [Move.DEMOTED, Move.TOO_THIN, Move.TAKEN_BACK, Move.RETERMED]


@dataclass(frozen=True, slots=True)
class Granted:
    """The stage that counts for this version, and what it needs to act. See `routing.facts.TrustState`."""

    stage: Stage
    threshold: float | None = None
    is_held: bool = False
    audit_rate: float = 0.0
    veto_minutes: int = 15
    veto_always: bool = False


def granted_in(slices: Iterable[Slice]) -> dict[tuple[int, int], Granted]:
    """{(slice id, agent version id): what is granted} of the versions that run. At most one query."""
    supervised = {row.pk: row for row in slices if row.stage == Stage.SUPERVISED}
    if not supervised:
        return {}
    running = Standing.objects.filter(slice_id__in=supervised, running__gt=0)
    return {
        (standing.slice_id, standing.agent_version_id): _granted(supervised[standing.slice_id], standing)
        for standing in running
    }


def without_certificate(row: Slice) -> Granted:
    """What counts for a version that has not earned anything in this slice: at most assisted."""
    return Granted(Stage.ASSISTED if row.stage == Stage.SUPERVISED else Stage(row.stage))


def is_acting(slice_id: int, agent_version_id: int) -> bool:
    """Whether actions of this version run by themselves at this moment. One query."""
    standing = Standing.objects.select_related("slice").filter(
        slice_id=slice_id, agent_version_id=agent_version_id, running__gt=0
    )
    found = standing.first()
    return found is not None and found.is_acting and found.slice.stage == Stage.SUPERVISED


def acting_standings() -> QuerySet[Standing]:
    """The versions whose actions run by themselves, each in its slice: `is_acting` as a query."""
    return Standing.objects.filter(running__gt=0, alarm__lte=0, awaiting=0, slice__stage=Stage.SUPERVISED)


def acting_among(pairs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    """Those of these (slice id, agent version id) that act now. One query."""
    wanted = set(pairs)
    found = acting_standings().filter(slice_id__in={slice_id for slice_id, _version in wanted})
    return wanted & set(found.values_list("slice_id", "agent_version_id"))


class Held(StrEnum):
    """Why a version that acted does not act now."""

    PAUSED = "paused"
    LOOKED_AT = "looked_at"
    OVER = "over"


def why_held(slice_id: int, agent_version_id: int) -> tuple[Held, datetime | None]:
    """Why it does not act now, and since when, where that is on record. Two queries."""
    standing = Standing.objects.filter(slice_id=slice_id, agent_version_id=agent_version_id).first()
    if standing is not None and standing.running and standing.awaiting and not standing.earned.is_paused:
        return Held.LOOKED_AT, None
    why = Held.PAUSED if standing is not None and standing.running else Held.OVER
    moves = [Move.PAUSED] if why is Held.PAUSED else _ENDED
    events = TrustEvent.objects.filter(slice_id=slice_id, agent_version_id=agent_version_id, move__in=moves)
    return why, events.order_by("-at", "-pk").values_list("at", flat=True).first()


def toss(slice_id: int, proposal_id: UUID) -> float:
    """The audit's coin for this proposal."""
    return coin.toss(settings.SECRET_KEY.encode(), slice_id, str(proposal_id))


def _granted(row: Slice, standing: Standing) -> Granted:
    rules = rules_of(row)
    return Granted(
        stage=Stage.SUPERVISED,
        threshold=terms_of(row).edges[standing.running - 1],
        is_held=not standing.is_acting,
        audit_rate=rules.audit_rate(standing.audited),
        veto_minutes=rules.veto_minutes,
        veto_always=rules.veto_always,
    )
