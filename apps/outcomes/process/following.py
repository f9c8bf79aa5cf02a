"""What directly follows what in a log, how often, and how long it takes: the directly-follows relation.

Kept by day as events come in, so that a page adds up days and never scans events. A case of a live log goes on, and an
event of the past may be told late: what the case was counted as is taken away and what it is now is added. What it was
counted as is known without being kept, since events never change: it is the case without its events that are new.
The order in a case is that of `cases.py`.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.utils import timezone

from apps.audit.replicas import reading_connection
from apps.outcomes.measuring.spread import ZERO
from apps.outcomes.models import EventLog, FollowedDay

RATIO = 1.05
"""Buckets of waiting times are so wide, relatively: a median of the live log is right to 2.5 %."""
MOST_PAIRS = 1000
OFTEN = 5
EXAMPLES = 50
"""So many cases of a pair are kept by their names, for whoever wants to look at some."""
_MIDDLE = 2 / (1 + RATIO)

_PAIRS = """
    SELECT "case", coalesce(lag(activity) OVER one, '') AS before, activity AS after, at,
           extract(epoch FROM at - lag(at) OVER one)::float8 AS seconds
      FROM {event} WINDOW one AS (PARTITION BY "case" ORDER BY at, position, id)
     UNION ALL
    SELECT "case", activity, '', at, NULL
      FROM (SELECT DISTINCT ON ("case") "case", activity, at
              FROM {event} ORDER BY "case", at DESC, position DESC, id DESC) AS last
"""
_FOLLOW = f"""
    WITH event AS MATERIALIZED (
        SELECT id, "case", at, position, activity, is_followed
          FROM outcomes_logevent
         WHERE log_id = %(log)s AND "case" = ANY(%(cases)s)
    ), news AS MATERIALIZED (
        SELECT * FROM event WHERE "case" IN (SELECT "case" FROM event WHERE NOT is_followed)
    ), counted AS (
        SELECT * FROM news WHERE is_followed
    ), marked AS (
        UPDATE outcomes_logevent SET is_followed = true WHERE id IN (SELECT id FROM news WHERE NOT is_followed)
    ), pair AS (
        SELECT 1 AS sign, * FROM ({_PAIRS.format(event="news")}) AS now
         UNION ALL
        SELECT -1, * FROM ({_PAIRS.format(event="counted")}) AS so_far
    ), bucketed AS (
        SELECT (at AT TIME ZONE %(zone)s)::date AS day, before, after,
               CASE WHEN seconds > 0 THEN ceil(ln(seconds) / ln({RATIO}::float8))::int
                    WHEN seconds = 0 THEN {ZERO} END AS bucket,
               sum(sign) AS n, sum(sign * coalesce(seconds, 0)) AS seconds
          FROM pair GROUP BY 1, 2, 3, 4 HAVING sum(sign) <> 0 OR sum(sign * coalesce(seconds, 0)) <> 0
    ), example AS (
        SELECT (at AT TIME ZONE %(zone)s)::date AS day, before, after,
               to_jsonb((array_agg("case" ORDER BY at DESC))[1:{EXAMPLES}]) AS cases
          FROM pair WHERE sign = 1 GROUP BY 1, 2, 3
    )
    INSERT INTO outcomes_followedday AS kept (log_id, day, before, after, n, seconds, spread, examples)
    SELECT %(log)s, day, before, after, sum(n)::int, sum(seconds),
           coalesce(jsonb_object_agg(bucket, n) FILTER (WHERE bucket IS NOT NULL AND n <> 0), '{{}}'),
           coalesce((array_agg(cases))[1], '[]')
      FROM bucketed LEFT JOIN example USING (day, before, after) GROUP BY day, before, after
    ON CONFLICT (log_id, day, before, after) DO UPDATE SET
        n = kept.n + excluded.n,
        seconds = kept.seconds + excluded.seconds,
        spread = (SELECT coalesce(jsonb_object_agg(key, n), '{{}}')
                    FROM (SELECT key, sum(value::int) AS n
                            FROM (SELECT * FROM jsonb_each_text(kept.spread)
                                   UNION ALL
                                  SELECT * FROM jsonb_each_text(excluded.spread)) AS either
                           GROUP BY key HAVING sum(value::int) <> 0) AS added),
        examples = (SELECT coalesce(jsonb_agg(one), '[]')
                      FROM (SELECT one FROM jsonb_array_elements(excluded.examples || kept.examples) AS one
                             LIMIT {EXAMPLES}) AS newest)
"""  # noqa: S608  (our own names; values are parameters)
_COUNT = f"""
    INSERT INTO outcomes_followedday (log_id, day, before, after, n, seconds, median, spread, examples)
    SELECT %(log)s, %(day)s, before, after, count(*), coalesce(sum(seconds), 0),
           percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds), '{{}}',
           to_jsonb(array_agg("case" ORDER BY number) FILTER (WHERE number <= {EXAMPLES}))
      FROM (SELECT *, row_number() OVER (PARTITION BY before, after ORDER BY at DESC) AS number
              FROM ({_PAIRS.format(event="event")}) AS found) AS pair
     GROUP BY before, after ORDER BY count(*) DESC, before, after LIMIT {MOST_PAIRS}
