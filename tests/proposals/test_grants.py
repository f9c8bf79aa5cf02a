"""The one gate that issues grants, and what the database refuses by itself."""

import hashlib
import json
from datetime import timedelta
from typing import Any

import jwt
import pytest
from django.db import DatabaseError, IntegrityError, InternalError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from apps.audit.canonical import NotCanonical
from apps.audit.models import Event
from apps.proposals import actions, grants, signing
from apps.proposals.changes import WrongStatus
from apps.proposals.differences import differences
from apps.proposals.digests import action_sha256
from apps.proposals.grants import NotGrantable, NotRedeemable
from apps.proposals.models import Grant, Proposal, Resolution, Result
from apps.proposals.states import TRANSITIONS, Disposition, Status, Verdict
from apps.registry.states import AgentStatus
from apps.reviews.settling import settle_due
from apps.routing.states import Verb
from apps.trust.models import LedgerEntry
from apps.trust.states import NotEvidence
from tests import factories
from tests.factories import House

DATABASE_REFUSES = (DatabaseError, InternalError, IntegrityError)


def test_a_grant_can_be_verified_offline_with_the_published_keys(house: House) -> None:
    proposal = factories.settled(house)
    keys = jwt.PyJWKSet.from_dict(signing.public_keys())
    header = jwt.get_unverified_header(proposal.grant.token)
    claims = jwt.decode(
        proposal.grant.token,
        keys[header["kid"]].key,
        algorithms=["EdDSA"],
        options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
    )
    assert claims["args_sha256"] == proposal.args_sha256
    assert claims["jti"] == str(proposal.grant.pk)
    assert claims["prp"] == str(proposal.pk)
    assert claims["sub"] == "order-bot"
    assert claims["act"] == "cancel_order"
    assert claims["exp"] - claims["iat"] == 30 * 60


def test_a_grant_ends_with_the_time_in_which_the_proposal_is_useful(house: House) -> None:
    expires_at = house.now + timedelta(minutes=5)
    proposal = factories.pending(house, expires_at=expires_at.isoformat())
    factories.decided(factories.claimed(proposal, house.alice, house.now), house.alice, house.now)
    settle_due(now=house.now + timedelta(minutes=1))
    assert proposal.grant.expires_at == expires_at
    claims = jwt.decode(proposal.grant.token, options={"verify_signature": False})
    assert claims["exp"] == int(expires_at.timestamp())
    with pytest.raises(NotRedeemable, match="expired"):
        grants.redeem(
            grant_id=proposal.grant.pk, args_sha256=proposal.args_sha256, by=house.agent, now=expires_at
        )


def test_grants_signed_before_a_rotation_stay_verifiable(house: House) -> None:
    before = factories.settled(house).grant
    signing.rotate(by=house.adam, now=house.now)
    after = factories.settled(house).grant
    keys = jwt.PyJWKSet.from_dict(signing.public_keys())
    kids = [jwt.get_unverified_header(grant.token)["kid"] for grant in (before, after)]
    assert len(set(kids)) == 2
    assert all(keys[kid] for kid in kids)


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.APPROVED])
def test_the_gate_refuses_every_proposal_that_is_not_approved(house: House, status: Status) -> None:
    proposal = factories.proposal_at(house, status)
    resolution = Resolution(proposal=proposal, verb=Verb.APPROVE, action_name="cancel_order")
    with pytest.raises(NotGrantable):
        grants.issue(proposal=proposal, resolution=resolution, now=house.now)


@pytest.mark.parametrize(
    "status", [Status.PENDING, Status.RECORDED, Status.DENIED, Status.EXPIRED, Status.CANCELLED]
)
def test_the_database_refuses_a_grant_the_gate_never_gave(house: House, status: Status) -> None:
    proposal = factories.proposal_at(house, status)
    forged = Grant(
        proposal=proposal,
        agent=house.agent,
        action_name="cancel_order",
        args_sha256=proposal.args_sha256,
        token="forged",
        issued_at=house.now,
        expires_at=house.now + timedelta(minutes=1),
    )
    with pytest.raises(DATABASE_REFUSES), transaction.atomic():
        forged.save(force_insert=True)


