"""Real event logs, imported and measured: the figures that are known of them."""

from collections.abc import Callable
from datetime import date

import pytest

from apps.outcomes.freezing import freeze, measure_log
from apps.outcomes.models import EventLog, KpiVersion
from apps.outcomes.states import LogStatus, Measure
from tests import factories

pytestmark = pytest.mark.real_input

EVER = (date(1990, 1, 1), date(2030, 1, 1))
Real = Callable[[str], bytes]


@pytest.fixture
def help_desk(real_log: Real, imported: Callable[..., EventLog]) -> EventLog:
    return imported(real_log("eventlog_helpdesk.csv"))


def test_the_help_desk_as_it_is_known(
    house: factories.House, help_desk: EventLog, kpi: Callable[..., KpiVersion]
) -> None:
    assert (help_desk.status, help_desk.cases, help_desk.events) == (LogStatus.READY, 4580, 21348)
    whole = measure_log(kpi(Measure.CYCLE_TIME), help_desk, between=EVER)
    assert (whole.n, round(whole.value or 0, 1), round(whole.p90 or 0)) == (4580, 956.6, 1272)
    assert whole.low is not None
    assert whole.low <= 956.6 <= (whole.high or 0)
    resolved = measure_log(
        kpi(Measure.CYCLE_TIME, slug="resolved", ends_with="Resolve ticket"), help_desk, between=EVER
    )
    assert (round(resolved.value or 0, 1), round(resolved.p90 or 0)) == (159.8, 721)
    again = measure_log(kpi(Measure.REWORK), help_desk, between=EVER)
    assert round(again.value or 0, 1) == 27.1
    hands = measure_log(kpi(Measure.HANDOVERS), help_desk, between=EVER)
    assert round(hands.value or 0, 2) == 1.89


def test_the_permits_as_they_are_known(
    house: factories.House, real_log: Real, imported: Callable[..., EventLog], kpi: Callable[..., KpiVersion]
) -> None:
    log = imported(real_log("eventlog_permit_receipt.csv"))
    assert (log.cases, log.events) == (1434, 8577)
    time = measure_log(kpi(Measure.CYCLE_TIME), log, between=EVER)
    assert (round(time.value or 0, 1), round(time.p90 or 0)) == (0.8, 338)
    assert round(measure_log(kpi(Measure.REWORK), log, between=EVER).value or 0, 1) == 6.3
    assert round(measure_log(kpi(Measure.HANDOVERS), log, between=EVER).value or 0, 2) == 0.84


def test_a_frozen_baseline_keeps_period_filter_and_number(
    house: factories.House, help_desk: EventLog, kpi: Callable[..., KpiVersion]
) -> None:
    version = kpi(Measure.CYCLE_TIME, ends_with="Resolve ticket")
    kept = freeze(
        version=version,
        log=help_desk,
        between=(date(2012, 1, 1), date(2012, 12, 31)),
        having="Wait",
        by=house.olga,
        now=house.now,
    )
    assert kept.only == {"having": "Wait"}
    assert 0 < kept.figures["n"] < 4580
    assert len(kept.figures["weeks"]) > 40
