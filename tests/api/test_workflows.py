"""What an agent learns about what it may propose."""

from collections.abc import Callable
from typing import Any

from apps.registry.models import ActionType, AgentGrant, Workflow
from apps.registry.scopes import AgentScope, stored
from apps.registry.states import Scope
from tests import factories
from tests.api.conftest import AgentClient, make_key


def test_it_lists_workflows_actions_and_their_schemas(bot: AgentClient, house: factories.House) -> None:
    (orders,) = bot.get("/workflows").json()["items"]
    assert (orders["slug"], orders["name"]) == ("orders", "Orders")
    assert [action["name"] for action in orders["actions"]] == ["cancel_order", "delete_record"]
    cancel, delete = orders["actions"]
    assert cancel["args_schema"] == factories.CANCEL_SCHEMA
    assert (cancel["consequence"], cancel["reversibility"]) == ("moderate", "compensable")
    assert delete["effects"] == ["deletes_data"]
    assert delete["within"] == []


def test_only_what_is_granted_and_active_is_listed(
    bot: AgentClient, stranger: AgentClient, house: factories.House
) -> None:
    assert stranger.get("/workflows").json() == {"items": []}
    ActionType.objects.filter(name="delete_record").update(is_active=False)
    assert [action["name"] for action in bot.get("/workflows").json()["items"][0]["actions"]] == [
        "cancel_order"
    ]
    AgentGrant.objects.filter(agent=house.agent).update(
        scopes=stored([AgentScope(("delete_record",), "impact.amount <= 5")])
    )
    assert bot.get("/workflows").json()["items"][0]["actions"] == []
    ActionType.objects.update(is_active=True)
    (action,) = bot.get("/workflows").json()["items"][0]["actions"]
    assert (action["name"], action["within"]) == ("delete_record", ["impact.amount <= 5"])
    Workflow.objects.update(is_active=False)
    assert bot.get("/workflows").json() == {"items": []}


def test_it_needs_a_key_that_may_read(
    house: factories.House, is_problem: Callable[..., dict[str, Any]]
) -> None:
    proposer = AgentClient(make_key(house.agent, Scope.PROPOSE)[1])
    is_problem(proposer.get("/workflows"), 403, "missing-scope")
