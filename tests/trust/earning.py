"""Walks a slice up by the real verbs of trust, without proposals: for tests of what happens then."""

from datetime import datetime, timedelta
from uuid import uuid4

from apps.registry.actions.versions import version_of
from apps.registry.models import AgentVersion
from apps.trust import recommending
from apps.trust.actions import open_slice, record
from apps.trust.models import LedgerEntry, Recommendation, Slice, Standing
from apps.trust.states import Basis, NotEvidence, RecommendationStatus, Source
from tests import factories


def version(house: factories.House, name: str = "v1") -> AgentVersion:
    """The version every proposal of `factories.proposal_body` has, or another one by its prompt."""
    described = dict(factories.proposal_body()["agent_version"])
    if name != "v1":
        described["prompt_version"] = name
    known = AgentVersion.objects.filter(agent=house.agent, prompt_version=described["prompt_version"]).first()
    return known or version_of(agent=house.agent, given=described, now=house.now)


def a_slice(house: factories.House) -> Slice:
    """Cancel an order, by the order bot."""
    return open_slice(action_type=house.cancel_order, agent=house.agent, now=house.now)


def reviewed(
    house: factories.House,
    row: Slice,
    right: int,
    wrong: int = 0,
    *,
    confidence: float = 0.99,
    basis: Basis = Basis.FULL,
    now: datetime | None = None,
    agent_version: AgentVersion | None = None,
) -> list[LedgerEntry]:
    """So many decisions of Alice in the ledger, wrong ones first."""
    made = []
    which = agent_version or version(house)
    for is_wrong in [True] * wrong + [False] * right:
        entry = record(
            slice_id=row.pk,
            agent_version_id=which.pk,
            proposal_id=uuid4(),
            source=(Source.DECISION, uuid4()),
            wrong=is_wrong,
            confidence=confidence,
            content_sha256=uuid4().hex * 2,
            decided_by="Alice",
            basis=basis,
            now=now or house.now,
        )
        assert entry is not None
        made.append(entry)
    return made


def standing(row: Slice) -> Standing:
    """The only standing of the slice."""
    return Standing.objects.select_related("slice").get(slice=row)


def waiting(row: Slice) -> Recommendation:
    """The recommendation that waits."""
    return Recommendation.objects.get(standing__slice=row, status=RecommendationStatus.OPEN)


def ratified(house: factories.House, row: Slice, *, now: datetime | None = None) -> Recommendation:
    """The waiting recommendation, signed by Adam and Olga."""
    found = waiting(row)
    for person in (house.adam, house.olga):
        recommending.ratify(
            recommendation_id=found.pk,
            by=person,
            seen_sha256=found.evidence_sha256,
            now=now or house.now + timedelta(minutes=1),
        )
    found.refresh_from_db()
    return found


def supervised(house: factories.House) -> Slice:
    """A slice that acts from 0.70 on: certified by 200 right decisions; reviewers' miss rate assumed."""
    row = a_slice(house)
    reviewed(house, row, 200)
    ratified(house, row)
    row.refresh_from_db()
    return row


def incident(house: factories.House, slice_id: int) -> LedgerEntry | None:
    """A complaint about something whose confidence runs."""
    return record(
        slice_id=slice_id,
        agent_version_id=version(house).pk,
        proposal_id=uuid4(),
        source=(Source.OUTCOME, uuid4()),
        wrong=True,
        confidence=0.99,
        content_sha256=uuid4().hex * 2,
        not_counted_because=NotEvidence.OUTCOME_ONLY,
        now=house.now + timedelta(hours=1),
    )
