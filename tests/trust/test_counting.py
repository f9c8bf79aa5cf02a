"""Whether a decision counts, and what it goes into: every reason, and what must hold for all of them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.trust import controller
from apps.trust.controller import EDGES, Earned, Terms
from apps.trust.counting import Counted, Look, Past, count, replayed
from apps.trust.rules import Rules
from apps.trust.states import Basis, Feeds, NotEvidence
from apps.trust.statistics.inputs import BadInput

RULES = Rules(reading_seconds=3, subject_cap=2)
TERMS = Terms()
NEW = controller.fresh(5)
RUNNING = replace(NEW, running=2)
# Fewest decisions that certify 5 % with so many wrong among them.
GOLDEN = (131, 190, 232, 271, 308, 344, 378, 411, 444, 476, 507)


def _counted(earned: Earned = NEW, **changes: Any) -> Counted:
    values: dict[str, Any] = {
        "wrong": False,
        "confidence": 0.96,
        "basis": Basis.FULL,
        "because": None,
        "look": Look(took=timedelta(seconds=30)),
        "past": Past(),
        "rules": RULES,
    }
    return count(earned, **values | changes)


def test_a_decision_within_the_rules_proves() -> None:
    assert _counted() == Counted(1, None, Feeds.PROOF)


@pytest.mark.parametrize(
    ("changes", "because"),
    [
        ({"look": Look(is_owner=True)}, NotEvidence.CONFLICTED),
        ({"look": Look(took=timedelta(seconds=2))}, NotEvidence.TOO_FAST),
        ({"past": Past(is_careless=True)}, NotEvidence.CARELESS_REVIEWER),
        ({"past": Past(is_duplicate=True)}, NotEvidence.DUPLICATE_CONTENT),
        ({"past": Past(about_subject=2)}, NotEvidence.SUBJECT_CAP),
        ({"confidence": 0.69}, NotEvidence.BELOW_FLOOR),
        ({"basis": Basis.CONTEXT}, NotEvidence.NOT_SAMPLED),
        ({"basis": Basis.AUDIT}, NotEvidence.NOT_RUNNING),
        ({"basis": Basis.PAUSED}, NotEvidence.NOT_RUNNING),
        ({"wrong": True}, NotEvidence.SECOND_LOOK),
        *(({"because": known}, known) for known in NotEvidence),
    ],
)
def test_what_does_not_count_has_its_reason_and_proves_nothing(
    changes: dict[str, Any], because: NotEvidence
) -> None:
    counted = _counted(**changes)
    assert counted.because is because
    assert counted.into is Feeds.NOTHING


@pytest.mark.parametrize("look", [Look(is_last=True), Look(is_confirmed=True)])
def test_an_override_two_people_agree_on_is_wrong(look: Look) -> None:
    assert _counted(wrong=True, look=look) == Counted(1, None, Feeds.PROOF)


@pytest.mark.parametrize("because", [NotEvidence.OUTCOME_ONLY, NotEvidence.VETOED])
@pytest.mark.parametrize(
    ("confidence", "wrong", "into"),
    [
        (0.96, True, Feeds.ALARM),
        (0.96, False, Feeds.NOTHING),
        (0.91, True, Feeds.NOTHING),
        (0.5, True, Feeds.NOTHING),
    ],
)
def test_later_truth_raises_the_alarm_where_its_confidence_runs_and_nothing_else(
    because: NotEvidence, confidence: float, wrong: bool, into: Feeds
) -> None:
    assert _counted(RUNNING, because=because, confidence=confidence, wrong=wrong).into is into
    assert _counted(NEW, because=because, confidence=confidence, wrong=wrong).into is Feeds.NOTHING


@pytest.mark.parametrize("confidence", [-0.01, 1.01, float("nan"), float("inf")])
def test_a_confidence_that_is_none_is_refused(confidence: float) -> None:
    with pytest.raises(BadInput, match="number from 0 to 1"):
        _counted(confidence=confidence)


looks = st.builds(
    Look, took=st.none(), is_owner=st.booleans(), is_last=st.booleans(), is_confirmed=st.booleans()
)
pasts = st.builds(
    Past, is_duplicate=st.booleans(), is_careless=st.booleans(), about_subject=st.integers(0, 3)
)


@given(
    st.integers(0, 5),
    st.booleans(),
    st.floats(0, 1),
    st.sampled_from(Basis),
    st.none() | st.sampled_from(NotEvidence),
    looks,
    pasts,
)
def test_nothing_but_full_review_within_the_rules_ever_enters_the_counts(
    running: int,
    wrong: bool,
    confidence: float,
    basis: Basis,
    because: NotEvidence | None,
    look: Look,
    past: Past,
) -> None:
    before = replace(NEW, running=running)
    counted = _counted(
        before,
        wrong=wrong,
        confidence=confidence,
        basis=basis,
        because=because,
        look=look,
        past=past,
    )
    after, _move = replayed(
        before,
        into=counted.into,
        band=counted.band,
        wrong=wrong,
        is_audit=counted.because is None,
        terms=TERMS,
    )
    if (after.n, after.k) != (before.n, before.k) and after.attempt == before.attempt:
        assert counted.because is None
        assert basis is Basis.FULL
        assert confidence >= EDGES[-1]
    if because is not None or confidence < EDGES[-1]:
        assert (after.n, after.k) == (before.n, before.k)


@given(
    st.lists(st.integers(0, 130), min_size=5, max_size=5),
    st.lists(st.integers(0, 4), min_size=5, max_size=5),
    st.floats(0, 0.5),
)
def test_never_promoted_below_the_golden_table(right: list[int], wrong: list[int], misses: float) -> None:
    n = tuple(one + other for one, other in zip(right, wrong, strict=True))
    earned = replace(NEW, n=n, k=tuple(wrong))
    found = controller.recommended(earned, Terms(misses=misses))
    if found is not None:
        assert found.k > 10 or found.n >= GOLDEN[found.k]


def test_what_is_recommended_is_the_golden_table() -> None:
    for k, n in enumerate(GOLDEN):
        for short in (0, 1):
            earned = replace(NEW, n=(n - short, 0, 0, 0, 0), k=(k, 0, 0, 0, 0))
            assert (controller.recommended(earned, TERMS) is not None) == (short == 0)


def test_later_truth_raises_the_alarm_without_being_an_audit() -> None:
    after, _move = replayed(RUNNING, into=Feeds.ALARM, band=0, wrong=True, is_audit=False, terms=TERMS)
    assert (after.is_paused, after.audited) == (True, 0)


def test_what_differs_in_shadow_is_counted_as_such() -> None:
    after, _move = replayed(NEW, into=Feeds.USEFULNESS, band=1, wrong=True, is_audit=True, terms=TERMS)
    assert (after.useful_n, after.useful_k) == (1, 1)