def test_the_database_refuses_a_grant_for_other_arguments_than_the_answer(house: House) -> None:
    proposal = factories.settled(house, Verb.CHOOSE_ALTERNATIVE, alternative_rank=2)
    forged = Grant(
        proposal=proposal,
        agent=house.agent,
        action_name="cancel_order",
        args_sha256="0" * 64,
        token="forged",
        issued_at=house.now,
        expires_at=house.now + timedelta(minutes=1),
    )
    with pytest.raises(DATABASE_REFUSES), transaction.atomic():
        forged.save(force_insert=True)


def refusals(house: House) -> list[tuple[str, dict[str, Any], str]]:
    """(what is tried, changes to the call, what the sentence says)."""
    return [
        ("another digest", {"args_sha256": "0" * 64}, "digest differs"),
        ("too late", {"now": house.now + timedelta(hours=2)}, r"expired at 2026-11-17 \d\d:\d\d:\d\d UTC\."),
    ]


@pytest.mark.parametrize("index", [0, 1])
def test_a_grant_is_refused_with_the_reason_and_stays_usable(house: House, index: int) -> None:
    grant = factories.settled(house).grant
    _name, changes, says = refusals(house)[index]
    call = {"grant_id": grant.pk, "args_sha256": grant.args_sha256, "by": house.agent, "now": grant.issued_at}
    with pytest.raises(NotRedeemable, match=says):
        grants.redeem(**call | changes)
    assert Event.objects.filter(verb="proposal.redeem_refused").exists()
    assert grants.redeem(**call).redeemed_at == grant.issued_at


def test_a_used_grant_and_a_suspended_agent_are_refused(house: House) -> None:
    proposal = factories.settled(house)
    factories.executed(proposal, house)
    call = {
        "grant_id": proposal.grant.pk,
        "args_sha256": proposal.args_sha256,
        "now": proposal.grant.issued_at,
    }
    with pytest.raises(NotRedeemable, match="works once"):
        grants.redeem(by=house.agent, **call)
    other = factories.settled(house).grant
    house.agent.status = AgentStatus.SUSPENDED
    with pytest.raises(NotRedeemable, match="suspended"):
        grants.redeem(by=house.agent, grant_id=other.pk, args_sha256=other.args_sha256, now=other.issued_at)


def test_another_agents_grant_does_not_exist(house: House) -> None:
    grant = factories.settled(house).grant
    stranger = factories.AgentFactory()
    with pytest.raises(Grant.DoesNotExist):
        grants.redeem(grant_id=grant.pk, args_sha256=grant.args_sha256, by=stranger, now=grant.issued_at)


def test_a_result_needs_a_redeemed_grant_and_is_kept_once(house: House) -> None:
    proposal = factories.settled(house)
    report = {"proposal_id": proposal.pk, "occurred_at": house.now, "by": house.agent, "now": house.now}
    with pytest.raises(WrongStatus, match="Redeem"):
        actions.report_result(disposition=Disposition.EXECUTED, **report)
    factories.executed(proposal, house)
    with pytest.raises(WrongStatus, match="before"):
        actions.report_result(disposition=Disposition.EXECUTED, **report)
    assert Result.objects.count() == 1


def test_reporting_that_it_was_not_done_takes_the_grant_back(house: House) -> None:
    proposal = factories.settled(house)
    actions.report_result(
        proposal_id=proposal.pk,
        disposition=Disposition.NOT_EXECUTED,
        occurred_at=house.now,
        by=house.agent,
        now=house.now,
    )
    with pytest.raises(NotRedeemable, match="taken back"):
        grants.redeem(
            grant_id=proposal.grant.pk,
            args_sha256=proposal.args_sha256,
            by=house.agent,
            now=proposal.grant.issued_at,
        )


