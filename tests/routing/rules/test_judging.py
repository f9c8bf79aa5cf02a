"""Rules and the three layers together: they ask for more care, never for less."""

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.registry.states import Consequence, Reversibility, Stage
from apps.routing.assessment import as_ruled, assess, place
from apps.routing.facts import Facts, TrustState
from apps.routing.reasons import sentence
from apps.routing.rules.effects import Effects
from apps.routing.rules.judging import NOTHING, Judged, Rule, judge
from apps.routing.states import BlindFirst, Route
from tests.routing.rules.values import plain_values
from tests.routing.test_assessment import MATRIX, any_facts, codes, facts

ACTING = TrustState(Stage.SUPERVISED, 0.5, audit_rate=0.1)
SLUGS = st.sampled_from(["finance", "legal"])
any_effects = st.builds(
    Effects,
    review=st.booleans(),
    queue=st.just("") | SLUGS,
    consequence=st.none() | st.sampled_from(list(Consequence)),
    reversibility=st.none() | st.sampled_from(list(Reversibility)),
    second_approver=st.booleans(),
    compliance=st.just("") | SLUGS,
    corroborated=st.booleans(),
    refuse=st.just("") | st.just("Not by an agent."),
    mask=st.lists(st.sampled_from(["iban", "name"]), unique=True).map(tuple),
    blind=st.booleans(),
)
any_judged = st.lists(any_effects, max_size=4).map(
    lambda found: Judged(tuple(Rule(f"r{at}", f"Rule {at}", "true", one) for at, one in enumerate(found)))
)
any_trust = st.builds(
    TrustState, st.sampled_from(list(Stage)), st.none() | st.floats(0, 1), audit_rate=st.just(0.1)
)


def rule(when: str = "true", **asked: object) -> Rule:
    return Rule("one", "One rule", when, Effects(**asked))  # type: ignore[arg-type]


def held(**asked: object) -> Judged:
    return Judged((rule(**asked),))


@given(any_facts, any_trust, any_judged)
def test_no_rule_lets_anything_through_that_was_held_or_takes_a_person_away(
    given_facts: Facts, trust: TrustState, judged: Judged
) -> None:
    without, with_rules = assess(given_facts, MATRIX, trust), assess(given_facts, MATRIX, trust, judged)
    # From what nothing comes out of to what runs by itself.
    order = [Route.REFUSE, Route.RECORD, Route.REVIEW, Route.ACT]
    assert order.index(with_rules.route) <= order.index(without.route)
    assert with_rules.quorum >= without.quorum
    assert with_rules.tier >= without.tier
    assert with_rules.cell.blind_first >= without.cell.blind_first
    assert {reason.code for reason in without.reasons} & {"never_seen", "no_evidence"} <= codes(with_rules)


@given(any_facts, any_judged)
def test_each_thing_a_rule_asks_for_is_told_and_read_back_later(given_facts: Facts, judged: Judged) -> None:
    answer = assess(given_facts, MATRIX, ACTING, judged)
    stored = [reason.as_json() for reason in answer.reasons]
    assert all(sentence(reason) for reason in stored)
    address = place(given_facts, judged.held)
    assert as_ruled(MATRIX[address], stored) == answer.cell
    told = sum(1 for reason in answer.reasons if reason.code.startswith("rule_"))
    # A raised cell is one sentence, however many axes were raised.
    asked = [one.effects.as_json() for one in judged.held]
    both = sum(1 for one in asked if {"consequence", "reversibility"} <= one.keys())
    assert told == sum(map(len, asked)) - both


@given(any_effects)
def test_what_a_rule_asks_for_is_kept_as_it_is(asked: Effects) -> None:
    assert Effects.of(asked.as_json()) == asked
    assert asked.as_json().keys() <= {one.name for one in fields(Effects)}


@pytest.mark.parametrize(
    ("asked", "route"),
    [
        ({}, Route.ACT),
        ({"review": True}, Route.REVIEW),
        ({"second_approver": True}, Route.REVIEW),
        ({"compliance": "legal"}, Route.REVIEW),
        ({"corroborated": True}, Route.REVIEW),
        ({"consequence": Consequence.CRITICAL, "queue": "legal"}, Route.ACT),
        ({"refuse": "No."}, Route.REFUSE),
        ({"queue": "legal"}, Route.ACT),
        ({"mask": ("iban",)}, Route.ACT),
        ({"blind": True}, Route.ACT),
    ],
)
def test_what_brings_a_proposal_that_may_act_to_a_person(asked: dict[str, object], route: Route) -> None:
    assert assess(facts(), MATRIX, ACTING, held(**asked)).route is route


def test_a_second_agent_that_proposed_the_same_is_enough() -> None:
    answer = assess(facts(is_corroborated=True), MATRIX, ACTING, held(corroborated=True))
    assert answer.route is Route.ACT
    assert "rule_corroborated" in codes(answer)


def test_of_two_queues_the_first_counts() -> None:
    judged = Judged((rule(queue="finance"), rule(queue="legal", blind=True)))
    answer = assess(facts(), MATRIX, ACTING, judged)
    assert answer.cell.queue == "finance"
    assert BlindFirst.REVIEWS in answer.cell.blind_first


def test_a_rule_that_cannot_be_answered_brings_it_to_a_person() -> None:
    values = plain_values()
    del values["impact.amount"]
    judged = judge([rule("impact.amount > 1", mask=("iban",)), rule("no_such_name"), rule("false")], values)
    assert judged.held == ()
    assert len(judged.failed) == 2
    answer = assess(facts(), MATRIX, ACTING, judged)
    assert answer.route is Route.REVIEW
    assert "rule_failed" in codes(answer)


def test_without_rules_nothing_is_asked() -> None:
    assert judge([], {}) is NOTHING


def test_only_rules_that_hold_ask_for_anything() -> None:
    judged = judge(
        [rule("impact.amount > 100", review=True), rule("impact.amount > 1000", refuse="No.")], plain_values()
    )
    assert [one.effects.review for one in judged.held] == [True]


@given(any_facts, any_trust)
def test_stored_facts_and_trust_are_read_back_as_they_were(given_facts: Facts, trust: TrustState) -> None:
    full = replace(given_facts, is_corroborated=True, zone="Europe/Amsterdam")
    assert Facts.of(full.as_json()) == full
    assert TrustState.of(trust.as_json()) == trust
