"""Adds up what cases yielded, day by day: for a baseline over a log, and for the days of the live process."""

import json
from collections.abc import Collection
from datetime import date
from typing import Any

from django.db import connection

from apps.audit.replicas import reading_connection
from apps.outcomes.cases import parameters, yielded
from apps.outcomes.figures import Day
from apps.outcomes.measuring.spread import RATIO, ZERO
from apps.outcomes.models import KpiVersion, MeasuredDay
from apps.outcomes.states import Measure

_BUCKETS = {
    Measure.CYCLE_TIME: f"CASE WHEN value > 0 THEN ceil(ln(value) / ln({RATIO}::float8))::int ELSE {ZERO} END",
    Measure.HANDOVERS: "value::int",
}
_ONE = "0"
# So many cases are looked at one by one in a moment; of more, the buckets are exact enough.
_EXACT_UP_TO = 20_000
_EXACT = """
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY value), percentile_cont(0.9) WITHIN GROUP (ORDER BY value)
      FROM ({cases}) AS found
"""
_EXACT_OF_EACH = """
    SELECT version_id, percentile_cont(0.5) WITHIN GROUP (ORDER BY value),
           percentile_cont(0.9) WITHIN GROUP (ORDER BY value)
      FROM outcomes_measuredcase
     WHERE version_id = ANY(%s) AND ended_on BETWEEN %s AND %s
     GROUP BY version_id
"""
_INSERT = """
    INSERT INTO outcomes_measuredday (version_id, day, n, total, spread)
    SELECT %(version)s, * FROM ({added}) AS added
"""


def days_of_log(
    version: KpiVersion, log_id: int, *, between: tuple[date, date], having: str
) -> tuple[list[Day], tuple[float, float] | None]:
    """The days of a log under this version, and the exact median and 90th percentile of durations in seconds."""
    cases = (
        f"SELECT * FROM ({yielded(version.measure)}) AS found WHERE ended_on BETWEEN %(first)s AND %(last)s"  # noqa: S608
    )
    values = parameters(log_id=log_id, ends_with=version.ends_with, having=having)
    values |= {"first": between[0], "last": between[1]}
    with connection.cursor() as cursor:
        cursor.execute(_added(version.measure, cases), values)
        # Django leaves the JSON of its raw cursors unread.
        days = [_day((on, n, total, json.loads(spread))) for on, n, total, spread in cursor.fetchall()]
        if version.measure != Measure.CYCLE_TIME or not days:
            return days, None
        cursor.execute(_EXACT.format(cases=cases), values)
        return days, cursor.fetchone()


def add_up(version: KpiVersion, days: Collection[date]) -> None:
    """Write these days of the live process anew from their cases. The caller holds the lock of the version."""
    cases = "SELECT * FROM outcomes_measuredcase WHERE version_id = %(version)s AND ended_on = ANY(%(days)s)"
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM outcomes_measuredday WHERE version_id = %(version)s AND day = ANY(%(days)s)",
            {"version": version.pk, "days": list(days)},
        )
        cursor.execute(
            _INSERT.format(added=_added(version.measure, cases)), {"version": version.pk, "days": list(days)}
        )


def live_days(
    versions: Collection[KpiVersion], *, between: tuple[date, date]
) -> dict[int, tuple[list[Day], tuple[float, float] | None]]:
    """{version: what the live process yielded in a period, as it was added up}; of few durations also the exact
    percentiles. Two statements.
    """
    days: dict[int, list[Day]] = {version.pk: [] for version in versions}
    found = MeasuredDay.objects.filter(version_id__in=list(days), day__range=between).order_by(
        "version_id", "day"
    )
    for version_id, *row in found.values_list("version_id", "day", "n", "total", "spread"):
        days[version_id].append(_day((row[0], row[1], row[2], row[3])))
    few = [
        version.pk
        for version in versions
        if version.measure == Measure.CYCLE_TIME
        and 0 < sum(day.n for day in days[version.pk]) <= _EXACT_UP_TO
    ]
    exact = _exact(few, between) if few else {}
    return {key: (some, exact.get(key)) for key, some in days.items()}


def _exact(version_ids: list[int], between: tuple[date, date]) -> dict[int, tuple[float, float]]:
    with reading_connection().cursor() as cursor:
        cursor.execute(_EXACT_OF_EACH, [version_ids, *between])
        return {key: (median, p90) for key, median, p90 in cursor.fetchall()}


def _added(measure: str, cases: str) -> str:
    """SELECT of (day, n, total, spread) over a SELECT of cases."""
    if measure == Measure.COST:
        return f"""
            SELECT ended_on, count(*)::int, sum(value),
                   jsonb_build_object('2', sum(value ^ 2), '3', sum(value ^ 3))
              FROM ({cases}) AS found GROUP BY 1 ORDER BY 1
        """  # noqa: S608  (our own names; values are parameters)
    bucket = _BUCKETS.get(Measure(measure), _ONE)
    return f"""
        SELECT ended_on, sum(n)::int, sum(total),
               {"jsonb_object_agg(bucket, n)" if bucket != _ONE else "'{}'::jsonb"}
          FROM (SELECT ended_on, {bucket} AS bucket, count(*) AS n, sum(value) AS total
                  FROM ({cases}) AS found GROUP BY 1, 2) AS bucketed
         GROUP BY 1 ORDER BY 1
    """  # noqa: S608  (our own names; values are parameters)


def _day(row: tuple[date, int, float, Any]) -> Day:
    on, n, total, spread = row
    return Day(on, n, total, {int(bucket): count for bucket, count in spread.items()})
