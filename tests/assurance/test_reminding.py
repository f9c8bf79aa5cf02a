"""Owners are told before an item ends, and everybody accountable once it has."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from apps.assurance.reminding import remind_of_items
from apps.delivery.models import Notification
from apps.trust.models import ReadinessItem
from apps.trust.readiness import usual_end
from apps.trust.readying import complete_item, reopen_item
from apps.trust.states import ReadyItem
from tests import factories


@pytest.fixture
def ending(house: factories.House) -> factories.House:
    """The rollback of the house ends in 180 days, all else much later."""
    complete_item(
        workflow=house.workflow,
        item=ReadyItem.ROLLBACK,
        evidence="Rehearsed on Monday with everybody.",
        owner=house.alice,
        expires_on=usual_end(ReadyItem.ROLLBACK, timezone.localdate(house.now)),
        by=house.petra,
        now=house.now,
    )
    return house


def _told(since: int = 0) -> set[str]:
    rows = Notification.objects.filter(kind="readiness").order_by("pk")[since:]
    return {row.person.short for row in rows.select_related("person")}


def _day(house: factories.House, number: int) -> datetime:
    return house.now + timedelta(days=number)


def test_nobody_is_told_long_before(ending: factories.House) -> None:
    assert remind_of_items(now=_day(ending, 165)) == 0


def test_the_owner_is_told_two_weeks_before_and_again_a_week_later(ending: factories.House) -> None:
    assert remind_of_items(now=_day(ending, 166)) == 1
    assert _told() == {"alice"}
    assert remind_of_items(now=_day(ending, 170)) == 0
    assert remind_of_items(now=_day(ending, 173)) == 1
    assert Notification.objects.get(title="Orders: Rollback ends soon", created_at=_day(ending, 173))


def test_once_it_has_ended_everybody_accountable_is_told_at_once_and_weekly(ending: factories.House) -> None:
    remind_of_items(now=_day(ending, 178))
    before = Notification.objects.filter(kind="readiness").count()
    assert remind_of_items(now=_day(ending, 180)) == 0
    assert remind_of_items(now=_day(ending, 181)) == 1
    assert _told(before) == {"alice", "olga", "petra", "tina", "gina", "adam"}
    assert remind_of_items(now=_day(ending, 182)) == 0
    assert remind_of_items(now=_day(ending, 188)) == 1


def test_newer_evidence_or_an_open_item_ends_it(ending: factories.House) -> None:
    remind_of_items(now=_day(ending, 181))
    reopen_item(
        workflow=ending.workflow,
        item=ReadyItem.ROLLBACK,
        reason="It is being rehearsed again.",
        by=ending.petra,
        now=_day(ending, 182),
    )
    assert remind_of_items(now=_day(ending, 190)) == 0
    assert ReadinessItem.objects.get(item=ReadyItem.ROLLBACK).told_at is None


def test_a_closed_workflow_reminds_nobody(ending: factories.House) -> None:
    ending.workflow.is_active = False
    ending.workflow.save()
    assert remind_of_items(now=_day(ending, 181)) == 0
