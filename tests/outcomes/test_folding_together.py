"""Telling and measuring at once, with real threads: nothing told stays unmeasured, nobody waits for ever."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from apps.outcomes import folding
from apps.outcomes.days import days_of_log
from apps.outcomes.kpi_setup import Meaning, save_kpi
from apps.outcomes.live_log import Told, live_log_of, tell
from apps.outcomes.models import MeasuredDay, TouchedCase
from apps.outcomes.states import Cadence, Direction, Measure
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def _in_threads(*works: object) -> list[BaseException]:
    errors: list[BaseException] = []

    def run(work: object) -> None:
        try:
            work()  # type: ignore[operator]
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


def test_what_is_told_while_it_is_measured_is_measured_too(transactional_db: None) -> None:
    house = factories.build_house(timezone.now())
    log = live_log_of(house.workflow)
    versions = [_kpi(house, measure) for measure in (Measure.CYCLE_TIME, Measure.REWORK)]
    told = threading.Event()

    def teller(who: str) -> None:
        for number in range(60):
            at = house.now - timedelta(hours=number)
            tell(log, [Told(f"c{number % 5}", "Work", at, who, f"{who}-{number}")])

    def folder() -> None:
        while not told.is_set() or TouchedCase.objects.exists():
            folding.fold_touched(now=house.now, limit=3)

    def tellers() -> None:
        try:
            assert _in_threads(lambda: teller("anna"), lambda: teller("bert")) == []
            versions.append(_kpi(house, Measure.HANDOVERS))
        finally:
            told.set()

    assert _in_threads(tellers, folder, folder) == []
    ever = (house.now.date() - timedelta(days=30), house.now.date() + timedelta(days=1))
    for version in versions:
        whole, _exact = days_of_log(version, log.pk, between=ever, having="")
        kept = MeasuredDay.objects.filter(version=version).order_by("day")
        assert [(day.on, day.n, day.total) for day in whole] == list(kept.values_list("day", "n", "total"))


def _kpi(house: factories.House, measure: Measure):
    return save_kpi(
        workflow=house.workflow,
        slug=measure.value.replace("_", "-"),
        name=measure.value,
        owner=house.olga,
        cadence=Cadence.MONTH,
        meaning=Meaning(measure, Direction.LOWER, "As it is said."),
        by=house.adam,
        now=house.now,
    )
