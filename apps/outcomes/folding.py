"""Measures the cases of live logs whose events came in, and adds up the days they end on.

A sweeper: rows of `TouchedCase` say what is to do, so nothing is lost with a process. A case that goes on is measured
again; its old day and its new one are added up anew. One that had ended and goes on, as when something is proposed
about it once more, is not measured until it ends again. A version that is new measures every case once.
What follows what is counted along.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from apps.outcomes.cases import parameters, yielded
from apps.outcomes.days import add_up
from apps.outcomes.models import EventLog, KpiVersion, TouchedCase
from apps.outcomes.process import following
from apps.outcomes.states import Measure

FOLD = "apps.outcomes.tasks.fold_touched"
_UPSERT = """
    INSERT INTO outcomes_measuredcase (version_id, "case", ended_on, value)
    SELECT %(version)s, "case", ended_on, value FROM ({cases}) AS found
    ON CONFLICT (version_id, "case") DO UPDATE SET ended_on = excluded.ended_on, value = excluded.value
    RETURNING ended_on
"""
_FORGET = """
    DELETE FROM outcomes_measuredcase AS kept
     WHERE version_id = %(version)s AND "case" = ANY(%(cases)s)
       AND NOT EXISTS (SELECT FROM ({cases}) AS found WHERE found."case" = kept."case")
"""


def touch(log: EventLog, cases: Collection[str]) -> None:
    """Have these cases measured soon."""
    TouchedCase.objects.bulk_create([TouchedCase(log=log, case=case) for case in sorted(set(cases))])


def touch_all(log: EventLog) -> None:
    """Have every case of a log measured soon: a KPI got another meaning. Part of the caller's transaction.

    Nobody measures until that is over: a case that was measured in between would not know of the new meaning.
    """
    locked(log.pk)
    with connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO outcomes_touchedcase (log_id, "case") SELECT DISTINCT log_id, "case"'
            " FROM outcomes_logevent WHERE log_id = %s",
            [log.pk],
        )


def locked(log_id: int) -> EventLog:
    """The log, locked against whoever measures it; events can be told meanwhile."""
    return EventLog.objects.select_for_update(no_key=True).get(pk=log_id)


def fold_touched(*, now: datetime, limit: int = 2000) -> int:
    """Measure the cases of up to `limit` touches of one log; how many. `now` is what every sweeper takes.

    One at a time measures a log, so that no two write the same day. What is touched meanwhile is left for the next.
    """
    with transaction.atomic():
        touched = EventLog.objects.filter(Exists(TouchedCase.objects.filter(log=OuterRef("pk"))))
        log = touched.select_for_update(no_key=True, skip_locked=True).order_by("pk").first()
        if log is None:
            return 0
        found = TouchedCase.objects.filter(log=log).order_by("pk").values_list("pk", "case")
        some = dict(found[:limit])
        cases = sorted(set(some.values()))
        for version in measured_versions(log.workflow_id):
            _measure(version, log, cases)
        following.follow(log, cases)
        TouchedCase.objects.filter(pk__in=some).delete()
        return len(some)


def measured_versions(workflow_id: int) -> Sequence[KpiVersion]:
    """The versions in force of the KPIs of a workflow that are measured in events."""
    newest = KpiVersion.objects.filter(kpi__workflow_id=workflow_id, kpi__is_active=True)
    newest = newest.order_by("kpi", "-number").distinct("kpi")
    return [version for version in newest if version.measure != Measure.REPORTED]


def _measure(version: KpiVersion, log: EventLog, cases: Sequence[str]) -> None:
    values = parameters(log_id=log.pk, ends_with=version.ends_with)
    values |= {"version": version.pk, "cases": list(cases)}
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT ended_on FROM outcomes_measuredcase WHERE version_id = %(version)s AND "case" = ANY(%(cases)s)',
            values,
        )
        days: set[date] = {ended_on for (ended_on,) in cursor.fetchall()}
        cursor.execute(_FORGET.format(cases=yielded(version.measure, only_touched=True)), values)
        cursor.execute(_UPSERT.format(cases=yielded(version.measure, only_touched=True)), values)
        days |= {ended_on for (ended_on,) in cursor.fetchall()}
    if days:
        add_up(version, days)
