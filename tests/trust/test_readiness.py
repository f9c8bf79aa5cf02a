"""When an item of readiness holds, ends and is missing; for any days."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from apps.trust.readiness import (
    ASKED,
    ENDING,
    LEAST_DAYS,
    Gap,
    bounds,
    gaps,
    said,
    state_of,
    usual_end,
)
from apps.trust.states import ItemState, ReadyItem

TODAY = date(2026, 3, 2)
days = st.integers(-2000, 2000).map(lambda n: TODAY + timedelta(days=n))
last_days = st.dictionaries(st.sampled_from(ReadyItem.values), st.none() | days)


def test_seven_things_are_asked_each_with_its_evidence() -> None:
    assert len(ReadyItem) == 7
    assert set(ASKED) == set(ReadyItem)
    assert all(str(asked.evidence).endswith(".") for asked in ASKED.values())


@given(days)
def test_an_item_holds_through_its_last_day_and_not_a_day_longer(last: date) -> None:
    assert state_of(last, last) is ItemState.ENDING
    assert state_of(last, last + timedelta(days=1)) is ItemState.EXPIRED
    assert state_of(last, last - ENDING - timedelta(days=1)) is ItemState.DONE


@given(last_days, days)
def test_what_is_missing_is_all_that_does_not_hold_on_that_day(
    ends: dict[str, date | None], today: date
) -> None:
    missing = gaps(ends, today)
    held = {item for item in ReadyItem if (last := ends.get(item.value)) is not None and last >= today}
    assert [gap.item for gap in missing] == [item for item in ReadyItem if item not in held]
    assert bool(said(missing)) is bool(missing)
    assert all(gap.expired_on is None or gap.expired_on < today for gap in missing)


@given(last_days, days, st.integers(1, 500))
def test_time_alone_never_makes_a_workflow_ready(
    ends: dict[str, date | None], today: date, later: int
) -> None:
    now = {gap.item for gap in gaps(ends, today)}
    assert now <= {gap.item for gap in gaps(ends, today + timedelta(days=later))}


def test_the_sentence_names_what_is_missing_and_since_when() -> None:
    sentence = said([Gap(ReadyItem.COST_MODEL), Gap(ReadyItem.ROLLBACK, date(2026, 1, 31))])
    assert sentence == ("The workflow is not ready for more: Cost model, Rollback (expired on 31 Jan 2026).")


@given(st.sampled_from(ReadyItem), days)
def test_the_usual_end_is_one_that_may_be_chosen(item: ReadyItem, today: date) -> None:
    first, last = bounds(item, today)
    assert first == today + timedelta(days=LEAST_DAYS)
    assert first <= usual_end(item, today) <= last
