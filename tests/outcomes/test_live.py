"""The live process: whatever order events come in, days hold exactly what its cases yield."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.intake import endings
from apps.outcomes import folding, own_events
from apps.outcomes.comparing import compare, measured
from apps.outcomes.days import days_of_log
from apps.outcomes.kpi_setup import KpiError, Meaning, meaning_of, save_kpi
from apps.outcomes.live_log import Told, live_log_of, tell
from apps.outcomes.models import KpiVersion, LogEvent, MeasuredCase, MeasuredDay, TouchedCase
from apps.outcomes.states import Cadence, Direction, Measure
from apps.proposals.models import Proposal
from apps.trust.states import NotEvidence
from tests import factories
from tests.factories import House

START = datetime(2026, 1, 5, 8, tzinfo=UTC)
EVER = (START.date() - timedelta(days=400), START.date() + timedelta(days=400))
Kpis = Callable[..., KpiVersion]

events = st.lists(
    st.builds(
        lambda case, what, hours, who, cost: Told(case, what, START + timedelta(hours=hours), who, "", cost),
        st.sampled_from(["1", "2", "3"]),
        st.sampled_from(["Open", "Work", "Close"]),
        st.integers(0, 200),
        st.sampled_from(["", "anna", "bert"]),
        st.none() | st.integers(-5, 900).map(Decimal),
    ),
    max_size=25,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(events, st.integers(1, 6))
def test_days_are_what_all_cases_yield_however_events_come(
    house: House, kpi: Kpis, told: list[Told], pieces: int
) -> None:
    """The fold after every piece, against one look over the whole log."""
    MeasuredCase.objects.all().delete()
    MeasuredDay.objects.all().delete()
    LogEvent.objects.all().delete()
    log = live_log_of(house.workflow)
    versions = [
        kpi(Measure.CYCLE_TIME, ends_with="Close"),
        kpi(Measure.REWORK),
        kpi(Measure.HANDOVERS),
        kpi(Measure.THROUGHPUT),
        kpi(Measure.COST, unit="EUR"),
    ]
    for number in range(pieces):
        some = told[number::pieces]
        tell(
            log,
            [Told(t.case, t.activity, t.at, t.resource, f"{number}-{i}", t.cost) for i, t in enumerate(some)],
        )
        while folding.fold_touched(now=house.now, limit=2):
            pass
    for version in versions:
        whole, _exact = days_of_log(version, log.pk, between=EVER, having="")
        rows = MeasuredDay.objects.filter(version=version).order_by("day")
        kept = [(row.day, row.n, row.total, {int(b): n for b, n in row.spread.items()}) for row in rows]
        assert kept == [(day.on, day.n, pytest.approx(day.total), dict(day.spread)) for day in whole]
    assert not TouchedCase.objects.exists()


def test_a_case_costs_what_its_events_cost_in_the_currency_of_the_kpi(house: House, kpi: Kpis) -> None:
    version = kpi(Measure.COST, unit="EUR")
    log = live_log_of(house.workflow)
    costs = {number: Decimal(2) + number % 4 for number in range(40)}
    told = [Told(f"#{n}", "Open", house.now, "", f"{n}-o", cost) for n, cost in costs.items()]
    told += [Told(f"#{n}", "Close", house.now, "", f"{n}-c", Decimal("0.5")) for n in costs]
    # Nobody said what this one cost: it is not taken to cost nothing.
    tell(log, [*told, Told("#free", "Open", house.now, "", "free")])
    while folding.fold_touched(now=house.now):
        pass
    found = measured(version, between=(house.now.date(), house.now.date()))
    assert (found.n, found.value) == (40, pytest.approx(4.0))
    assert found.low is not None
    assert found.low < 4.0 < (found.high or 0) < 4.5
    for unit in ("", "€", "Euro"):
        with pytest.raises(KpiError, match="three letters, such as EUR"):
            Meaning(Measure.COST, Direction.LOWER, "x", unit)


def test_what_an_agent_reports_of_its_cost_is_told_with_its_result(house: House) -> None:
    proposal = factories.settled(house)
    factories.executed(proposal, house, cost=Decimal("0.125"))
    own_events.tell_own_events(now=house.now + timedelta(hours=1))
    found = dict(LogEvent.objects.values_list("activity", "cost"))
    assert found["Reported back"] == Decimal("0.125")
    assert found["Approved"] is None


def test_the_same_event_told_twice_is_kept_once(house: House) -> None:
    log = live_log_of(house.workflow)
    one = Told("1", "Open", START, "anna", "x")
    assert tell(log, [one]) == 1
    assert tell(log, [one, Told("1", "Close", START, "anna", "y")]) == 1
    assert LogEvent.objects.filter(log=log).count() == 2


def test_reviewhub_tells_its_own_events_of_the_subject_once(house: House) -> None:
    proposal = factories.settled(house)
    factories.executed(proposal, house)
    own_events.tell_own_events(now=house.now)
    own_events.tell_own_events(now=house.now)
    found = LogEvent.objects.filter(case=proposal.subject_id or str(proposal.pk)).order_by("at", "id")
    assert list(found.values_list("activity", "resource")) == [
        ("Proposed", house.agent.name),
        ("Taken", "Alice"),
        ("Approved", found[2].resource),
        ("Reported back", house.agent.name),
    ]
    assert set(TouchedCase.objects.values_list("case", flat=True)) == {found[0].case}


def test_more_events_of_one_moment_than_are_read_at_once_are_all_told(house: House) -> None:
    for number in range(5):
        factories.pending(house, subject={"kind": "order", "id": f"#{number}"})
    while own_events.tell_own_events(now=house.now, limit=2):
        pass
    assert LogEvent.objects.filter(activity="Proposed").count() == 5


def test_what_is_recorded_in_shadow_is_no_part_of_the_process(house: House) -> None:
    factories.proposal_at(house, factories.Status.RECORDED)
    own_events.tell_own_events(now=house.now)
    assert not LogEvent.objects.exists()
    assert Proposal.objects.exists()


def _say(house: House, *, hours: float, start: int, n: int) -> None:
    """So many cases that take so long, one a day."""
    log = live_log_of(house.workflow)
    told = []
    for number in range(n):
        at = house.now - timedelta(days=start + number)
        told += [
            Told(f"c{start}-{number}", "Open", at - timedelta(hours=hours), "a", f"{start}-{number}-o"),
            Told(f"c{start}-{number}", "Close", at, "b", f"{start}-{number}-c"),
        ]
    tell(log, told)
    folding.fold_touched(now=house.now, limit=10_000)


def test_another_meaning_is_a_new_series(house: House, kpi: Kpis) -> None:
    version = kpi(Measure.CYCLE_TIME)
    _say(house, hours=2, start=1, n=40)
    same = save_kpi(
        workflow=house.workflow,
        slug=version.kpi.slug,
        name="Renamed",
        owner=house.olga,
        cadence=Cadence.MONTH,
        meaning=meaning_of(version),
        by=house.olga,
        now=house.now,
    )
    assert same == version
    other = save_kpi(
        workflow=house.workflow,
        slug=version.kpi.slug,
        name="Renamed",
        owner=house.olga,
        cadence=Cadence.MONTH,
        meaning=Meaning(Measure.CYCLE_TIME, Direction.LOWER, "To the close.", ends_with="Never"),
        by=house.olga,
        now=house.now,
        reason="the close comes by itself",
    )
    assert other.number == 2
    folding.fold_touched(now=house.now, limit=10_000)
    between = (house.now.date() - timedelta(days=60), house.now.date())
    assert measured(version, between=between).n == 40
    assert measured(other, between=between).n == 0
    assert compare(other.kpi, now=house.now).baseline is None


def test_a_new_kpi_measures_what_came_before_it(house: House, kpi: Kpis) -> None:
    _say(house, hours=2, start=1, n=40)
    version: Any = kpi(Measure.CYCLE_TIME)
    folding.fold_touched(now=house.now, limit=10_000)
    found = compare(version.kpi, now=house.now)
    assert found.now.n == 40
    assert found.now.value == pytest.approx(2, rel=0.005)


def _measured_own(house: House, version: KpiVersion) -> int:
    own_events.tell_own_events(now=house.now)
    while folding.fold_touched(now=house.now):
        pass
    return measured(version, between=(house.now.date() - timedelta(days=9), house.now.date())).n


@pytest.mark.parametrize("measure", [Measure.CYCLE_TIME, Measure.REWORK, Measure.THROUGHPUT])
def test_a_case_has_not_ended_while_a_proposal_in_it_waits(house: House, kpi: Kpis, measure: Measure) -> None:
    version = kpi(measure)
    proposal = factories.pending(house)
    assert _measured_own(house, version) == 0
    factories.claimed(proposal, house.alice, house.now)
    assert _measured_own(house, version) == 0
    endings.withdraw(proposal_id=proposal.pk, by=house.agent, reason="not needed", now=house.now)
    assert _measured_own(house, version) == 1
    # Proposed once more about the same order: it goes on.
    factories.pending(house)
    assert _measured_own(house, version) == 0


def test_with_an_activity_it_is_measured_to_a_case_may_wait_for_more(house: House, kpi: Kpis) -> None:
    version = kpi(Measure.CYCLE_TIME, ends_with="Taken")
    factories.claimed(factories.pending(house), house.alice, house.now)
    assert _measured_own(house, version) == 1


def test_what_a_newer_proposal_takes_the_place_of_waits_no_more(house: House, kpi: Kpis) -> None:
    version = kpi(Measure.CYCLE_TIME)
    earlier = factories.pending(house)
    endings.end(earlier.pk, because=NotEvidence.SUPERSEDED, by=house.agent, reason="Replaced.", now=house.now)
    assert _measured_own(house, version) == 1
