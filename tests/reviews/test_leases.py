"""How long a claim lasts: by what decisions took lately, within bounds, unless an admin says it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from apps.audit.models import Event
from apps.reviews import leases, queue_setup, settling
from apps.reviews.models import Queue
from tests import factories
from tests.factories import House

MINUTE = timedelta(minutes=1)


@given(st.timedeltas(timedelta(0), timedelta(days=30)))
def test_a_lease_is_three_times_the_p90_within_its_bounds(p90: timedelta) -> None:
    lease = leases.lease_for(p90)
    assert leases.SHORTEST <= lease <= leases.LONGEST
    assert lease % MINUTE == timedelta(0)
    if leases.SHORTEST < lease < leases.LONGEST:
        assert timedelta(0) <= lease - 3 * p90 < MINUTE


@pytest.mark.parametrize(
    ("minutes", "lease"), [(0, 10), (3, 10), (4, 12), (10, 30), (79, 237), (80, 240), (600, 240)]
)
def test_leases_by_the_minute(minutes: int, lease: int) -> None:
    assert leases.lease_for(minutes * MINUTE) == lease * MINUTE


def decide_many(house: House, count: int, minutes: int) -> Queue:
    """Decisions that took so long each; the oldest first."""
    for _number in range(count):
        task = factories.claimed(factories.pending(house), house.alice, house.now)
        type(task).objects.filter(pk=task.pk).update(lease_expires_at=house.now + timedelta(days=1))
        factories.decided(task, house.alice, house.now + minutes * MINUTE)
        settling.settle_due(now=house.now + timedelta(hours=5))
    return Queue.objects.get(slug="standard")


def test_too_few_decisions_say_nothing(house: House) -> None:
    queue = decide_many(house, 2, 30)
    assert leases.p90(queue) is None
    assert leases.measure_leases(now=house.now) == 4
    queue.refresh_from_db()
    assert queue.lease_seconds == Queue._meta.get_field("lease_seconds").default


def test_what_decisions_took_lately_sets_the_lease_and_is_told_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "_FEWEST", 3)
    queue = decide_many(house, 3, 15)
    assert leases.p90(queue) == 15 * MINUTE
    for _time in range(2):
        leases.measure_leases(now=house.now)
    queue.refresh_from_db()
    assert queue.lease_seconds == 45 * 60
    (event,) = Event.objects.filter(verb="queue.lease_measured")
    assert (event.subject_label, event.data) == ("Standard", {"from": 20, "to": 45, "p90_seconds": 900})


def test_only_the_last_tasks_are_looked_at(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "_FEWEST", 2)
    monkeypatch.setattr(leases, "_LAST_TASKS", 2)
    decide_many(house, 3, 40)
    house.now += timedelta(days=1)
    queue = decide_many(house, 2, 5)
    assert leases.p90(queue) == 5 * MINUTE
    with CaptureQueriesContext(
        connection,
    ) as queries:
        leases.p90(queue)
    assert len(queries) == 1


def test_a_time_an_admin_fixed_stays_until_it_is_measured_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "_FEWEST", 1)
    queue = decide_many(house, 1, 15)
    setting = {"slug": queue.slug, "name": queue.name, "calendar": queue.calendar, "now": house.now}
    fixed = queue_setup.save_queue(**setting, lease_seconds=3600, by=house.adam)
    leases.measure_leases(now=house.now)
    fixed.refresh_from_db()
    assert (fixed.lease_seconds, fixed.is_lease_fixed) == (3600, True)
    queue_setup.save_queue(**setting, by=house.adam)
    leases.measure_leases(now=house.now)
    fixed.refresh_from_db()
    assert (fixed.lease_seconds, fixed.is_lease_fixed) == (45 * 60, False)
