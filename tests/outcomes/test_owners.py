"""The owner's word: who gives it, about what, and that it stays with the figures as they were."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import ProgrammingError, transaction
from django.utils import timezone

from apps.accounts.policies import NotAllowed
from apps.delivery.models import Notification
from apps.outcomes.comparing import compare
from apps.outcomes.freezing import enter
from apps.outcomes.kpi_setup import KpiError, Meaning
from apps.outcomes.models import KpiVersion, Statement
from apps.outcomes.periods import Period, finished, period_of
from apps.outcomes.reminding import remind_owners
from apps.outcomes.reporting import enter_reading
from apps.outcomes.states import Cadence, Direction, Measure, Said
from apps.outcomes.stating import state
from tests.factories import House


@pytest.fixture
def reported(house: House, kpi: Callable[..., KpiVersion]) -> KpiVersion:
    """Satisfaction, with six figures in the month before."""
    version = kpi(Measure.REPORTED, unit="points", target=Decimal(8))
    month = _last_month(house)
    for number in range(6):
        enter_reading(
            version=version,
            day=month.starts_on + timedelta(days=number),
            value=Decimal(6 + number % 2),
            source="survey",
            by=house.olga,
            now=house.now,
        )
    return version


def _last_month(house: House) -> Period:
    first = house.now.date().replace(day=1)
    return period_of(first - timedelta(days=1), Cadence.MONTH)


def test_the_owner_confirms_a_period_that_is_over(house: House, reported: KpiVersion) -> None:
    month = _last_month(house)
    said = state(
        kpi_id=reported.kpi_id,
        starts_on=month.starts_on,
        said=Said.CONFIRMED,
        note="",
        by=house.olga,
        now=house.now,
    )
    assert (said.starts_on, said.ends_on) == month.between
    assert said.figures["now"]["value"] == 6.5
    # What is entered afterwards does not change what was confirmed.
    enter_reading(
        version=reported, day=month.starts_on, value=Decimal(1), source="late", by=house.olga, now=house.now
    )
    said.refresh_from_db()
    assert said.figures["now"]["value"] == 6.5
    with pytest.raises(ProgrammingError, match="Cannot update"), transaction.atomic():
        Statement.objects.filter(pk=said.pk).update(note="changed")


@pytest.mark.parametrize("person", ["adam", "alice", "petra", "gina", "charlie"])
def test_nobody_says_it_for_the_owner(house: House, reported: KpiVersion, person: str) -> None:
    with pytest.raises(NotAllowed, match="who owns this KPI"):
        state(
            kpi_id=reported.kpi_id,
            starts_on=_last_month(house).starts_on,
            said=Said.CONFIRMED,
            note="",
            by=getattr(house, person),
            now=house.now,
        )


def test_a_period_under_way_a_dispute_without_why_and_nothing_measured_are_refused(
    house: House, reported: KpiVersion
) -> None:
    month = _last_month(house)
    before = period_of(month.starts_on - timedelta(days=1), Cadence.MONTH)
    for starts_on, said, note, told in (
        (house.now.date().replace(day=1), Said.CONFIRMED, "", "period that is over"),
        (month.starts_on + timedelta(days=1), Said.CONFIRMED, "", "period that is over"),
        (month.starts_on, Said.DISPUTED, "  ", "Say why"),
        (before.starts_on, Said.CONFIRMED, "", "nothing to confirm"),
    ):
        with pytest.raises(KpiError, match=told):
            state(
                kpi_id=reported.kpi_id,
                starts_on=starts_on,
                said=said,
                note=note,
                by=house.olga,
                now=house.now,
            )
    assert not Statement.objects.exists()


def test_what_is_not_confirmed_is_shown_as_unconfirmed(house: House, reported: KpiVersion) -> None:
    with time_machine.travel(house.now + timedelta(days=70)):
        now = house.now + timedelta(days=70)
        waits = compare(reported.kpi, now=now).unconfirmed
        assert len(waits) == (now.year - house.now.year) * 12 + now.month - house.now.month
        state(
            kpi_id=reported.kpi_id,
            starts_on=waits[-1].starts_on,
            said=Said.DISPUTED,
            note="The survey broke.",
            by=house.olga,
            now=now,
        )
        after = compare(reported.kpi, now=now)
        assert len(after.unconfirmed) == len(waits) - 1
        assert after.latest is not None
        assert after.latest.said == Said.DISPUTED


def test_who_says_nothing_is_reminded_every_week_and_in_the_end_everybody_is_told(
    house: House, reported: KpiVersion
) -> None:
    month = period_of(house.now.date(), Cadence.MONTH)
    over = timezone.make_aware(datetime.combine(month.ends_on, time(12))) + timedelta(days=1)

    def told(days: int) -> set[str]:
        Notification.objects.filter(kind="kpi").delete()
        remind_owners(now=over + timedelta(days=days))
        return set(Notification.objects.filter(kind="kpi").values_list("person__short", flat=True))

    assert told(0) == set()
    assert told(2) == {"olga"}
    assert told(3) == set()
    assert told(9) == {"olga"}
    assert told(22) == {"olga", "petra", "tina", "gina"}
    state(
        kpi_id=reported.kpi_id,
        starts_on=month.starts_on,
        said=Said.DISPUTED,
        note="Nothing was measured.",
        by=house.olga,
        now=over + timedelta(days=23),
    )
    assert told(30) == set()


def test_an_entered_baseline_is_held_against_what_is_reported(house: House, reported: KpiVersion) -> None:
    enter(
        version=reported,
        value=Decimal("5.0"),
        n=120,
        source="survey of 2025",
        between=(date(2025, 1, 1), date(2025, 12, 31)),
        by=house.olga,
        now=house.now,
    )
    found = compare(reported.kpi, now=house.now)
    assert found.by is not None
    assert found.by.value == pytest.approx(1.5)


@pytest.mark.parametrize(
    ("meaning", "told"),
    [
        ({"definition": " "}, "Write down what is measured"),
        ({"target": Decimal(-1)}, "zero or more"),
        ({"measure": Measure.REWORK, "target": Decimal(101)}, "at most 100"),
        ({"measure": Measure.REPORTED, "ends_with": "Close"}, "not measured in events"),
    ],
)
def test_what_cannot_be_meant_is_refused(meaning: dict, told: str) -> None:
    given = {"measure": Measure.CYCLE_TIME, "direction": Direction.LOWER, "definition": "As it is said."}
    with pytest.raises(KpiError, match=told):
        Meaning(**{**given, **meaning})


def test_periods_are_whole_months_and_quarters() -> None:
    assert period_of(date(2026, 2, 14), Cadence.MONTH) == Period(date(2026, 2, 1), date(2026, 2, 28))
    assert period_of(date(2026, 11, 30), Cadence.QUARTER) == Period(date(2026, 10, 1), date(2026, 12, 31))
    over = finished(since=date(2025, 11, 20), today=date(2026, 2, 1), cadence=Cadence.MONTH)
    assert [one.starts_on for one in over] == [date(2026, 1, 1), date(2025, 12, 1), date(2025, 11, 1)]


def test_the_last_month_there_is_is_not_over(house: House, reported: KpiVersion) -> None:
    with pytest.raises(KpiError, match="over"):
        state(
            kpi_id=reported.kpi_id,
            starts_on=date(9999, 12, 1),
            said=Said.DISPUTED,
            note="why",
            by=house.olga,
            now=house.now,
        )
