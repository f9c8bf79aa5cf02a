"""A monitor pulls the switch by the API, and lets go on what it stopped itself."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine

from apps.api.examples import BODIES
from apps.halts import halting
from apps.halts.models import Halt
from apps.proposals.states import Status
from apps.registry.states import Scope
from tests import factories
from tests.api.conftest import AgentClient, make_key
from tests.factories import House
from tests.halts.conftest import WEEK, go_on, stop

BODY = BODIES["halt"]
LIFT = BODIES["lift_halt"]


@pytest.fixture
def house(house: House) -> House:
    """With the slice of its first proposal."""
    factories.pending(house)
    return house


@pytest.fixture
def monitor(house: House) -> AgentClient:
    """A monitor with a key of its own; it proposes nothing."""
    return AgentClient(make_key(factories.AgentFactory(slug="monitor", name="Monitor"), Scope.HALT)[1])


def pull(monitor: AgentClient, body: dict[str, Any] = BODY, key: str | None = None) -> Any:
    return monitor.post("/halts", body, idempotency_key=key or uuid4().hex)


@pytest.mark.parametrize(
    "what",
    [
        {"scope": "everything"},
        {"scope": "workflow", "workflow": "orders"},
        {"scope": "agent", "agent": "order-bot"},
        {"scope": "slice", "workflow": "orders", "agent": "order-bot", "action": "cancel_order"},
    ],
    ids=lambda what: what["scope"],
)
def test_a_monitor_stops_proposals_from_the_next_request_on(
    monitor: AgentClient, bot: AgentClient, house: House, is_problem: Any, what: dict[str, str]
) -> None:
    assert bot.propose().status_code == 202
    answer = pull(monitor, {**what, "reason": "The shop is down."})
    assert answer.status_code == 201
    made = answer.json()
    assert made | what == made
    assert (made["by"], made["reason"], made["lifted_at"]) == ("Monitor", "The shop is down.", None)
    key = uuid4().hex
    body = factories.proposal_body()
    problem = is_problem(bot.propose(body, key), 403, "halted")
    assert "The shop is down." in problem["detail"]
    batch = {"items": [{"idempotency_key": uuid4().hex, "proposal": factories.proposal_body()}]}
    (item,) = bot.post("/proposals/batch", batch).json()["items"]
    assert (item["status"], item["problem"]["title"]) == (403, "Halted")
    lifted = monitor.post(f"/halts/{made['id']}/lift", LIFT)
    assert lifted.status_code == 200
    assert (lifted.json()["lifted_by"], lifted.json()["lifted_why"]) == ("Monitor", LIFT["reason"])
    # The same request as before, with the same key: it was not kept.
    assert bot.propose(body, key).status_code == 202


def test_a_grant_is_not_redeemed_while_a_halt_stands(
    monitor: AgentClient, bot: AgentClient, house: House, is_problem: Any
) -> None:
    grant = factories.proposal_at(house, Status.APPROVED).grant
    pull(monitor)
    with time_machine.travel(grant.issued_at + timedelta(seconds=1), tick=False):
        answer = bot.post(f"/grants/{grant.pk}/redeem", {"args_sha256": grant.args_sha256})
    assert "The shop answers with errors" in is_problem(answer, 409, "not-redeemable")["detail"]


def test_an_agent_that_is_halted_still_reads_and_reports(bot: AgentClient, house: House) -> None:
    proposal = factories.pending(house)
    stop(house, "agent")
    assert bot.get(f"/proposals/{proposal.pk}").status_code == 200
    assert bot.post(f"/proposals/{proposal.pk}/withdraw", {"reason": "not needed"}).status_code == 200


def test_the_same_request_twice_has_the_effect_of_one(
    monitor: AgentClient, house: House, is_problem: Any
) -> None:
    first = pull(monitor, key="k")
    again = pull(monitor, key="k")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again["Idempotent-Replayed"] == "true"
    assert again.json() == first.json()
    is_problem(pull(monitor, BODY | {"reason": "Another."}, key="k"), 409, "idempotency-conflict")
    monitor.post(f"/halts/{first.json()['id']}/lift", LIFT)
    # A late repetition of the first request does not stop it again.
    assert pull(monitor, key="k").json()["lifted_at"] is not None
    assert not Halt.objects.standing().exists()


def test_what_is_halted_already_is_answered_as_it_stands(monitor: AgentClient, house: House) -> None:
    halt = stop(house, "workflow")
    answer = pull(monitor)
    assert answer.status_code == 200
    assert (answer.json()["id"], answer.json()["by"]) == (str(halt.pk), "Adam")
    assert "Idempotent-Replayed" not in answer


def test_it_sees_all_that_stands_and_nothing_that_was_lifted(
    monitor: AgentClient, bot: AgentClient, house: House, is_problem: Any
) -> None:
    assert monitor.get("/halts").json() == {"items": []}
    by_adam, made = stop(house, "agent"), pull(monitor).json()
    found = monitor.get("/halts").json()["items"]
    assert [(one["id"], one["by"], one["agent"]) for one in found] == [
        (made["id"], "Monitor", None),
        (str(by_adam.pk), "Adam", "order-bot"),
    ]
    assert found[0] == made
    monitor.post(f"/halts/{made['id']}/lift", LIFT)
    go_on(house, by_adam)
    assert monitor.get("/halts").json() == {"items": []}
    limited = AgentClient(make_key(house.agent, Scope.PROPOSE)[1])
    is_problem(limited.get("/halts"), 403, "missing-scope")


def test_it_lifts_only_what_it_stopped_itself_and_lifting_twice_changes_nothing(
    monitor: AgentClient, bot: AgentClient, house: House, is_problem: Any
) -> None:
    by_adam = stop(house, "agent")
    is_problem(monitor.post(f"/halts/{by_adam.pk}/lift", LIFT), 403, "not-liftable")
    made = pull(monitor).json()
    is_problem(bot.post(f"/halts/{made['id']}/lift", LIFT), 403, "not-liftable")
    first = monitor.post(f"/halts/{made['id']}/lift", LIFT).json()
    assert monitor.post(f"/halts/{made['id']}/lift", {"reason": "again"}).json() == first
    is_problem(monitor.post(f"/halts/{uuid4()}/lift", LIFT), 404, "not-found")
    go_on(house, by_adam)
    is_problem(monitor.post(f"/halts/{by_adam.pk}/lift", LIFT), 403, "not-liftable")


def test_once_a_person_has_looked_only_people_lift_it(
    monitor: AgentClient, house: House, is_problem: Any
) -> None:
    made = pull(monitor).json()
    halt = Halt.objects.get(pk=made["id"])
    halting.keep(
        halt_id=halt.pk,
        reason="Right so.",
        look_again_on=halt.look_again_on + WEEK,
        by=house.gina,
        now=halt.at,
    )
    is_problem(monitor.post(f"/halts/{halt.pk}/lift", LIFT), 403, "not-liftable")


@pytest.mark.parametrize(
    ("wrong", "loc"),
    [
        ({"scope": "all"}, ["scope"]),
        ({"reason": " "}, ["reason"]),
        ({"reason": "x" * 501}, ["reason"]),
        ({"reason": "\x00"}, ["reason"]),
        ({"look_again_on": "2020-01-01"}, ["look_again_on"]),
        ({"look_again_on": "9999-01-01"}, ["look_again_on"]),
        ({"look_again_on": 1800000000}, ["look_again_on"]),
        ({"workflow": None}, []),
        ({"agent": "order-bot"}, []),
        ({"segment": "all"}, []),
        ({"scope": "everything"}, []),
        ({"extra": 1}, ["extra"]),
    ],
)
def test_bad_bodies_are_refused_at_their_place(
    monitor: AgentClient, is_problem: Any, wrong: dict[str, Any], loc: list[Any]
) -> None:
    is_problem(pull(monitor, BODY | wrong), 422, "invalid-request", loc)
    assert not Halt.objects.exists()


@pytest.mark.parametrize(
    "unknown",
    [
        {"workflow": "nowhere"},
        {"scope": "agent", "workflow": None, "agent": "nobody"},
        {"scope": "slice", "agent": "order-bot", "action": "delete_record"},
        {"scope": "slice", "agent": "order-bot", "action": "cancel_order", "segment": "small"},
    ],
)
def test_what_is_not_there_cannot_be_stopped(
    monitor: AgentClient, is_problem: Any, unknown: dict[str, Any]
) -> None:
    is_problem(pull(monitor, BODY | unknown), 404, "not-found")


def test_without_its_key_it_is_no_switch(house: House, is_problem: Any) -> None:
    bot = AgentClient(make_key(house.agent, Scope.PROPOSE, Scope.READ, Scope.REPORT)[1])
    is_problem(pull(bot), 403, "missing-scope")
    monitor = AgentClient(make_key(house.agent, Scope.HALT)[1])
    is_problem(monitor.post("/halts", BODY), 422, "invalid-request")


def test_a_key_answered_with_what_stood_already_keeps_that_answer(
    monitor: AgentClient, house: House, is_problem: Any
) -> None:
    stood = stop(house, "workflow")
    assert pull(monitor, key="k").status_code == 200
    is_problem(pull(monitor, BODY | {"reason": "Another."}, key="k"), 409, "idempotency-conflict")
    go_on(house, stood)
    again = pull(monitor, key="k")
    assert (again.json()["id"], again["Idempotent-Replayed"]) == (str(stood.pk), "true")
    assert not Halt.objects.standing().exists()
    assert pull(monitor).status_code == 201
