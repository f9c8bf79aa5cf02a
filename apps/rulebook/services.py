"""How fast did queues decide, and by when do they have to? Reads what `queueing` reckons with."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection
from django.db.models import Count

from apps.reviews.models import Decision, Queue
from apps.reviews.states import TaskStatus
from apps.rulebook.queueing import OpenTime, Service, Targets, expected_breaches, last_due
from apps.rulebook.replaying import Side
from apps.sla.calendars import WorkingCalendar
from apps.sla.durations import Duration, parse
from apps.sla.queries import current_policies, current_versions

# Stretches in which something waited in a queue, without overlap.
_BUSY = """
    SELECT queue.slug, lower(span), upper(span)
    FROM (
        SELECT task.queue_id, range_agg(tstzrange(least(task.opened_at, task.closed_at), task.closed_at)) AS spans
        FROM reviews_task task JOIN proposals_proposal proposal ON proposal.id = task.proposal_id
        WHERE task.status = 'done' AND task.workflow_id = ANY(%s) AND NOT proposal.is_copy
          AND task.closed_at BETWEEN %s AND %s
        GROUP BY task.queue_id
    ) AS busy
    JOIN reviews_queue queue ON queue.id = busy.queue_id
    CROSS JOIN LATERAL unnest(busy.spans) AS span
"""


@dataclass(frozen=True, slots=True)
class Ways:
    """The calendars of queues, and the decide targets of SLA policies, by their slugs, as they are now."""

    calendars: dict[str, WorkingCalendar]
    targets: dict[str, Duration]


def ways_of(queues: Collection[str], slas: Collection[str]) -> Ways:
    """What exists of these. Three queries."""
    rows = dict(Queue.objects.filter(slug__in=queues).values_list("slug", "calendar_id"))
    calendars = current_versions(rows.values())
    return Ways(
        calendars={slug: calendars[key].hours for slug, key in rows.items()},
        targets={slug: parse(version.decide_within) for slug, version in current_policies(slas).items()},
    )


def services(workflow_ids: Collection[int], ways: Ways, *, since: int, until: int) -> dict[str, Service]:
    """What the queues did for these workflows within the period, by slug. Two queries."""
    between = datetime.fromtimestamp(since, UTC), datetime.fromtimestamp(until, UTC)
    decisions = Decision.objects.filter(
        undone_at__isnull=True,
        task__status=TaskStatus.DONE,
        task__workflow_id__in=workflow_ids,
        task__proposal__is_copy=False,
        task__closed_at__range=between,
    )
    decided = dict(decisions.values_list("task__queue__slug").annotate(Count("pk")))
    busy = dict.fromkeys(decided, 0.0)
    with connection.cursor() as cursor:
        cursor.execute(_BUSY, [list(workflow_ids), *between])
        times = {slug: OpenTime(hours, since, until) for slug, hours in ways.calendars.items()}
        for slug, begins, ends in cursor:
            if slug in times and slug in busy:
                busy[slug] += times[slug].at(ends.timestamp()) - times[slug].at(begins.timestamp())
    return {slug: Service(decided[slug], busy[slug]) for slug in decided}


def breaches(
    side: Side, queue: str, service: Service | None, ways: Ways, *, since: int, until: int
) -> int | None:
    """How many of what arrives in a queue would miss their target; None where it cannot be told."""
    calendar = ways.calendars.get(queue)
    seconds = service.seconds_a_look if service is not None else None
    slas = {stream.sla for stream in side.arrivals if stream.queue == queue}
    if calendar is None or seconds is None or not slas <= ways.targets.keys():
        return None
    ends = max((last_due(until, ways.targets[sla], calendar) for sla in slas), default=until)
    time = OpenTime(calendar, since, ends)
    targets = Targets(calendar, time)
    return expected_breaches(
        (
            (time.at(at), targets.due(at, ways.targets[sla]), looks)
            for at, sla, looks in side.arrivals_in(queue)
        ),
        seconds_a_look=seconds,
    )
