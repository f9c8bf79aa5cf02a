"""Proposing one action at a time."""

from uuid import uuid4

from apps.audit.models import Event
from apps.proposals.models import Proposal
from apps.proposals.states import Status
from apps.registry.models import AgentVersion
from apps.registry.states import AgentStatus
from tests.api.conftest import AgentClient
from tests.factories import House, proposal_at, proposal_body


def test_a_proposal_that_waits_for_a_person_is_answered_202_with_its_address(bot: AgentClient) -> None:
    answer = bot.propose()
    body = answer.json()
    assert answer.status_code == 202
    assert answer["Location"] == f"/api/v1/proposals/{body['id']}"
    assert answer["Retry-After"] == "5"
    assert answer["Cache-Control"] == "no-store"
    assert (body["status"], body["substatus"], body["grant"], body["decision"]) == (
        "pending",
        "queued",
        None,
        None,
    )
    assert bot.get(f"/proposals/{body['id']}").json() == body


def test_a_shadow_proposal_is_answered_201_recorded(bot: AgentClient, house: House) -> None:
    proposal_at(house, Status.RECORDED)
    answer = bot.propose(proposal_body(workflow="shadow-orders"))
    assert answer.status_code == 201
    assert answer.json()["status"] == "recorded"
    assert "Retry-After" not in answer


def test_the_same_key_and_body_get_the_stored_answer(bot: AgentClient) -> None:
    body = proposal_body()
    first = bot.propose(body, key="k-1")
    again = bot.propose(dict(reversed(body.items())), key="k-1")
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert again["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first
    assert Proposal.objects.count() == 1


def test_the_same_key_with_another_body_is_a_conflict(bot: AgentClient, is_problem, nothing_kept) -> None:
    bot.propose(key="k-1")
    with nothing_kept():
        is_problem(bot.propose(key="k-1"), 409, "idempotency-conflict")


def test_two_agents_may_use_the_same_key(bot: AgentClient, stranger: AgentClient, is_problem) -> None:
    body = proposal_body()
    assert bot.propose(body, key="k-1").status_code == 202
    is_problem(stranger.propose(body, key="k-1"), 403, "workflow-not-granted")


def test_an_external_id_is_used_once_by_an_agent(bot: AgentClient, is_problem, nothing_kept) -> None:
    first = bot.propose(proposal_body(external_id="call-1")).json()
    with nothing_kept():
        problem = is_problem(
            bot.propose(proposal_body(external_id="call-1")), 409, "external-id-taken", ["external_id"]
        )
    assert first["id"] in problem["detail"]


def test_a_request_without_a_key_is_told_which_header_is_missing(
    bot: AgentClient, is_problem, nothing_kept
) -> None:
    with nothing_kept():
        answer = bot.post("/proposals", proposal_body())
    is_problem(answer, 422, "invalid-request", ["header", "Idempotency-Key"])


def test_a_key_with_spaces_or_too_long_is_refused(bot: AgentClient, is_problem) -> None:
    for key in ("two words", "k" * 256, "schlüssel"):
        is_problem(bot.propose(key=key), 422, "invalid-request", ["header", "Idempotency-Key"])


def test_out_of_scope_is_refused_precisely_and_audited(bot: AgentClient, is_problem, nothing_kept) -> None:
    unknown_action = {"name": "fire_everyone", "args": {}}
    off_schema = {"name": "cancel_order", "args": {"order_id": 7, "reason": "whim", "x": 1}}
    with nothing_kept():
        is_problem(bot.propose(proposal_body(workflow="payroll")), 403, "workflow-not-granted")
        is_problem(
            bot.propose(proposal_body(action=unknown_action)), 403, "action-not-granted", ["action", "name"]
        )
        is_problem(
            bot.propose(proposal_body(action=off_schema)),
            422,
            "invalid-arguments",
            ["action", "args", "order_id"],
            ["action", "args", "reason"],
            ["action", "args", "x"],
        )
    assert Event.objects.filter(verb="proposal.refused").count() == 3


def test_an_alternative_is_checked_like_the_action_itself(bot: AgentClient, is_problem) -> None:
    alternative = {"rank": 1, "action": {"name": "cancel_order", "args": {}}, "summary": "same"}
    answer = bot.propose(proposal_body(alternatives=[alternative]))
    is_problem(answer, 422, "invalid-arguments", ["alternatives", 0, "action", "args", "order_id"])


def test_a_suspended_agent_is_refused_at_once(
    bot: AgentClient, house: House, is_problem, nothing_kept
) -> None:
    assert bot.propose().status_code == 202
    house.agent.status = AgentStatus.SUSPENDED
    house.agent.save()
    is_problem(bot.get("/proposals"), 403, "agent-suspended")
    (told,) = Event.objects.filter(verb="agent.refused")
    assert (told.actor_name, told.subject_id) == ("Order bot", str(house.agent.pk))
    with nothing_kept():
        # However often it calls: the log is told once in ten minutes.
        is_problem(bot.propose(), 403, "agent-suspended")


def test_a_version_is_registered_once_and_then_known_by_its_fingerprint(bot: AgentClient, is_problem) -> None:
    bot.propose()
    fingerprint = AgentVersion.objects.get().fingerprint
    assert bot.propose(proposal_body(agent_version=fingerprint)).status_code == 202
    unknown = bot.propose(proposal_body(agent_version="0" * 64))
    is_problem(unknown, 422, "unknown-version", ["agent_version"])
    assert AgentVersion.objects.count() == 1


def test_state_comes_back_as_it_was_sent(bot: AgentClient) -> None:
    state = '{"cursor": "\\u202e<b>", "n": 1}'
    sent = bot.propose(proposal_body(state=state), key=uuid4().hex).json()
    assert bot.get(f"/proposals/{sent['id']}").json()["state"] == state


def test_a_newer_proposal_takes_the_place_of_a_pending_one(bot: AgentClient, is_problem) -> None:
    earlier = bot.propose(proposal_body(external_id="call-1")).json()
    newer = bot.propose(proposal_body(external_id="call-2", supersedes="call-1"))
    assert newer.status_code == 202
    told = bot.get(f"/proposals/{earlier['id']}").json()
    assert (told["status"], told["substatus"], told["decision"]) == ("cancelled", "superseded", None)
    again = bot.propose(proposal_body(external_id="call-3", supersedes="call-1"))
    is_problem(again, 409, "wrong-status", ["supersedes"])
    is_problem(bot.propose(proposal_body(supersedes="call-9")), 422, "invalid-request", ["supersedes"])
