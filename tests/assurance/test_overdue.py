"""Governance is told of overdue reviews, at once and every week, until somebody looks."""

from datetime import datetime, timedelta
from functools import partial

import pytest
from django.utils import timezone

from apps.assurance.overdue import tell_of_overdue
from apps.delivery.models import Notification
from apps.trust.models import Slice
from apps.trust.reviewing import review_slice
from tests import factories
from tests.together import at_once
from tests.trust import earning


def _told() -> list[tuple[str, int]]:
    """(title, how many people) of each time somebody was told, the first first."""
    rows = Notification.objects.filter(kind="review").order_by("pk").values_list("title", "created_at")
    return [(title, list(rows).count((title, at))) for title, at in dict.fromkeys(rows)]


def _day(house: factories.House, number: int) -> datetime:
    return house.now + timedelta(days=number)


def _reviewed(house: factories.House, row: Slice, now: datetime) -> None:
    review_slice(
        slice_id=row.pk,
        note="Looked at the last audits.",
        next_on=timezone.localdate(now) + timedelta(days=180),
        by=house.gina,
        now=now,
    )


def _another(house: factories.House, now: datetime) -> Slice:
    agent = factories.AgentFactory(slug="second", owner=house.bob)
    return earning.open_slice(action_type=house.cancel_order, agent=agent, now=now)


def test_the_lead_and_the_offices_are_told_weekly_and_later_everybody(house: factories.House) -> None:
    row = earning.a_slice(house)
    assert tell_of_overdue(now=_day(house, 180)) == 0
    assert tell_of_overdue(now=_day(house, 181)) == 1
    assert tell_of_overdue(now=_day(house, 182)) == 0
    assert tell_of_overdue(now=_day(house, 188)) == 1
    assert tell_of_overdue(now=_day(house, 202)) == 1
    assert _told() == [("Orders: the review of 1 slice is overdue", n) for n in (2, 2, 5)]
    _reviewed(house, row, _day(house, 203))
    assert tell_of_overdue(now=_day(house, 230)) == 0


def test_another_slice_is_told_at_once(house: factories.House) -> None:
    earning.a_slice(house)
    _another(house, _day(house, 2))
    assert tell_of_overdue(now=_day(house, 181)) == 1
    assert tell_of_overdue(now=_day(house, 183)) == 1
    assert [title for title, _people in _told()] == [
        "Orders: the review of 1 slice is overdue",
        "Orders: the reviews of 2 slices are overdue",
    ]


def test_a_closed_workflow_and_work_in_shadow_are_left_alone(house: factories.House) -> None:
    row = earning.a_slice(house)
    Slice.objects.filter(pk=row.pk).update(stage="shadow")
    assert tell_of_overdue(now=_day(house, 900)) == 0
    Slice.objects.filter(pk=row.pk).update(stage="assisted")
    house.workflow.is_active = False
    house.workflow.save()
    assert tell_of_overdue(now=_day(house, 900)) == 0


@pytest.mark.django_db(transaction=True)
def test_many_sweepers_tell_it_once(live_house: factories.House) -> None:
    earning.a_slice(live_house)
    told = at_once([partial(tell_of_overdue, now=_day(live_house, 181))] * 4)
    assert sorted(map(str, told)) == ["0", "0", "0", "1"]
