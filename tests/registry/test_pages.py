"""The pages of workflows, agents and keys."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.registry import actions, queries
from apps.registry.models import AgentKey, Workflow
from apps.registry.states import AgentStatus, Scope
from tests.factories import ActionTypeFactory, AgentFactory


@pytest.fixture
def key(house):
    at = timezone.now()
    issued = actions.issue_key(
        agent=house.agent, scopes=[Scope.READ], expires_at=at + timedelta(days=9), by=None, now=at
    )
    return issued.key


def login(client, person):
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def page(name, *args):
    return reverse(f"registry:{name}", args=args)


READ = [
    ("workflow_list", ()),
    ("workflow_detail", ("orders",)),
    ("action_type_detail", ("orders", "cancel_order")),
    ("agent_list", ()),
    ("agent_detail", ("order-bot",)),
]


@pytest.mark.parametrize(("name", "args"), READ)
def test_without_signing_in_every_page_leads_to_the_door(client, db, name, args):
    assert client.get(page(name, *args)).url.startswith("/accounts/login/")


@pytest.mark.parametrize("who", ["alice", "charlie", "adam"])
def test_everybody_signed_in_reads_who_answers_for_what(client, house, who):
    login(client, getattr(house, who))
    for name, args in READ:
        assert client.get(page(name, *args)).status_code == 200, name


def test_the_workflow_names_its_five_roles_and_its_actions(client, house):
    text = login(client, house.alice).get(page("workflow_detail", "orders")).text
    for shown in (
        "Olga",
        "Petra",
        "Tina",
        "Gina",
        "Order desk: Alice, Bob",
        "Cancel an order",
        "deletes data",
    ):
        assert shown in text


@pytest.mark.parametrize(
    ("who", "sees"), [("adam", True), ("gina", True), ("tina", True), ("alice", False), ("charlie", False)]
)
def test_keys_are_for_the_owner_and_the_offices(client, house, key, who, sees):
    text = login(client, getattr(house, who)).get(page("agent_detail", "order-bot")).text
    assert (key.prefix in text) is sees


CHANGES = [
    ("key_issue", (), {"scopes": ["read"], "days": 5}),
    ("key_rotate", ("key",), {"hours": 5}),
    ("key_revoke", ("key",), {}),
    ("agent_resume", (), {"reason": "fine"}),
]


@pytest.mark.parametrize("who", ["alice", "olga", "gina", "charlie", "tina"])
def test_others_change_nothing(client, house, key, who):
    before = list(AgentKey.objects.values())
    login(client, getattr(house, who))
    for name, args, data in CHANGES:
        where = page(name, "order-bot", *(key.pk for _key in args))
        assert client.post(where, data).status_code == 403, name
    assert list(AgentKey.objects.values()) == before


def test_a_token_is_shown_once_and_works(client, house):
    answer = login(client, house.adam).post(page("key_issue", "order-bot"), {"scopes": ["read"], "days": 5})
    token = answer.context["token"]
    assert token in answer.text
    assert "no-store" in answer["Cache-Control"]
    assert queries.authenticate(token, timezone.now()).scopes == ["read"]
    assert token not in client.get(page("agent_detail", "order-bot")).text


def test_rotating_shows_the_successor_and_keeps_the_old_for_a_while(client, house, key):
    answer = login(client, house.adam).post(page("key_rotate", "order-bot", key.pk), {"hours": 5})
    assert queries.authenticate(answer.context["token"], timezone.now())
    key.refresh_from_db()
    assert key.replaced_by.prefix in answer.context["token"]
    assert client.get(page("key_rotate", "order-bot", key.pk)).status_code == 403


def test_revoking_takes_one_press(client, house, key):
    assert login(client, house.adam).post(page("key_revoke", "order-bot", key.pk)).status_code == 302
    key.refresh_from_db()
    assert key.revoked_at
    assert client.post(page("key_revoke", "order-bot", key.pk)).status_code == 403


@pytest.mark.parametrize(
    "data", [{"scopes": [], "days": 5}, {"scopes": ["read"], "days": 0}, {"scopes": ["admin"]}]
)
def test_a_wrong_form_comes_back(client, house, data):
    answer = login(client, house.adam).post(page("key_issue", "order-bot"), data)
    assert answer.status_code == 422
    assert not AgentKey.objects.exists()


def test_another_agents_key_is_not_found(client, house, key):
    AgentFactory(slug="other")
    login(client, house.adam)
    assert client.post(page("key_revoke", "other", key.pk)).status_code == 404


def test_governance_stops_an_agent_and_an_admin_lets_it_in(client, house):
    login(client, house.gina)
    assert client.post(page("agent_suspend", "order-bot"), {"reason": ""}).status_code == 422
    client.post(page("agent_suspend", "order-bot"), {"reason": "odd"})
    house.agent.refresh_from_db()
    assert house.agent.status == AgentStatus.SUSPENDED
    login(client, house.adam).post(page("agent_resume", "order-bot"), {"reason": "fine"})
    house.agent.refresh_from_db()
    assert house.agent.status == AgentStatus.ACTIVE


@pytest.mark.parametrize("name", ["%00", "cancel_order%00", "%ED%A0%80", "x" * 5000])
def test_an_action_type_nobody_could_have_named_is_not_found(client, house, name):
    answer = login(client, house.adam).get(f"/registry/workflows/orders/actions/{name}/")
    assert answer.status_code == 404


def test_hostile_text_is_text(client, house):
    Workflow.objects.update(name="<script>alert(1)</script>", description="‮" + "x" * 20_000)
    ActionTypeFactory(workflow=house.workflow, title="<img src=x onerror=alert(1)>")
    text = login(client, house.adam).get(page("workflow_detail", "orders")).text
    assert "<script>alert" not in text
    assert "<img" not in text


@pytest.mark.parametrize(("name", "args", "most"), [("workflow_list", (), 8), ("agent_list", (), 9)])
def test_lists_cost_the_same_for_few_and_many(client, house, django_assert_max_num_queries, name, args, most):
    AgentFactory.create_batch(20)
    login(client, house.adam)
    with django_assert_max_num_queries(most):
        client.get(page(name, *args))
