"""Has a share of settled decisions made again by another person, who does not know that they were made before.

Drawn once a day in each queue, or sooner where much was decided, so that strata are large enough to be fair to
(`sampling`). Only what one person's decision settled alone is drawn: where two had to agree there is nothing to learn
from a third.
"""

from datetime import datetime, timedelta

from django.conf import settings

from apps.audit.sweeping import sweep
from apps.proposals import examining
from apps.proposals.models import Resolution
from apps.proposals.states import DecidedBy, Purpose
from apps.reviews.agreeing import pick_of
from apps.reviews.models import Attention, Queue
from apps.reviews.sampling import drawn

EVERY = timedelta(days=1)
MANY = 200
# Decisions younger than this may still be in their undo window.
_SETTLED = timedelta(minutes=10)
_MOST = 5000


def order_second_reviews(*, now: datetime, limit: int = 200) -> int:
    """Draw in every queue whose turn it is. Any number of sweepers may run. How many queues were drawn from."""
    wanted = Queue.objects.filter(second_percent__gt=0).order_by("pk")
    seen: list[int] = []

    def next_queue(failed: object) -> Queue | None:
        rows = wanted.exclude(pk__in=seen).select_for_update(skip_locked=True, no_key=True)
        return rows.first()

    def act(queue: Queue) -> None:
        seen.append(queue.pk)
        _draw(queue, now)

    return sweep(next_due=next_queue, act=act, limit=limit)


def _draw(queue: Queue, now: datetime) -> None:
    """Begins with what is decided from the first look on."""
    until = now - _SETTLED
    if queue.drawn_until is None:
        queue.drawn_until = until
        queue.save(update_fields=["drawn_until"])
        return
    if until <= queue.drawn_until:
        return
    rows = (
        Attention.objects.filter(queue=queue, at__gt=queue.drawn_until, at__lte=until)
        .filter(
            decision__task__proposal__is_copy=False,
            decision__task__proposal__erased_at__isnull=True,
            decision__task__quorum=1,
        )
        .select_related("decision__task__proposal")
        .order_by("at", "pk")[:_MOST]
    )
    found = list(rows)
    if until - queue.drawn_until < EVERY and len(found) < MANY:
        return
    if len(found) == _MOST:
        until = found[-1].at
    human = Resolution.objects.filter(
        proposal__in=[row.decision.task.proposal_id for row in found], decided_by_type=DecidedBy.HUMAN
    )
    settled = set(human.values_list("proposal_id", flat=True))
    by_id = {row.pk: row for row in found if row.decision.task.proposal_id in settled}
    strata = [(pk, (row.by_id, row.decision.task.tier, _kind(row))) for pk, row in by_id.items()]
    for pk in sorted(drawn(strata, queue.second_percent / 100, settings.SECRET_KEY.encode())):
        task = by_id[pk].decision.task
        examining.order(original=task.proposal, purpose=Purpose.AGREEMENT, excluded=task.deciders, now=now)
    queue.drawn_until = until
    queue.save(update_fields=["drawn_until"])


def _kind(row: Attention) -> str:
    decision = row.decision
    return "bulk" if decision.batch else pick_of(decision.args_sha256, decision.task.proposal.args_sha256)
