"""What a process keeps of the registry, and that every change is seen on the next request, in every process."""

from datetime import timedelta

import pytest
from django.db import connection, transaction

from apps.registry import actions, catalogue, queries
from apps.registry.models import ActionType, AgentGrant, AgentKey, ReasonCode, Revision, Workflow
from apps.registry.states import Consequence, Scope
from tests.factories import CANCEL_SCHEMA, ActionTypeFactory, AgentFactory, UserFactory


def revision():
    return catalogue.current_book().revision


def test_it_holds_what_intake_needs(house):
    found = queries.load_catalogue(house.agent)
    assert set(found.workflows) == {"orders"}
    workflow, grant, action_types = found.workflows["orders"]
    assert (workflow, grant.covers("cancel_order")) == (house.workflow, True)
    action_type, schema = action_types["cancel_order"]
    assert action_type == house.cancel_order
    assert schema.problems({"order_id": "#W1", "reason": "no longer needed"}) == []


def test_once_loaded_it_costs_one_query_and_its_rows_none(house, django_assert_num_queries):
    queries.load_catalogue(house.agent)
    with django_assert_num_queries(1):
        found = queries.load_catalogue(house.agent)
        assert found.workflows["orders"].action_types["cancel_order"].action_type.workflow.slug == "orders"
        assert found.workflows["orders"].grant.workflow.slug == "orders"


def test_an_agent_sees_only_what_it_was_granted(house):
    assert queries.load_catalogue(AgentFactory()).workflows == {}


def test_closed_workflows_and_action_types_are_not_there(house, now):
    actions.close_action_type(action_type=house.cancel_order, by=house.adam, now=now)
    assert set(queries.load_catalogue(house.agent).workflows["orders"].action_types) == {"delete_record"}
    Workflow.objects.update(is_active=False)
    assert queries.load_catalogue(house.agent).workflows == {}


CHANGES = {
    "a verb": lambda house, now: actions.save_action_type(
        workflow=house.workflow,
        name="refund",
        title="Refund",
        args_schema=CANCEL_SCHEMA,
        consequence=Consequence.HIGH,
        by=house.adam,
        now=now,
    ),
    "a factory": lambda house, now: ActionTypeFactory(workflow=house.workflow),
    "an update": lambda house, now: ActionType.objects.update(title="x"),
    "raw SQL": lambda house, now: connection.cursor().execute("UPDATE registry_agent SET name = 'x'"),
    "a deletion": lambda house, now: AgentGrant.objects.all().delete(),
    "a workflow": lambda house, now: Workflow.objects.update(name="x"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_whoever_changes_the_registry_moves_the_revision(house, now, change):
    before = revision()
    CHANGES[change](house, now)
    assert revision() != before


def test_what_is_not_in_the_catalogue_leaves_it_alone(house, now):
    before = revision()
    ReasonCode.objects.update(label="x")
    UserFactory()
    actions.version_of(agent=house.agent, given={"model": "m"}, now=now)
    assert revision() == before


def test_noting_the_use_of_a_key_leaves_it_alone(house, now):
    expires_at = now + timedelta(days=9)
    issued = actions.issue_key(
        agent=house.agent, scopes=[Scope.READ], expires_at=expires_at, by=None, now=now
    )
    before = revision()
    assert queries.authenticate(issued.token, now)
    assert AgentKey.objects.get().last_used_at == now
    assert revision() == before


def test_a_rolled_back_change_is_never_taken_for_another_one(house):
    """A counter would come to the same number again, with other content behind it."""
    seen = {revision()}
    for title in ("first", "second"):
        with transaction.atomic():
            ActionType.objects.update(title=title)
            assert revision() not in seen
            seen.add(revision())
            found = queries.load_catalogue(house.agent).workflows["orders"].action_types["cancel_order"]
            assert found.action_type.title == title
            transaction.set_rollback(True)
    assert Revision.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_change_is_invisible_until_committed(live_house):
    before = queries.load_catalogue(live_house.agent)
    with transaction.atomic():
        ActionType.objects.update(title="changed")
    after = queries.load_catalogue(live_house.agent)
    assert before.workflows["orders"].action_types["cancel_order"].action_type.title == "Cancel an order"
    assert after.workflows["orders"].action_types["cancel_order"].action_type.title == "changed"
