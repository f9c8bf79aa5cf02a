"""How long should a claim last? Enough for nearly every decision of its queue; not so long that one forgotten hides.

Three times what nine of ten decisions took lately, between ten minutes and four hours; where too few were made to know,
or an admin fixed the time, it stays as it is. Looks at the last decided tasks only: history does not make it slower.
"""

from datetime import datetime, timedelta

from django.db import connection

from apps.audit import actions as audit
from apps.audit.sweeping import sweep
from apps.reviews.models import Queue

SHORTEST = timedelta(minutes=10)
LONGEST = timedelta(hours=4)
_TIMES = 3
_LAST_TASKS = 500
_FEWEST = 20

# How long decisions of the queue's last tasks took: how many there are, and the ninth of ten in seconds.
_HANDLING = """
    SELECT count(*), percentile_cont(0.9) WITHIN GROUP (ORDER BY extract(epoch FROM decided_at - claimed_at))
      FROM reviews_decision
     WHERE undone_at IS NULL
       AND task_id IN (SELECT id FROM reviews_task WHERE queue_id = %s AND status = 'done'
                        ORDER BY closed_at DESC LIMIT %s)
"""


def lease_for(p90: timedelta) -> timedelta:
    """The lease for a queue in which nine of ten decisions took at most `p90`; whole minutes, rounded up. Pure."""
    minutes = -(-p90 * _TIMES // timedelta(minutes=1))
    return min(max(timedelta(minutes=minutes), SHORTEST), LONGEST)


def p90(queue: Queue) -> timedelta | None:
    """What nine of ten of the queue's last decisions took at most; None when too few are known. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_HANDLING, [queue.pk, _LAST_TASKS])
        count, seconds = cursor.fetchone()
    return timedelta(seconds=float(seconds)) if count >= _FEWEST else None


def measure_leases(*, now: datetime) -> int:
    """Set how long claims last in every queue where no admin fixed it. How many queues were looked at."""
    seen: list[int] = []

    def next_queue(failed: object) -> Queue | None:
        rows = Queue.objects.select_for_update(skip_locked=True, no_key=True).filter(is_lease_fixed=False)
        return rows.exclude(pk__in=seen).order_by("pk").first()

    def act(queue: Queue) -> None:
        seen.append(queue.pk)
        _measure(queue, now)

    return sweep(next_due=next_queue, act=act, limit=Queue.objects.count())


def _measure(queue: Queue, now: datetime) -> None:
    took = p90(queue)
    if took is None:
        return
    before, after = queue.lease_seconds, int(lease_for(took).total_seconds())
    if before == after:
        return
    queue.lease_seconds = after
    queue.save(update_fields=["lease_seconds"])
    audit.record(
        verb="queue.lease_measured",
        now=now,
        subject=("queue", queue.pk, queue.name),
        data={"from": before // 60, "to": after // 60, "p90_seconds": round(took.total_seconds())},
    )
