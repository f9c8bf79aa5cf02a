"""Registering and changing: every person of the cast against every verb, and the trace each leaves."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from apps.accounts import rights
from apps.accounts.policies import NotAllowed
from apps.accounts.roles import Role
from apps.audit.models import Event
from apps.registry import actions, policies
from apps.registry.actions import FiveRoles
from apps.registry.models import ActionType, AgentGrant, ReasonCode, Workflow
from apps.registry.schemas import UnusableSchema
from apps.registry.scopes import AgentScope, Permitted
from apps.registry.states import AgentStatus, Consequence, Effect, Reversibility, Scope, Stage
from tests.factories import CANCEL_SCHEMA, AgentFactory

CAST = ("alice", "olga", "adam", "gina", "charlie", "tina")


def roles(house, **changes):
    named = {
        "business_owner": house.olga,
        "process_owner": house.petra,
        "technical_owner": house.tina,
        "governance_lead": house.gina,
        "reviewers": house.team,
    }
    return FiveRoles(**named | changes)


def save_workflow(house, by, **changes):
    facts = {"slug": "returns", "name": "Returns", "roles": roles(house)} | changes
    return actions.save_workflow(**facts, by=by, now=house.now)


def save_action(house, by, **changes):
    facts = {
        "workflow": house.workflow,
        "name": "refund",
        "title": "Refund",
        "args_schema": CANCEL_SCHEMA,
        "consequence": Consequence.HIGH,
    } | changes
    return actions.save_action_type(**facts, by=by, now=house.now)


def only(*names):
    return Permitted([AgentScope.of(names)])


def last_event():
    return Event.objects.order_by("-id").first()


VERBS = {
    "workflow": save_workflow,
    "action type": save_action,
    "closing": lambda house, by: actions.close_action_type(
        action_type=house.cancel_order, by=by, now=house.now
    ),
    "reason": lambda house, by: actions.save_reason_code(
        workflow=house.workflow, code="other", label="Other", by=by, now=house.now
    ),
    "removing a reason": lambda house, by: actions.remove_reason_code(
        reason=ReasonCode.objects.first(), by=by, now=house.now
    ),
    "agent": lambda house, by: actions.save_agent(
        slug="new", name="New", owner=house.tina, by=by, now=house.now
    ),
    "grants": lambda house, by: actions.set_grants(
        agent=house.agent, grants={house.workflow: only("refund")}, by=by, now=house.now
    ),
    "withdrawing": lambda house, by: actions.withdraw_grant(
        grant=AgentGrant.objects.get(), by=by, now=house.now
    ),
    "key": lambda house, by: actions.issue_key(
        agent=house.agent,
        scopes=[Scope.READ],
        expires_at=house.now + timedelta(days=1),
        by=by,
        now=house.now,
    ),
}


@pytest.mark.parametrize("verb", VERBS)
def test_only_an_admin_registers(house, verb):
    before = Event.objects.count()
    for who in CAST:
        if who != "adam":
            with pytest.raises(NotAllowed, match="Only an admin"):
                VERBS[verb](house, getattr(house, who))
    assert Event.objects.count() == before
    VERBS[verb](house, house.adam)
    assert last_event().actor_name == "Adam"


@pytest.mark.parametrize("verb", VERBS)
def test_the_operator_at_the_command_line_may_too(house, verb):
    VERBS[verb](house, None)
    assert last_event().actor_kind == "system"


@pytest.mark.parametrize("status", AgentStatus.values)
def test_who_stops_an_agent_and_lets_it_in(house, status):
    house.agent.status = status
    is_active = status == AgentStatus.ACTIVE
    for who in CAST:
        by = getattr(house, who)
        assert policies.can_suspend(house.agent, by=by) is (is_active and who in {"adam", "gina"})
        assert policies.can_resume(house.agent, by=by) is (not is_active and who == "adam")


def test_the_owner_does_not_let_the_own_agent_in_again(house, now):
    house.agent.owner = house.adam
    house.agent.save()
    actions.suspend_agent(agent=house.agent, reason="odd", by=house.gina, now=now)
    with pytest.raises(NotAllowed, match="You own this agent"):
        actions.resume_agent(agent=house.agent, reason="fine", by=house.adam, now=now)


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_stopping_needs_a_reason(house, now, reason):
    with pytest.raises(NotAllowed, match="Give a reason"):
        actions.suspend_agent(agent=house.agent, reason=reason, by=house.gina, now=now)


def test_stopping_and_letting_in_are_told_with_their_reasons(house, now):
    actions.suspend_agent(agent=house.agent, reason="odd refunds", by=house.gina, now=now)
    assert (last_event().verb, last_event().data) == ("agent.suspended", {"reason": "odd refunds"})
    actions.resume_agent(agent=house.agent, reason="explained", by=house.adam, now=now)
    assert (last_event().verb, last_event().data) == ("agent.resumed", {"reason": "explained"})


def test_saving_the_same_again_writes_nothing(house):
    save_workflow(house, house.adam)
    save_action(house, house.adam, amount_limit=Decimal("50.00"), amount_currency="EUR")
    before = Event.objects.count()
    save_workflow(house, house.adam)
    save_action(house, house.adam, amount_limit=Decimal("50.00"), amount_currency="EUR")
    assert Event.objects.count() == before


def test_a_change_is_told_with_before_and_after(house):
    save_action(house, house.adam)
    save_action(house, house.adam, consequence=Consequence.CRITICAL, effects=[Effect.MOVES_MONEY])
    assert last_event().verb == "action_type.changed"
    assert last_event().workflow_id == house.workflow.pk
    assert last_event().data == {
        "consequence": {"before": "high", "after": "critical"},
        "effects": {"before": [], "after": ["moves_money"]},
    }


def test_a_workflow_starts_in_shadow_unless_told_otherwise(house):
    assert save_workflow(house, None).initial_stage == Stage.SHADOW
    with pytest.raises(ValidationError):
        save_workflow(house, None, initial_stage=Stage.SUPERVISED)


def test_an_action_type_is_irreversible_unless_told_otherwise(house):
    assert save_action(house, None).reversibility == Reversibility.IRREVERSIBLE


def test_the_benefit_owners_right_follows_the_business_owner(house):
    workflow = save_workflow(house, None)
    assert rights.holds(house.olga, Role.BENEFIT_OWNER, workflow)
    save_workflow(house, None, roles=roles(house, business_owner=house.bob))
    assert rights.holds(house.bob, Role.BENEFIT_OWNER, workflow)
    assert not rights.holds(house.olga, Role.BENEFIT_OWNER, workflow)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"args_schema": {"type": "array"}}, UnusableSchema),
        ({"amount_limit": Decimal(5)}, ValidationError),
        ({"title": ""}, ValidationError),
        ({"title": "x" * 200}, ValidationError),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_stored(house, changes, error):
    with pytest.raises(error):
        save_action(house, house.adam, **changes)
    assert not ActionType.objects.filter(name="refund").exists()


def test_the_authors_order_of_arguments_is_kept(house):
    schema = {"type": "object", "properties": {name: {"type": "string"} for name in ("zebra", "b", "apple")}}
    stored = ActionType.objects.get(pk=save_action(house, None, args_schema=schema).pk)
    assert list(stored.args_schema["properties"]) == ["zebra", "b", "apple"]
    turned = {"type": "object", "properties": dict(reversed(schema["properties"].items()))}
    stored = ActionType.objects.get(pk=save_action(house, None, args_schema=turned).pk)
    assert list(stored.args_schema["properties"]) == ["apple", "b", "zebra"]


def test_grants_are_set_as_a_whole(house, now):
    agent = AgentFactory()
    other = save_workflow(house, None)
    actions.set_grants(
        agent=agent, grants={house.workflow: Permitted(), other: only("refund")}, by=None, now=now
    )
    actions.set_grants(agent=agent, grants={other: only("refund", "exchange")}, by=None, now=now)
    (grant,) = AgentGrant.objects.filter(agent=agent)
    assert (grant.workflow, grant.scope_list) == (other, (AgentScope(("exchange", "refund")),))
    assert grant.covers("refund")
    assert not grant.covers("cancel_order")


def test_a_workflow_in_use_cannot_be_deleted(house):
    with pytest.raises(Exception, match="protected"):
        Workflow.objects.get(slug="orders").delete()