"""  # noqa: S608  (our own names; values are parameters)
_EVENT = (
    'WITH event AS (SELECT id, "case", at, position, activity FROM outcomes_logevent WHERE log_id = %(log)s)'
)
_STILL = f"""
    WITH event AS (
        SELECT id, "case", at, position, activity
          FROM outcomes_logevent WHERE log_id = %(log)s AND "case" = ANY(%(cases)s)
    )
    SELECT DISTINCT "case" FROM ({_PAIRS.format(event="event")}) AS pair
     WHERE before = %(before)s AND after = %(after)s
"""  # noqa: S608  (our own names; values are parameters)


@dataclass(frozen=True, slots=True)
class Pair:
    """One activity directly after another: how often, and how long between them, in seconds.

    Without `before` it is the start of cases, without `after` their end so far; `median` is None there.
    """

    before: str
    after: str
    n: int
    seconds: float
    median: float | None

    @property
    def waiting(self) -> float:
        """What it keeps cases waiting in all, in seconds: how often, times the median."""
        return self.n * (self.median or 0.0)


def follow(log: EventLog, cases: Collection[str]) -> None:
    """Count what is new in these cases of a live log. The caller holds the lock of the log.

    One statement, so that what is counted and what is marked as counted are the same events.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _FOLLOW,
            {"log": log.pk, "cases": list(cases), "zone": timezone.get_current_timezone_name()},
        )


def count_whole(log: EventLog) -> None:
    """Count a log that is finished, once: its `MOST_PAIRS` most frequent pairs. Needs `starts_at`."""
    if log.starts_at is None:
        return
    with connection.cursor() as cursor:
        cursor.execute(_EVENT + _COUNT, {"log": log.pk, "day": timezone.localdate(log.starts_at)})


def pairs_of(log: EventLog, *, between: tuple[date, date] | None = None) -> list[Pair]:
    """The pairs of a log, the most frequent first; of a live one, those whose later event was in the period."""
    rows = FollowedDay.objects.filter(log=log, n__gt=0)
    if between is not None:
        rows = rows.filter(day__range=between)
    counts: Counter[tuple[str, str]] = Counter()
    seconds: dict[tuple[str, str], float] = defaultdict(float)
    medians: dict[tuple[str, str], float | None] = {}
    spreads: dict[tuple[str, str], Counter[int]] = {}
    found = rows.values_list("before", "after", "n", "seconds", "median", "spread")
    for before, after, n, took, median, spread in found:
        key = (before, after)
        counts[key] += n
        seconds[key] += took
        if median is not None:
            medians[key] = median
        spreads.setdefault(key, Counter()).update({int(bucket): count for bucket, count in spread.items()})
    pairs = [
        Pair(*key, n, seconds[key], medians.get(key, median_of(spreads[key]))) for key, n in counts.items()
    ]
    return sorted(pairs, key=lambda one: (-one.n, one.before, one.after))[:MOST_PAIRS]


def cases_of(
    log: EventLog,
    before: str,
    after: str,
    *,
    between: tuple[date, date] | None = None,
    without: Collection[str] = (),
) -> list[str]:
    """Names of some cases in which the one directly followed the other, the newest first; at most `EXAMPLES`.

    Those named in `without` are left out.
    """
    rows = FollowedDay.objects.filter(log=log, before=before, after=after, n__gt=0).order_by("-day")
    if between is not None:
        rows = rows.filter(day__range=between)
    cases: dict[str, None] = {}
    for examples in rows.values_list("examples", flat=True)[:EXAMPLES]:
        cases |= dict.fromkeys(examples)
    kept = list(cases)[: 2 * EXAMPLES]
    with reading_connection().cursor() as cursor:
        # An event that was told late may have come between.
        cursor.execute(_STILL, {"log": log.pk, "cases": kept, "before": before, "after": after})
        still = {case for (case,) in cursor.fetchall()}
    return [case for case in kept if case in still and case not in without][:EXAMPLES]


def median_of(spread: Counter[int]) -> float | None:
    """The median of waiting times kept in buckets, in seconds; None of none."""
    half, so_far = spread.total() / 2, 0
    for bucket in sorted(spread):
        so_far += spread[bucket]
        if so_far >= half > 0:
            return 0.0 if bucket == ZERO else float(RATIO**bucket * _MIDDLE)
    return None


def bottleneck(pairs: Sequence[Pair]) -> Pair | None:
    """Where cases wait longest in all: the pair with the largest count times median. None when nothing takes time.

    What happened less than `OFTEN` times is a case, not a bottleneck, unless nothing happened more often.
    """
    often = [one for one in pairs if one.n >= OFTEN and one.waiting > 0]
    longest = max(often or pairs, key=lambda one: (one.waiting, one.n), default=None)
    return longest if longest and longest.waiting > 0 else None


def covering(pairs: Sequence[Pair], *, share: int) -> list[Pair]:
    """The most frequent pairs that together are at least `share` percent of all; the bottleneck always among them."""
    wanted, so_far, kept = sum(one.n for one in pairs) * share / 100, 0, []
    for one in sorted(pairs, key=lambda pair: (-pair.n, pair.before, pair.after)):
        if so_far >= wanted:
            break
        kept.append(one)
        so_far += one.n
    slowest = bottleneck(pairs)
    return kept if slowest is None or slowest in kept else [*kept, slowest]
