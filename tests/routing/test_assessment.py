"""The three layers, as pure functions."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.registry.states import Consequence, Effect, Reversibility, Stage
from apps.routing.assessment import assess, lower_stage, place
from apps.routing.facts import Assessed, Cell, EvidenceFact, Facts, TrustState
from apps.routing.reasons import SENTENCES, sentence
from apps.routing.states import BlindFirst, Fallback, Layer, Route, Verb
from apps.trust.states import Basis

NOW = datetime(2026, 11, 17, 10, tzinfo=UTC)


def cell(consequence: Consequence, reversibility: Reversibility, **changes: object) -> Cell:
    base = Cell(
        consequence=consequence,
        reversibility=reversibility,
        queue="standard",
        quorum=1,
        sla="standard",
        chain="standard",
        fallback=Fallback.HOLD,
        verbs=tuple(Verb),
        ceiling=Stage.SUPERVISED,
        evidence_stale_seconds=24 * 3600,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


MATRIX = {(c, r): cell(c, r) for c in Consequence for r in Reversibility}
ASSISTED = TrustState(Stage.ASSISTED, None)


def facts(**changes: object) -> Facts:
    base = Facts(
        consequence="moderate",
        reversibility="compensable",
        effects=(),
        confidence=0.8,
        now=NOW,
        evidence=(EvidenceFact(NOW, "asserted"),),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def codes(assessed: Assessed) -> set[str]:
    return {reason.code for reason in assessed.reasons}


def test_an_assisted_slice_goes_to_a_person_and_says_that_no_threshold_is_earned() -> None:
    answer = assess(facts(), MATRIX, ASSISTED)
    assert answer.route is Route.REVIEW
    assert codes(answer) == {"stage_assisted", "no_threshold"}


def test_a_shadow_slice_is_only_recorded_and_a_suspended_one_refused() -> None:
    assert assess(facts(), MATRIX, TrustState(Stage.SHADOW, None)).route is Route.RECORD
    assert assess(facts(), MATRIX, TrustState(Stage.SUSPENDED, None)).route is Route.REFUSE


@pytest.mark.parametrize(
    ("threshold", "code"), [(0.88, "below_threshold"), (0.8, "above_threshold"), (0.5, "above_threshold")]
)
def test_confidence_is_held_against_the_threshold_the_slice_has_earned(threshold: float, code: str) -> None:
    assert code in codes(assess(facts(), MATRIX, TrustState(Stage.ASSISTED, threshold)))


@pytest.mark.parametrize(
    ("changes", "code", "people"),
    [
        ({"amount": Decimal(201), "currency": "EUR"}, "amount_over_limit", 2),
        ({"amount": Decimal(-201), "currency": "EUR"}, "amount_over_limit", 2),
        ({"amount": Decimal(1), "currency": "USD"}, "amount_other_currency", 2),
        ({"effects": (Effect.MOVES_MONEY,)}, "amount_missing", 2),
        ({"effects": (Effect.DELETES_DATA,)}, "deletes_data", 2),
        ({"effects": (Effect.EXTERNAL_COMMUNICATION,)}, "external_communication", 1),
        ({"effects": (Effect.COMMITS_ORGANISATION,)}, "commits_organisation", 1),
        ({"unseen": ("carrier = dhl",)}, "never_seen", 1),
        ({"evidence": (EvidenceFact(NOW - timedelta(hours=25), "asserted"),)}, "stale_evidence", 1),
        ({"evidence": ()}, "no_evidence", 1),
        ({"open_on_subject": 2}, "open_on_subject", 1),
    ],
)
def test_each_rule_gives_its_reason_and_the_people_it_asks_for(
    changes: dict[str, object], code: str, people: int
) -> None:
    limit = {"amount_limit": Decimal(200), "limit_currency": "EUR"}
    answer = assess(facts(**(limit | changes)), MATRIX, ASSISTED)
    assert code in codes(answer)
    assert answer.quorum == people
    assert code not in codes(assess(facts(), MATRIX, ASSISTED))


def test_an_amount_at_the_limit_is_within_it() -> None:
    at = facts(amount=Decimal(200), currency="EUR", amount_limit=Decimal(200), limit_currency="EUR")
    assert "amount_over_limit" not in codes(assess(at, MATRIX, ASSISTED))


def test_an_unknown_reversibility_counts_as_irreversible_and_says_so() -> None:
    answer = assess(facts(hinted_reversibility="unknown"), MATRIX, ASSISTED)
    assert answer.cell.reversibility is Reversibility.IRREVERSIBLE
    assert {"unknown_reversibility", "stricter_hint"} <= codes(answer)


def test_evidence_that_does_not_say_when_it_was_retrieved_is_not_called_stale() -> None:
    assert "stale_evidence" not in codes(
        assess(facts(evidence=(EvidenceFact(None, "uncited"),)), MATRIX, ASSISTED)
    )


def test_every_reason_has_a_sentence_that_its_figures_fill() -> None:
    everything = facts(
        amount=Decimal(300),
        currency="EUR",
        amount_limit=Decimal(200),
        limit_currency="EUR",
        effects=tuple(Effect),
        unseen=("a = 1", "b = 2"),
        evidence=(EvidenceFact(NOW - timedelta(days=9), "asserted"),),
        open_on_subject=1,
        hinted_reversibility="unknown",
    )
    for trust in (ASSISTED, TrustState(Stage.SUPERVISED, 0.9), TrustState(Stage.SHADOW, 0.1)):
        matrix = {at: replace(one, quorum=2, ceiling=Stage.ASSISTED) for at, one in MATRIX.items()}
        for reason in assess(everything, matrix, trust).reasons:
            text = sentence(reason.as_json())
            assert "{" not in text
            assert reason.code in SENTENCES


consequences = st.sampled_from(list(Consequence))
reversibilities = st.sampled_from([*Reversibility, "unknown", "no such word"])
any_facts = st.builds(
    Facts,
    consequence=consequences,
    reversibility=reversibilities,
    effects=st.lists(st.sampled_from(list(Effect)), unique=True).map(tuple),
    confidence=st.floats(0, 1),
    now=st.just(NOW),
    hinted_consequence=st.none() | consequences,
    hinted_reversibility=st.none() | reversibilities,
    amount=st.none() | st.decimals(-1000, 1000, places=2),
    currency=st.sampled_from(["", "EUR", "USD"]),
    amount_limit=st.none() | st.decimals(0, 1000, places=2),
    limit_currency=st.just("EUR"),
    evidence=st.lists(st.builds(EvidenceFact, st.none() | st.just(NOW), st.just("asserted")), max_size=3).map(
        tuple
    ),
    unseen=st.lists(st.text(max_size=5), max_size=3).map(tuple),
    open_on_subject=st.integers(0, 3),
)
any_trust = st.builds(TrustState, st.sampled_from(list(Stage)), st.none() | st.floats(0, 1))


@given(any_facts, any_trust)
def test_whatever_the_facts_nothing_is_let_through_without_a_person_and_a_hint_never_loosens(
    given_facts: Facts, trust: TrustState
) -> None:
    answer = assess(given_facts, MATRIX, trust)
    assert answer.route in (Route.REFUSE, Route.RECORD, Route.REVIEW)
    assert (answer.route is Route.RECORD) == (answer.stage is Stage.SHADOW)
    assert answer.reasons
    bare = replace(given_facts, hinted_consequence=None, hinted_reversibility=None)
    order_c, order_r = list(Consequence), list(Reversibility)
    (c, r), (bare_c, bare_r) = place(given_facts), place(bare)
    assert order_c.index(c) >= order_c.index(bare_c)
    assert order_r.index(r) >= order_r.index(bare_r)
    assert answer.quorum >= answer.cell.quorum


@given(any_facts)
def test_the_same_facts_give_the_same_answer_and_are_kept_as_json(given_facts: Facts) -> None:
    assert assess(given_facts, MATRIX, ASSISTED) == assess(given_facts, MATRIX, ASSISTED)
    kept = given_facts.as_json()
    assert kept["now"] == NOW.isoformat()
    assert all(isinstance(name, str) for name in kept)


@pytest.mark.parametrize("earned", list(Stage))
@pytest.mark.parametrize("ceiling", [Stage.SHADOW, Stage.ASSISTED, Stage.SUPERVISED])
def test_the_ceiling_can_only_lower_a_stage(earned: Stage, ceiling: Stage) -> None:
    order = [Stage.SUSPENDED, Stage.SHADOW, Stage.ASSISTED, Stage.SUPERVISED]
    assert order.index(lower_stage(earned, ceiling)) == min(order.index(earned), order.index(ceiling))


def test_layers_are_told_apart() -> None:
    answer = assess(facts(open_on_subject=1), MATRIX, ASSISTED)
    assert {reason.layer for reason in answer.reasons} == {Layer.RULE, Layer.MODEL, Layer.CONTEXT}


@pytest.mark.parametrize(
    ("cell_says", "basis", "asked"),
    [
        ((), Basis.AUDIT, False),
        ((BlindFirst.REVIEWS,), Basis.FULL, True),
        ((BlindFirst.REVIEWS,), Basis.CONTEXT, True),
        ((BlindFirst.REVIEWS,), Basis.AUDIT, True),
        ((BlindFirst.AUDITS,), Basis.AUDIT, True),
        ((BlindFirst.AUDITS,), Basis.FULL, False),
        ((BlindFirst.AUDITS,), Basis.PAUSED, False),
        ((BlindFirst.SHADOW,), Basis.SHADOW, True),
        ((BlindFirst.SHADOW,), Basis.AUDIT, False),
    ],
)
def test_a_cell_says_of_which_looks_the_reviewer_picks_first(
    cell_says: tuple[BlindFirst, ...], basis: Basis, asked: bool
) -> None:
    found = cell(Consequence.LOW, Reversibility.REVERSIBLE, blind_first=frozenset(cell_says))
    assert found.asks_blind(basis) is asked


@pytest.mark.parametrize(
    ("how", "says", "minutes"),
    [
        (Reversibility.REVERSIBLE, 0, 0),
        (Reversibility.REVERSIBLE, 30, 30),
        (Reversibility.COMPENSABLE, 5, 15),
        (Reversibility.COMPENSABLE, 60, 60),
    ],
)
def test_a_cell_lengthens_the_veto_window_and_never_shortens_it(
    how: Reversibility, says: int, minutes: int
) -> None:
    matrix = {(Consequence.MODERATE, how): cell(Consequence.MODERATE, how, veto_minutes=says)}
    trust = TrustState(Stage.SUPERVISED, 0.5, coin=0.9, audit_rate=0.1)
    answer = assess(facts(reversibility=how), matrix, trust)
    assert (answer.route, answer.veto_minutes) == (Route.ACT, minutes)


@pytest.mark.parametrize(("floor", "audited"), [(0.0, False), (0.2, False), (0.5, True)])
def test_a_cell_has_more_audited_than_its_slice_asks_for(floor: float, audited: bool) -> None:
    matrix = {(c, r): cell(c, r, audit_floor=floor) for c in Consequence for r in Reversibility}
    answer = assess(
        facts(reversibility="reversible"), matrix, TrustState(Stage.SUPERVISED, 0.5, coin=0.4, audit_rate=0.1)
    )
    assert answer.audits_after is audited
    assert answer.audit_rate == max(floor, 0.1)