def test_a_later_outcome_is_in_the_ledger_and_proves_nothing(house: House) -> None:
    proposal = factories.settled(house)
    actions.report_outcome(
        proposal_id=proposal.pk,
        verdict=Verdict.CORRECT,
        severity="low",
        source="audit",
        occurred_at=house.now,
        by=house.agent,
        now=house.now,
    )
    entry = LedgerEntry.objects.get(source_kind="outcome")
    assert entry.not_counted_because == NotEvidence.OUTCOME_ONLY


def test_a_used_grant_can_neither_be_removed_nor_made_unused(house: House) -> None:
    proposal = factories.settled(house)
    factories.executed(proposal, house)
    with pytest.raises(DATABASE_REFUSES), transaction.atomic():
        Grant.objects.all().delete()
    with pytest.raises(DATABASE_REFUSES), transaction.atomic():
        Grant.objects.update(redeemed_at=None)
    with pytest.raises(DATABASE_REFUSES), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE proposals_grant CASCADE")


def test_evidence_alternatives_and_decisions_stay_as_they_were(house: House) -> None:
    proposal = factories.settled(house)
    with pytest.raises(DATABASE_REFUSES), transaction.atomic():
        proposal.evidence.update(content="other")
    with pytest.raises(DATABASE_REFUSES), transaction.atomic():
        proposal.alternatives.update(args={"order_id": "#W2"})
    with pytest.raises(DATABASE_REFUSES), transaction.atomic():
        proposal.task.decisions.update(verb="reject")


@pytest.mark.parametrize("column", ["args", "summary", "confidence", "args_sha256", "stage", "external_id"])
def test_the_content_of_a_proposal_never_changes_even_in_raw_sql(house: House, column: str) -> None:
    proposal = factories.pending(house)
    value = {"args": '{"order_id": "#W2"}', "confidence": "0.99"}.get(column, "assisted2")
    with (
        pytest.raises(DATABASE_REFUSES),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE proposals_proposal SET {column} = %s WHERE id = %s", [value, proposal.pk])  # noqa: S608
    with pytest.raises(DATABASE_REFUSES), transaction.atomic():
        proposal.delete()


@pytest.mark.parametrize("before", list(Status))
@pytest.mark.parametrize("after", list(Status))
def test_the_database_knows_the_state_table(house: House, before: Status, after: Status) -> None:
    proposal = factories.proposal_at(house, before)
    values: dict[str, Any] = {"status": after, "ended_at": None if after is Status.PENDING else house.now}
    allowed = before == after or (before, after) in TRANSITIONS.values()
    try:
        with transaction.atomic():
            Proposal.objects.filter(pk=proposal.pk).update(**values)
        moved = True
    except DATABASE_REFUSES:
        moved = False
    assert moved == allowed


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=6), json_values, max_size=4))
def test_the_digest_does_not_depend_on_the_order_of_the_keys(args: dict[str, Any]) -> None:
    backwards = dict(reversed(list(args.items())))
    assert action_sha256("act", args) == action_sha256("act", backwards)
    assert action_sha256("act", args) != action_sha256("other", args)


def test_the_digest_is_sha256_of_canonical_json() -> None:
    plain = json.dumps({"args": {"a": 1, "b": "é"}, "name": "x"}, separators=(",", ":"), ensure_ascii=False)
    assert action_sha256("x", {"b": "é", "a": 1}) == hashlib.sha256(plain.encode()).hexdigest()
    for unfit in (float("nan"), float("inf"), 2**60, "\ud800"):
        with pytest.raises(NotCanonical):
            action_sha256("x", {"a": unfit})


@given(json_values, json_values)
def test_nothing_is_different_only_if_the_values_are_equal(before: Any, after: Any) -> None:
    def text(value: Any) -> str:
        return json.dumps(value, sort_keys=True)

    assert (differences(before, after) == []) == (text(before) == text(after))
    assert differences(before, before) == []
