"""The door refuses what lies outside the agent's limits, alternatives too; people grant nothing beyond them either."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.audit.models import Event
from apps.intake import vetoing
from apps.intake.requests import Accepted, Refused
from apps.proposals import grants
from apps.proposals.grants import NotRedeemable
from apps.proposals.models import Grant, Proposal
from apps.proposals.ruling import declared_of
from apps.proposals.states import Status, Substatus
from apps.registry import actions
from apps.registry.models import ActionType, AgentGrant
from apps.registry.schemas import compile_schema
from apps.registry.scopes import AgentScope, stored
from apps.reviews import settling
from apps.reviews.choosing import Invalid
from apps.routing.states import Verb
from tests import factories
from tests.factories import House
from tests.trust import earning

LATER = timedelta(minutes=10)
CANCEL = ["cancel_order"]
LIMIT = "args.reason == 'no longer needed'"
DELETION: dict[str, Any] = {
    "rank": 1,
    "action": {"name": "delete_record", "args": {"order_id": "#W1", "reason": "no longer needed"}},
    "summary": "Delete the record",
}


def limit(house: House, *scopes: tuple[list[str], str]) -> None:
    kept = stored(AgentScope.of(names, within) for names, within in scopes)
    AgentGrant.objects.filter(agent=house.agent).update(scopes=kept)


def refused(house: House, **changes: Any) -> Refused:
    answer = factories.send(house, **{"alternatives": [], **changes})
    assert isinstance(answer, Refused), answer
    return answer


def test_what_lies_within_the_limits_comes_in(house: House) -> None:
    limit(house, (CANCEL, "impact.amount <= 500 && subject.id.startsWith('#W')"))
    assert isinstance(factories.send(house, alternatives=[]), Accepted)


@pytest.mark.parametrize(
    ("within", "changes"),
    [
        ("impact.amount <= 100", {}),
        ("impact.amount <= 500", {"impact": None}),
        ("subject.id.startsWith('NL-')", {}),
        ("args.order_id in ['#W2']", {}),
        ("args.nothing == 1", {}),
    ],
)
def test_what_lies_outside_is_refused_with_the_limit(
    house: House, within: str, changes: dict[str, Any]
) -> None:
    limit(house, (CANCEL, within))
    answer = refused(house, **changes)
    assert (answer.status_code, answer.problem) == (403, "outside-scope")
    assert answer.detail == f"This agent may propose cancel_order only within its limits: {within}"
    assert answer.errors[0]["loc"] == ["action"]
    assert not Proposal.objects.exists()
    assert Event.objects.get(verb="proposal.refused").data["problem"] == "outside-scope"


def test_one_of_several_scopes_is_enough(house: House) -> None:
    limit(house, (CANCEL, "impact.amount <= 100"), (["delete_record"], ""), (CANCEL, LIMIT))
    assert isinstance(factories.send(house, alternatives=[]), Accepted)
    both = refused(
        house, action={"name": "cancel_order", "args": {"order_id": "#W1", "reason": "ordered by mistake"}}
    )
    assert "impact.amount <= 100 or args.reason" in both.detail


def test_an_alternative_keeps_to_the_limits_too(house: House) -> None:
    limit(house, (CANCEL, LIMIT))
    answer = factories.send(house)
    assert isinstance(answer, Refused)
    assert (answer.problem, answer.errors[0]["loc"]) == ("outside-scope", ["alternatives", 0, "action"])


def test_the_stated_amount_is_that_of_the_action_and_no_other(house: House) -> None:
    limit(house, (CANCEL, ""), (["delete_record"], "impact.amount <= 500"))
    answer = refused(house, alternatives=[DELETION])
    assert answer.errors[0]["loc"] == ["alternatives", 0, "action"]


def test_a_limit_costs_no_statement_at_the_door(house: House) -> None:
    def statements() -> int:
        factories.send(house, alternatives=[])
        with CaptureQueriesContext(connection) as seen:
            assert isinstance(factories.send(house, alternatives=[]), Accepted)
        return len(seen)

    statements()
    without = statements()
    limit(house, (CANCEL, "impact.amount <= 500 && subject.id.startsWith('#W')"))
    assert statements() <= without


def test_what_a_person_chooses_lies_within_the_agents_limits(house: House) -> None:
    limit(house, (CANCEL, LIMIT), (["delete_record"], "subject.kind == 'order'"))
    proposal = factories.pending(house, alternatives=[DELETION])
    limit(house, (CANCEL, LIMIT))
    task = factories.claimed(proposal, house.alice, house.now)
    with pytest.raises(Invalid, match="no permission"):
        factories.decided(task, house.alice, house.now, Verb.CHOOSE_ALTERNATIVE, alternative_rank=1)
    args = {**proposal.args, "reason": "ordered by mistake"}
    with pytest.raises(Invalid, match=r"outside what the agent may do.*args\.reason == 'no longer needed'"):
        factories.decided(task, house.alice, house.now, Verb.EDIT, args=args)
    factories.decided(task, house.alice, house.now)


def test_a_limit_drawn_in_the_undo_window_denies_what_was_approved(house: House) -> None:
    proposal = factories.pending(house)
    factories.decided(factories.claimed(proposal, house.alice, house.now), house.alice, house.now)
    limit(house, (CANCEL, "impact.amount <= 100"))
    settling.settle_due(now=house.now + LATER)
    proposal.refresh_from_db()
    assert proposal.status == Status.DENIED
    assert "impact.amount <= 100" in proposal.resolution.message
    assert not Grant.objects.exists()


def test_a_withdrawn_grant_leaves_only_a_rejection(house: House) -> None:
    task = factories.claimed(factories.pending(house), house.alice, house.now)
    actions.withdraw_grant(grant=AgentGrant.objects.get(), by=house.adam, now=house.now)
    with pytest.raises(Invalid, match="no permission"):
        factories.decided(task, house.alice, house.now)
    factories.decided(task, house.alice, house.now, Verb.REJECT)


def test_what_waits_for_a_veto_comes_before_a_person_when_it_lies_outside(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.intake.placing.toss", lambda slice_id, proposal_id: 0.99)
    earning.supervised(house)
    now = house.now + timedelta(minutes=1)
    # The first one shows values the slice has never had, so it goes to a person.
    factories.pending(house, now, confidence=0.99, subject=None)
    proposal = factories.pending(house, now, confidence=0.99, subject=None)
    assert proposal.substatus == Substatus.VETO_WINDOW
    limit(house, (CANCEL, "impact.amount <= 100"))
    assert proposal.veto_until is not None
    vetoing.close_windows(now=proposal.veto_until)
    proposal.refresh_from_db()
    assert (proposal.status, proposal.substatus) == (Status.PENDING, Substatus.QUEUED)
    assert "impact.amount <= 100" in Event.objects.get(verb="proposal.brought_to_person").data["reason"]


def _redeem(house: House, grant: Grant) -> Grant:
    return grants.redeem(
        grant_id=grant.pk,
        args_sha256=grant.args_sha256,
        by=house.agent,
        now=grant.issued_at + timedelta(seconds=1),
    )


@pytest.mark.parametrize(
    ("scope", "told"),
    [
        ((["delete_record"], ""), "no permission"),
        ((CANCEL, "impact.amount <= 100"), r"impact\.amount <= 100"),
    ],
)
def test_a_limit_drawn_after_the_grant_stops_it(
    house: House, scope: tuple[list[str], str], told: str
) -> None:
    grant = factories.settled(house).grant
    limit(house, scope)
    with pytest.raises(NotRedeemable, match=told):
        _redeem(house, grant)
    limit(house, (CANCEL, "impact.amount <= 500"))
    assert _redeem(house, grant).redeemed_at


def test_a_permission_taken_back_after_the_grant_stops_it(house: House) -> None:
    grant = factories.settled(house).grant
    actions.withdraw_grant(grant=AgentGrant.objects.get(), by=house.adam, now=house.now)
    with pytest.raises(NotRedeemable, match="no permission"):
        _redeem(house, grant)


def test_asking_the_permission_costs_redeeming_no_statement(house: House) -> None:
    def statements() -> int:
        grant = factories.settled(house).grant
        with CaptureQueriesContext(connection) as seen:
            _redeem(house, grant)
        return len(seen)

    limit(house, (CANCEL, "impact.amount <= 500"))
    statements()
    known = statements()
    AgentGrant.objects.update(scopes=[{"actions": [], "within": ""}])
    statements()
    assert statements() == known


def test_no_stated_currency_makes_an_argued_amount_small(house: House) -> None:
    refund = {**factories.CANCEL_SCHEMA["properties"]["refund"], "x-reviewhub-amount": True}
    schema = {
        **factories.CANCEL_SCHEMA,
        "properties": {**factories.CANCEL_SCHEMA["properties"], "refund": refund},
    }
    ActionType.objects.filter(pk=house.cancel_order.pk).update(args_schema=schema, amount_currency="EUR")
    euros, yen = (
        f"impact.currency == '{name}' && impact.amount <= {most}.0"
        for name, most in (("EUR", 500), ("JPY", 50_000))
    )
    limit(house, (CANCEL, f"({euros}) || ({yen})"))
    args = {"order_id": "#W1", "reason": "no longer needed", "refund": 40_000}
    for stated in (None, {"amount": "1", "currency": "JPY"}, {"amount": "40001", "currency": "JPY"}):
        assert (
            refused(house, action={"name": "cancel_order", "args": args}, impact=stated).problem
            == "outside-scope"
        )
    small = {"name": "cancel_order", "args": args | {"refund": 400}}
    sent = factories.send(house, action=small, impact={"amount": "1", "currency": "JPY"}, alternatives=[])
    assert isinstance(sent, Accepted)
    proposal = Proposal.objects.get(pk=sent.resource["id"])
    assert (
        declared_of(proposal, proposal.action_type, compile_schema(schema), proposal.args).items()
        >= {"impact.amount": 400.0, "impact.currency": "EUR"}.items()
    )
