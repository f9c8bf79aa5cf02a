"""What agents report, and the one moment in which a grant is used."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from apps.proposals.models import Grant, HumanAction, Outcome, Proposal, Result
from apps.proposals.states import Status
from apps.trust.models import LedgerEntry
from tests.api.conftest import AgentClient, make_key
from tests.factories import AgentFactory, House, proposal_at

RESULT = {"disposition": "executed", "occurred_at": "2025-11-17T10:11:00Z", "detail": "done", "cost": "0.02"}
OUTCOME = {
    "verdict": "wrong",
    "severity": "high",
    "source": "complaints",
    "occurred_at": "2025-11-18T10:00:00+01:00",
}
HUMAN = {
    "action": {"name": "cancel_order", "args": {"order_id": "#W1", "reason": "no longer needed"}},
    "actor": "Petra",
    "occurred_at": "2025-11-17T11:00:00Z",
}
CALLS = [
    ("withdraw", {"reason": "not needed"}),
    ("result", RESULT),
    ("outcome", OUTCOME),
    ("human-action", HUMAN),
]


@pytest.fixture
def approved(house: House):
    """An approved proposal, its grant alive."""
    proposal = proposal_at(house, Status.APPROVED)
    with time_machine.travel(proposal.grant.issued_at + timedelta(seconds=5), tick=False):
        yield proposal


def redeem(bot: AgentClient, grant: Grant, sha256: str | None = None):
    return bot.post(f"/grants/{grant.pk}/redeem", {"args_sha256": sha256 or grant.args_sha256})


@pytest.fixture
def bot(house: House) -> AgentClient:
    """The order bot, with a key that is valid whatever the time is."""
    return AgentClient(make_key(house.agent, expires_at=house.now + timedelta(days=3650))[1])


def test_a_grant_is_redeemed_once(bot: AgentClient, approved: Proposal, is_problem) -> None:
    first = redeem(bot, approved.grant)
    assert first.status_code == 200
    assert first.json()["args_sha256"] == approved.args_sha256
    assert first.json()["action"] == "cancel_order"
    is_problem(redeem(bot, approved.grant), 409, "not-redeemable")
    assert bot.get(f"/proposals/{approved.pk}").json()["grant"]["redeemed_at"] == first.json()["redeemed_at"]


def test_a_grant_is_not_redeemed_for_other_arguments(
    bot: AgentClient, approved: Proposal, is_problem
) -> None:
    is_problem(redeem(bot, approved.grant, "0" * 64), 409, "not-redeemable")
    is_problem(redeem(bot, approved.grant, "short"), 422, "invalid-request", ["args_sha256"])
    assert Grant.objects.get().redeemed_at is None
    assert redeem(bot, approved.grant).status_code == 200


def test_an_expired_grant_is_not_redeemed(bot: AgentClient, approved: Proposal, is_problem) -> None:
    with time_machine.travel(approved.grant.expires_at, tick=False):
        is_problem(redeem(bot, approved.grant), 409, "not-redeemable")
    assert Grant.objects.get().redeemed_at is None


def test_another_agents_grant_does_not_exist(house: House, approved: Proposal, is_problem) -> None:
    other = AgentClient(make_key(AgentFactory(), expires_at=house.now + timedelta(days=3650))[1])
    is_problem(redeem(other, approved.grant), 404, "not-found")
    is_problem(other.post(f"/grants/{uuid4()}/redeem", {"args_sha256": "0" * 64}), 404, "not-found")
    assert Grant.objects.get().redeemed_at is None


def test_a_result_is_kept_once_after_the_grant_was_used(
    bot: AgentClient, approved: Proposal, is_problem
) -> None:
    path = f"/proposals/{approved.pk}/result"
    is_problem(bot.post(path, RESULT), 409, "wrong-status")
    redeem(bot, approved.grant)
    for cost in ("0.02", "0.020"):
        assert bot.post(path, RESULT | {"cost": cost}).json()["status"] == "approved"
    is_problem(bot.post(path, RESULT | {"detail": "half done"}), 409, "wrong-status")
    assert Result.objects.get().detail == "done"


def test_what_people_did_is_kept_once(bot: AgentClient, house: House, is_problem) -> None:
    path = f"/proposals/{proposal_at(house, Status.RECORDED).pk}/human-action"
    for _time in range(2):
        assert bot.post(path, HUMAN).status_code == 200
    answer = bot.post(path, HUMAN | {"action": None})
    is_problem(answer, 409, "wrong-status")
    assert "Another human action was reported for this proposal before" in answer.json()["detail"]
    assert HumanAction.objects.get().action_name == "cancel_order"
    assert LedgerEntry.objects.get().is_counted


@pytest.mark.parametrize(("call", "body"), CALLS)
def test_what_has_not_happened_yet_is_not_reported(
    bot: AgentClient, house: House, is_problem, nothing_kept, call: str, body: dict
) -> None:
    if "occurred_at" not in body:
        return
    path = f"/proposals/{proposal_at(house, Status.PENDING).pk}/{call}"
    tomorrow = timezone.now() + timedelta(days=1)
    with nothing_kept():
        is_problem(
            bot.post(path, body | {"occurred_at": tomorrow.isoformat()}),
            422,
            "invalid-request",
            ["occurred_at"],
        )


def test_an_execution_error_ends_the_proposal_as_failed(bot: AgentClient, approved: Proposal) -> None:
    answer = bot.post(f"/proposals/{approved.pk}/result", RESULT | {"disposition": "execution_error"})
    assert (answer.status_code, answer.json()["status"]) == (200, "failed")


def test_a_pending_proposal_is_withdrawn_once(bot: AgentClient, house: House, is_problem) -> None:
    path = f"/proposals/{proposal_at(house, Status.PENDING).pk}/withdraw"
    assert bot.post(path, {"reason": "not needed"}).json()["status"] == "cancelled"
    is_problem(bot.post(path, {"reason": "not needed"}), 409, "wrong-status")


def test_each_outcome_is_kept_and_the_same_told_again_is_one(bot: AgentClient, approved: Proposal) -> None:
    for source in ("complaints", "complaints", "the bank"):
        body = OUTCOME | {"source": source}
        assert bot.post(f"/proposals/{approved.pk}/outcome", body).status_code == 200
    assert list(Outcome.objects.order_by("pk").values_list("source", flat=True)) == ["complaints", "the bank"]
    assert LedgerEntry.objects.filter(source_kind="outcome").count() == 2


def test_what_people_did_is_kept_also_when_they_did_nothing(bot: AgentClient, house: House) -> None:
    for action in (HUMAN["action"], None):
        path = f"/proposals/{proposal_at(house, Status.RECORDED).pk}/human-action"
        assert bot.post(path, HUMAN | {"action": action}).status_code == 200
    did, nothing = HumanAction.objects.order_by("id")
    assert did.args_sha256 == did.proposal.args_sha256
    assert (nothing.action_name, nothing.args_sha256) == ("", "")


@pytest.mark.parametrize(("call", "body"), CALLS)
def test_nothing_is_reported_about_another_agents_proposal(
    stranger: AgentClient, house: House, is_problem, nothing_kept, call: str, body: dict
) -> None:
    proposal = proposal_at(house, Status.PENDING)
    with nothing_kept():
        is_problem(stranger.post(f"/proposals/{proposal.pk}/{call}", body), 404, "not-found")
        is_problem(stranger.post(f"/proposals/{uuid4()}/{call}", body), 404, "not-found")


@pytest.mark.parametrize(("call", "body"), CALLS)
def test_reports_with_missing_unknown_or_hostile_fields_are_refused(
    bot: AgentClient, house: House, is_problem, nothing_kept, call: str, body: dict
) -> None:
    path = f"/proposals/{proposal_at(house, Status.PENDING).pk}/{call}"
    with nothing_kept():
        for name in body:
            if name in ("severity", "detail", "cost"):
                continue
            is_problem(
                bot.post(path, {k: v for k, v in body.items() if k != name}), 422, "invalid-request", [name]
            )
        is_problem(bot.post(path, body | {"surprise": 1}), 422, "invalid-request", ["surprise"])
        for name, value in body.items():
            for hostile in ("\x00", "\ud800", ["x"], {"a": 1}, 10**400):
                if isinstance(value, str):
                    is_problem(bot.post(path, body | {name: hostile}), 422, "invalid-request", [name])


def test_what_people_did_must_be_exact_json(bot: AgentClient, house: House, is_problem, nothing_kept) -> None:
    path = f"/proposals/{proposal_at(house, Status.RECORDED).pk}/human-action"
    with nothing_kept():
        for value in (float("nan"), 10**300, "\x00", "\ud800", [[[["\x00"]]]]):
            action = {"name": "cancel_order", "args": {"x": value}}
            is_problem(bot.post(path, HUMAN | {"action": action}), 422, "invalid-request")
