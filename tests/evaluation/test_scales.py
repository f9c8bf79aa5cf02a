"""What a judge may say on its scale, what people said in the same words, and whether it may be shown."""

from collections import Counter
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.evaluation.believing import Asked, believe
from apps.evaluation.kinds import kind_of
from apps.evaluation.scales import (
    NOTHING_SAID,
    Answer,
    Measuring,
    Unsaid,
    said_by_judge,
    said_by_people,
    words_of,
)
from apps.evaluation.states import Kind, Scale
from apps.reviews.states import Pick
from apps.trust.states import Divergence

CODES = ["wrong-facts", "wrong-action"]
ONE_TO_FIVE = Measuring(Scale.SCORE, 1, 5, 4)
_NUMBER = st.floats(-100, 100)


@pytest.mark.parametrize(
    ("measuring", "field"),
    [
        (Measuring(Scale.VERDICT, low=1), "scale"),
        (Measuring(Scale.SCORE), "scale"),
        (Measuring(Scale.SCORE, 1, 5), "scale"),
        (Measuring(Scale.SCORE, 5, 1, 3), "scale"),
        (Measuring(Scale.SCORE, 1, 5, 1), "scale"),
    ],
)
def test_a_scale_that_cannot_be_is_refused(measuring: Measuring, field: str) -> None:
    with pytest.raises(Unsaid) as refused:
        measuring.check()
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("measuring", "verdict", "score", "field"),
    [
        (Measuring(Scale.VERDICT), "maybe", None, "verdict"),
        (Measuring(Scale.VERDICT), None, None, "verdict"),
        (Measuring(Scale.VERDICT), "correct", 1.0, "verdict"),
        (Measuring(Scale.REASON), "unheard-of", None, "verdict"),
        (ONE_TO_FIVE, None, 5.5, "score"),
        (ONE_TO_FIVE, None, None, "score"),
        (ONE_TO_FIVE, "correct", 5.0, "score"),
    ],
)
def test_what_is_no_word_of_the_scale_is_refused(
    measuring: Measuring, verdict: str | None, score: float | None, field: str
) -> None:
    with pytest.raises(Unsaid) as refused:
        said_by_judge(measuring, verdict=verdict, score=score, reasons=CODES)
    assert refused.value.field == field


@given(low=_NUMBER, high=_NUMBER, right_from=_NUMBER, score=_NUMBER)
def test_a_score_means_correct_from_its_line_on(
    low: float, high: float, right_from: float, score: float
) -> None:
    measuring = Measuring(Scale.SCORE, low, high, right_from)
    try:
        measuring.check()
        said = said_by_judge(measuring, verdict=None, score=score, reasons=())
    except Unsaid:
        assert not low < right_from <= high or not low <= score <= high
    else:
        assert said == ("correct" if score >= right_from else "wrong")


@pytest.mark.parametrize("scale", list(Scale))
def test_people_and_judge_speak_the_same_words(scale: Scale) -> None:
    for pick, code, is_fault in product(Pick, ["", *CODES], [True, False]):
        said = said_by_people(scale, Answer(pick, code, is_fault))
        assert said in [*words_of(scale, CODES), NOTHING_SAID]
    assert said_by_people(scale, None) == NOTHING_SAID


def test_a_refusal_that_is_not_the_agents_fault_says_nothing_of_it() -> None:
    refusal = Answer(Pick.NOTHING, "customer-changed-mind", is_fault=False)
    assert said_by_people(Scale.VERDICT, refusal) == said_by_people(Scale.CHOICE, refusal) == NOTHING_SAID
    assert said_by_people(Scale.REASON, refusal) == "customer-changed-mind"


ASKED = Asked(kappa=0.4, cases=50)


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ({}, "Too few"),
        ({("correct", "correct"): 25, ("wrong", "wrong"): 24}, "Too few"),
        ({("correct", "correct"): 100}, "same one word"),
        ({("correct", "correct"): 30, ("wrong", "wrong"): 8, ("wrong", "correct"): 12}, "not sure enough"),
        ({("correct", "correct"): 45, ("wrong", "wrong"): 40, ("wrong", "correct"): 5}, ""),
        ({("correct", "correct"): 45, ("wrong", "wrong"): 40, ("wrong", NOTHING_SAID): 900}, ""),
    ],
)
def test_a_judge_is_shown_only_where_it_surely_agrees(table: dict, why: str) -> None:
    found = believe(table, ASKED)
    assert why in str(found.why_hidden)
    assert found.is_shown == (not why)


_WORD = st.sampled_from(["correct", "wrong", NOTHING_SAID])


@given(
    table=st.dictionaries(st.tuples(_WORD, _WORD), st.integers(0, 200)),
    kappa=st.floats(0.2, 0.95),
    cases=st.integers(30, 300),
)
def test_asking_for_more_never_shows_more(table: dict, kappa: float, cases: int) -> None:
    found = believe(table, Asked(kappa, cases))
    assert found.agreement.n == sum(n for key, n in table.items() if NOTHING_SAID not in key)
    if found.is_shown:
        assert found.agreement.low >= kappa
        assert found.agreement.n >= cases
        assert believe(table, Asked(0.2, 30)).is_shown


@pytest.mark.real_input
def test_a_real_judge_agrees_with_people_too_little_to_be_shown(real_judges: list[dict[str, str]]) -> None:
    table = Counter(
        (row["judge_category"].strip().lower(), row["human_category"].strip().lower()) for row in real_judges
    )
    found = believe(table, ASKED)
    assert found.agreement.n == 70
    assert found.agreement.kappa == pytest.approx(0.073, abs=0.0005)
    assert not found.is_shown
    assert "not sure enough" in str(found.why_hidden)


SCHEMA = {
    "properties": {
        "amount": {"type": "number", "x-reviewhub-amount": True},
        "salary": {"type": "number", "x-reviewhub-amount": True, "x-reviewhub-sensitive": True},
        "order": {"type": "string"},
    }
}


@pytest.mark.parametrize(
    ("proposed", "did", "kind"),
    [
        ({"amount": 5}, {"amount": 3}, Kind.LARGER),
        ({"amount": 5}, {"amount": 8.5}, Kind.SMALLER),
        ({"amount": 5, "order": "a"}, {"amount": 5, "order": "b"}, Kind.OTHER_VALUES),
        ({"amount": 5}, {"amount": "many"}, Kind.OTHER_VALUES),
        ({"salary": 5}, {"salary": 3}, Kind.OTHER_VALUES),
        ({"amount": 5}, None, Kind.OTHER_VALUES),
    ],
)
def test_other_values_say_which_way_the_amount_went(proposed: dict, did: dict | None, kind: Kind) -> None:
    assert kind_of(Divergence.OTHER_VALUES, SCHEMA, proposed, did) is kind


@pytest.mark.parametrize("divergence", [one for one in Divergence if one is not Divergence.OTHER_VALUES])
def test_any_other_divergence_is_its_own_kind(divergence: Divergence) -> None:
    assert kind_of(divergence, SCHEMA, {"amount": 5}, {"amount": 3}) == divergence.value
