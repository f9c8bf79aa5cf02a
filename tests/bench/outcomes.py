"""Outcomes: an import beside COPY of the same rows, its memory, and the page of a KPI over a million cases."""

import io
import resource
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from statistics import quantiles

from django.db import connection
from django.utils import timezone

from apps.outcomes import importing, uploading
from apps.outcomes.days import add_up
from apps.outcomes.kpi_setup import Meaning, save_kpi
from apps.outcomes.models import EventLog, LogEvent
from apps.outcomes.states import Cadence, Direction, LogUse, Measure
from tests.bench import serving
from tests.bench.ground import Ground, signed_in, stopwatch
from tests.bench.report import Report

_START = datetime(2025, 1, 1, tzinfo=UTC)
_DAYS = 365


def outcomes(ground: Ground, report: Report, quick: bool) -> None:
    """Both halves: what comes in, and what is looked at."""
    _imports(ground, report, 20_000 if quick else 500_000)
    _page(ground, report, 20_000 if quick else 1_000_000)


def _imports(ground: Ground, report: Report, number: int) -> None:
    _import(ground, number // 10, "first")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    log, took = _import(ground, number, "second")
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    raw = _copied(log, number)
    report.note("event log import, rows a second", f"{number / took:,.0f}")
    report.note("COPY of the same rows, rows a second", f"{number / raw:,.0f}")
    report.at_least("event log import / COPY", raw / took, 0.3)
    report.at_most("memory that ten times the rows take more", grown, 50, " MiB")


def _import(ground: Ground, number: int, name: str) -> tuple[EventLog, float]:
    now = timezone.now()
    house = ground.house
    log = uploading.upload(
        workflow=house.workflow,
        name=name,
        use=LogUse.BASELINE,
        filename="log.csv",
        chunks=_chunks(number),
        by=house.olga,
        now=now,
    )
    uploading.queue_import(log_id=log.pk, mapping=log.mapping, leaves_bad_out=False, by=house.olga, now=now)
    begun = time.perf_counter()
    importing.import_next(now=now)
    took = time.perf_counter() - begun
    log.refresh_from_db()
    if log.events != number:
        raise RuntimeError(f"{log.events} of {number} rows were imported: {log.problem}")
    return log, took


def _chunks(number: int) -> Iterator[bytes]:
    text = io.StringIO()
    text.write("case,activity,timestamp,resource\n")
    for event in range(number):
        at = _START + timedelta(seconds=event)
        text.write(f"case-{event // 5},activity {event % 7},{at.isoformat()},person {event % 11}\n")
        if text.tell() > 1_000_000:
            yield text.getvalue().encode()
            text = io.StringIO()
    yield text.getvalue().encode()


def _copied(log: EventLog, number: int) -> float:
    """Seconds that COPY takes to put the same rows into the same table, from text that is ready."""
    with connection.cursor() as cursor:
        text = io.BytesIO()
        with cursor.copy(
            f'COPY (SELECT log_id, "case", at, position, activity, resource, source FROM outcomes_logevent'
            f" WHERE log_id = {log.pk} ORDER BY id) TO STDOUT"
        ) as copy:
            for piece in copy:
                text.write(piece)
        LogEvent.objects.filter(log=log).delete()
        cursor.execute("VACUUM outcomes_logevent")
        begun = time.perf_counter()
        with cursor.copy(
            'COPY outcomes_logevent (log_id, "case", at, position, activity, resource, source) FROM STDIN'
        ) as copy:
            copy.write(text.getvalue())
        took = time.perf_counter() - begun
    if LogEvent.objects.filter(log=log).count() != number:
        raise RuntimeError("COPY did not write the same rows")
    return took


def _page(ground: Ground, report: Report, number: int) -> None:
    house = ground.house
    now = timezone.now()
    version = save_kpi(
        workflow=house.workflow,
        slug="time",
        name="Time",
        owner=house.olga,
        cadence=Cadence.MONTH,
        meaning=Meaning(Measure.CYCLE_TIME, Direction.LOWER, "As it is said."),
        by=house.olga,
        now=now,
    )
    with stopwatch(f"{number:,} measured cases"), connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO outcomes_measuredcase (version_id, "case", ended_on, value)'
            " SELECT %s, 'case-' || n, %s::date - (n %% %s), exp(8 + 2 * random())"
            " FROM generate_series(1, %s) AS n",
            [version.pk, now.date(), _DAYS, number],
        )
        add_up(version, [now.date() - timedelta(days=day) for day in range(_DAYS)])
        cursor.execute("ANALYZE")
    cookie = {"Cookie": f"sessionid={signed_in(house.olga)}"}
    for path, what in ((f"/outcomes/kpi/{version.kpi_id}/", "KPI page"), ("/outcomes/", "portfolio")):
        report.at_most(f"{what}, p95 over {number:,} cases", _p95(path, cookie, 60), 300, " ms")


def _p95(path: str, headers: dict[str, str], number: int) -> float:
    took = []
    with serving.gunicorn() as port:
        wire = HTTPConnection("127.0.0.1", port)
        for turn in range(number + 5):
            begun = time.perf_counter()
            wire.request("GET", path, headers=headers)
            answer = wire.getresponse()
            answer.read()
            if answer.status != 200:
                raise RuntimeError(f"{path} answered {answer.status}")
            # The first ones fill the caches of the processes.
            if turn >= 5:
                took.append(1000 * (time.perf_counter() - begun))
    return quantiles(took, n=20)[-1]
