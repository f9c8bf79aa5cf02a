"""What may a proposal of this agent version do in this slice, now? Read on arrival, without a lock.

A race with a pause costs nothing: a grant that a policy gave is checked again when it is redeemed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from apps.registry.states import Stage
from apps.trust.models import Slice, Standing
from apps.trust.statistics import coin
from apps.trust.terms import rules_of, terms_of


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
