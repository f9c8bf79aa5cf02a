"""What agents report of their runs."""

from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest

from apps.costs.models import Run, Usage
from apps.registry.models import AgentGrant, Workflow
from apps.registry.states import Scope
from tests.api.conftest import AgentClient, make_key
from tests.costs.conftest import set_plan, use
from tests.factories import House, proposal_body

ONE = {"workflow": "orders", "amount": "0.5", "currency": "EUR", "tokens": 100, "tool_calls": 2, "steps": 1}


def _post(client: AgentClient, body: Any = ONE, *, run: str = "run-1", key: str = "k") -> Any:
    return client.post(f"/runs/{quote(run, safe='')}/usage", body, idempotency_key=key)


def test_usage_is_added_up_and_answered_with_the_budgets(bot: AgentClient, house: House) -> None:
    set_plan(house, run="2", ever="10", step_cap=9)
    _post(bot)
    answer = _post(bot, key="k2")
    assert answer.status_code == 200
    assert answer.json() == {
        "run": "run-1",
        "workflow": "orders",
        "amount": "1.000000",
        "currency": "EUR",
        "tokens": 200,
        "tool_calls": 4,
        "steps": 2,
        "step_cap": 9,
        "budgets": [
            {"span": "run", "limit": "2.000000", "spent": "1.000000", "until": None},
            {"span": "ever", "limit": "10.000000", "spent": "1.000000", "until": None},
        ],
        "stopped": False,
    }


def test_the_same_again_is_answered_the_same_and_counted_once(
    bot: AgentClient, house: House, is_problem
) -> None:
    first, again = _post(bot), _post(bot)
    assert again.json() == first.json()
    assert (first.has_header("Idempotent-Replayed"), again["Idempotent-Replayed"]) == (False, "true")
    is_problem(_post(bot, ONE | {"steps": 2}), 409, "idempotency-conflict")
    is_problem(_post(bot, run="run-2"), 409, "idempotency-conflict")
    assert Run.objects.get().amount == Decimal("0.5")


def test_a_spent_budget_stops_usage_and_proposals_with_the_same_words(
    bot: AgentClient, house: House, is_problem
) -> None:
    set_plan(house, month="1")
    assert _post(bot, ONE | {"amount": "1.25"}).json()["stopped"] is True
    told = is_problem(_post(bot, key="k2"), 403, "budget-spent")["detail"]
    assert "The budget of this month for Orders is spent: 1.75 of 1.00 EUR" in told
    assert Usage.objects.count() == 2
    proposed = is_problem(bot.propose(proposal_body()), 403, "budget-spent")["detail"]
    assert "/costs/orders/budgets/" in proposed
    (item,) = bot.post(
        "/proposals/batch", {"items": [{"idempotency_key": "b", "proposal": proposal_body()}]}
    ).json()["items"]
    assert (item["status"], item["problem"]["type"].endswith("#problem-budget-spent")) == (403, True)


def test_a_run_with_any_name(bot: AgentClient, house: House) -> None:
    for name in ("a/b", "ü", "usage", "x" * 200):
        assert _post(bot, run=name, key=name[:9].encode().hex()).json()["run"] == name


def test_asking_uses_nothing(bot: AgentClient, house: House) -> None:
    answer = _post(bot, {"workflow": "orders"}).json()
    assert (answer["amount"], answer["currency"], answer["budgets"]) == ("0.000000", "", [])


def test_a_run_belongs_to_its_agent(
    bot: AgentClient, stranger: AgentClient, house: House, is_problem
) -> None:
    _post(bot)
    is_problem(_post(stranger), 403, "workflow-not-granted")
    is_problem(_post(bot, ONE | {"workflow": "other"}), 403, "workflow-not-granted")
    assert Run.objects.get().agent == house.agent


def test_what_was_used_is_taken_when_the_workflow_was_taken_back(bot: AgentClient, house: House) -> None:
    use(house, "1")
    AgentGrant.objects.filter(agent=house.agent).delete()
    Workflow.objects.update(is_active=False)
    assert _post(bot).status_code == 200


def test_another_currency_is_refused_at_its_place(bot: AgentClient, house: House, is_problem) -> None:
    set_plan(house, day="1")
    use(house, "0.1")
    is_problem(_post(bot, ONE | {"currency": "USD"}), 422, "invalid-request", ["currency"])


def test_it_takes_the_scope_to_report(house: House, is_problem) -> None:
    is_problem(_post(AgentClient(make_key(house.agent, Scope.PROPOSE, Scope.READ)[1])), 403, "missing-scope")


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": "-1"},
        {"amount": "NaN"},
        {"amount": "0.0000001"},
        {"currency": "eur"},
        {"tokens": -1},
        {"steps": 1.5},
        {"tool_calls": 10**10},
        {"workflow": "no such thing"},
        {"more": 1},
    ],
)
def test_bad_usage_is_refused_at_its_place(
    bot: AgentClient, house: House, is_problem, nothing_kept, wrong: dict[str, Any]
) -> None:
    (field,) = wrong
    with nothing_kept():
        is_problem(_post(bot, ONE | wrong), 422, "invalid-request", [field])
    assert not Usage.objects.exists()


def test_bad_addresses_and_keys(bot: AgentClient, house: House, is_problem) -> None:
    is_problem(_post(bot, run="x" * 201), 422, "invalid-request", ["path", "run_id"])
    is_problem(_post(bot, run="a\x00"), 422, "invalid-request", ["path", "run_id"])
    is_problem(bot.post("/runs/a/usage", ONE), 422, "invalid-request")
    is_problem(_post(bot, {"workflow": "orders", "amount": "1"}), 422, "invalid-request", ["currency"])
