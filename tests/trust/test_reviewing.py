"""By when a slice is looked at again, who may look, and what they have to say."""

from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.models import User
from apps.accounts.policies import NotAllowed
from apps.accounts.roles import Role
from apps.audit.models import Event
from apps.audit.sentences import sentence
from apps.registry.states import Stage
from apps.trust.actions import move_stage
from apps.trust.models import Slice, SliceReview
from apps.trust.review_dates import REVIEWED_STAGES, bounds, usual_next
from apps.trust.reviewing import newest_reviews, next_review_of, overdue, review_slice, with_next_review
from tests import factories
from tests.trust import earning

NOTE = "Went through the last twenty audits with the process owner."


def _day(moment: datetime, days: int = 0) -> date:
    return timezone.localdate(moment) + timedelta(days=days)


def _next(row: Slice) -> date | None:
    return next_review_of(with_next_review(Slice.objects.filter(pk=row.pk)).get())


def _review(
    house: factories.House, row: Slice, *, days: int = 90, by: User | None = None, now: datetime | None = None
) -> SliceReview:
    at = now or house.now
    return review_slice(slice_id=row.pk, note=NOTE, next_on=_day(at, days), by=by or house.gina, now=at)


@given(st.sampled_from(REVIEWED_STAGES), st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_the_usual_day_is_one_that_may_be_chosen(stage: Stage, today: date) -> None:
    first, last = bounds(stage, today)
    assert today < first <= usual_next(stage, today) <= last


def test_what_acts_is_reviewed_sooner_than_what_people_approve(house: factories.House) -> None:
    row = earning.a_slice(house)
    assert _next(row) == _day(house.now, 180)
    row = earning.supervised(house)
    assert _next(row) == _day(house.now, 90)
    move_stage(slice_id=row.pk, to=Stage.ASSISTED, by=house.adam, reason="stop", now=house.now)
    move_stage(slice_id=row.pk, to=Stage.SHADOW, by=house.adam, reason="stop", now=house.now)
    assert _next(row) is None


def test_a_review_names_the_next_day_itself(house: factories.House) -> None:
    row = earning.a_slice(house)
    later = house.now + timedelta(days=100)
    _review(house, row, days=300, now=later)
    assert _next(row) == _day(later, 300)
    _review(house, row, days=5, now=later + timedelta(hours=1))
    assert _next(row) == _day(later + timedelta(hours=1), 5)
    assert newest_reviews([row.pk])[row.pk].next_on == _next(row)


@pytest.mark.parametrize(("named", "expected"), [(10, 10), (300, 90)])
def test_a_step_up_never_puts_off_a_review_that_was_due_sooner(
    house: factories.House, named: int, expected: int
) -> None:
    row = earning.a_slice(house)
    _review(house, row, days=named)
    earning.supervised(house)
    assert _next(row) == _day(house.now, expected)


def test_it_is_overdue_the_day_after(house: factories.House) -> None:
    row = earning.a_slice(house)
    _review(house, row, days=10)
    rows = Slice.objects.filter(pk=row.pk)
    assert not overdue(rows, now=house.now + timedelta(days=10)).exists()
    assert overdue(rows, now=house.now + timedelta(days=11)).exists()


@pytest.mark.parametrize("name", ["gina", "adam"])
def test_governance_and_admins_review(house: factories.House, name: str) -> None:
    row = earning.a_slice(house)
    assert _review(house, row, by=getattr(house, name)).by.short == name
    assert sentence(Event.objects.latest("id")).startswith(
        f"{name.title()} reviewed the autonomy of Cancel an order"
    )


@pytest.mark.parametrize("name", ["alice", "olga", "petra", "tina", "charlie"])
def test_nobody_else_does(house: factories.House, name: str) -> None:
    row = earning.a_slice(house)
    with pytest.raises(NotAllowed, match=r"governance|own this agent"):
        _review(house, row, by=getattr(house, name))


def test_the_owner_of_the_agent_does_not_even_from_governance(house: factories.House) -> None:
    factories.rights.appoint(role=Role.GOVERNANCE, to=house.tina, by=None, now=house.now)
    with pytest.raises(NotAllowed, match="You own this agent"):
        _review(house, earning.a_slice(house), by=house.tina)


def test_a_review_says_something_and_stays_within_bounds(house: factories.House) -> None:
    row = earning.a_slice(house)
    for days in (0, 361):
        with pytest.raises(NotAllowed, match="The next review has to be between"):
            _review(house, row, days=days)
    with pytest.raises(NotAllowed, match="Say what you looked at"):
        review_slice(slice_id=row.pk, note=" ok ", next_on=_day(house.now, 9), by=house.gina, now=house.now)
    move_stage(slice_id=row.pk, to=Stage.SHADOW, by=house.adam, reason="back", now=house.now)
    with pytest.raises(NotAllowed, match="nothing to review"):
        _review(house, row)
