"""What does each case of a log yield under a measure? One SQL statement, for baselines and for the live process alike.

A case ends with its last event, or with the last event of `ends_with`; without one it has not ended and yields nothing.
Without `ends_with` a case has not ended either while a proposal in it waits for its answer: ReviewHub tells how each
proposal came in and how it ended, so a case with more of the first than of the second goes on. Logs of other systems
tell nothing of the kind; there the last event is the end.
Cycle time: seconds from the first event to the end. Rework: 1 when some activity came twice, else 0. Handovers: how
often the next event had another resource. Throughput: 1. Cost: the amounts of all its events together; a case whose
events carry none yields nothing, since nobody said that it cost nothing. Days are those of the site's time zone.
"""

from typing import Any

from django.utils import timezone

from apps.outcomes.states import ANSWERS, OPENINGS, OWN_SOURCE, Measure

YIELDS = {
    Measure.CYCLE_TIME: "greatest(0, extract(epoch FROM ended - started))",
    Measure.REWORK: "again::int",
    Measure.HANDOVERS: "handovers",
    Measure.THROUGHPUT: "1",
    Measure.COST: "costs",
}
"""SQL of a case's value."""


def yielded(measure: str, *, only_touched: bool = False) -> str:
    """SELECT of (case, ended_on, value) with the parameters of `parameters`.

    `having` is an activity that a case must have, or empty. With `only_touched`, only of the array `cases`.
    """
    some = 'AND "case" = ANY(%(cases)s)' if only_touched else ""
    known = " AND costs IS NOT NULL" if measure == Measure.COST else ""
    return f"""
        SELECT "case", (ended AT TIME ZONE %(zone)s)::date AS ended_on, ({YIELDS[Measure(measure)]})::float8 AS value
          FROM (SELECT "case",
                       min(at) AS started,
                       max(at) FILTER (WHERE %(ends_with)s = '' OR activity = %(ends_with)s) AS ended,
                       count(*) > count(DISTINCT activity) AS again,
                       count(*) FILTER (WHERE before <> resource) AS handovers,
                       sum(cost) AS costs,
                       %(having)s = '' OR bool_or(activity = %(having)s) AS is_meant,
                       count(*) FILTER (WHERE is_own AND activity = ANY(%(openings)s))
                       > count(*) FILTER (WHERE is_own AND activity = ANY(%(answers)s)) AS waits
                  FROM (SELECT "case", at, activity, resource, cost, starts_with(source, %(own)s) AS is_own,
                               lag(resource) OVER (PARTITION BY "case" ORDER BY at, position, id) AS before
                          FROM outcomes_logevent
                         WHERE log_id = %(log)s {some}) AS event
                 GROUP BY "case") AS one
         WHERE ended IS NOT NULL AND is_meant AND (NOT waits OR %(ends_with)s <> ''){known}
    """  # noqa: S608  (our own names; values are parameters)


def parameters(*, log_id: int, ends_with: str, having: str = "") -> dict[str, Any]:
    """The parameters of `yielded`."""
    return {
        "log": log_id,
        "ends_with": ends_with,
        "having": having,
        "own": OWN_SOURCE,
        "openings": list(OPENINGS.values()),
        "answers": list(ANSWERS.values()),
        "zone": timezone.get_current_timezone_name(),
    }
