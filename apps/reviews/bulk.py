"""Approves several like tasks with one press, each by the one verb `decide`, marked as what it is.

Looking at each is the rule; this is the exception for what a wrong press does little harm with
(`caution.check_in_bulk`), in one slice, after a sample was opened by the same person in the same session. Which ones
the sample is, nobody chooses. Such a decision is never evidence of trust. Each stands for itself: one that cannot be
made stops no other.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.models import User
from apps.accounts.policies import NotAllowed
from apps.reviews import claiming, deciding, returning
from apps.reviews.caution import check_in_bulk
from apps.reviews.choosing import Choice, Conflict, Invalid
from apps.reviews.keeping import check_may_pass
from apps.reviews.models import Decision, Task
from apps.reviews.states import TaskStatus
from apps.routing.states import Verb

FEWEST, MOST = 2, 50
SAMPLE = 3


@dataclass(frozen=True, slots=True)
class Done:
    """What came of it: the batch its decisions carry, how many there are, and a sentence for each task left out."""

    batch: UUID
    approved: int
    refused: list[str]


def sample(task_ids: Iterable[UUID], seed: str) -> list[UUID]:
    """The tasks to open before all of these are approved: the same for the same seed, and nobody's choice. Pure."""
    return sorted(task_ids, key=lambda pk: hashlib.sha256(f"{seed}:{pk}".encode()).digest())[:SAMPLE]


def approve_all(
    *,
    seen: Mapping[UUID, str],
    opened: Collection[UUID],
    seed: str,
    by: User,
    now: datetime,
) -> Done:
    """Claim and approve each of these tasks. `seen` is {task id: digest of the arguments that were on the page}.

    `opened` are the tasks whose cards this person opened in this session, `seed` is the session's. Raises Invalid when
    they cannot be approved together at all.
    """
    if not FEWEST <= len(seen) <= MOST:
        raise Invalid(
            "tasks",
            _("Between {fewest} and {most} tasks can be approved together.").format(fewest=FEWEST, most=MOST),
        )
    tasks = list(Task.objects.filter(pk__in=seen).select_related("proposal"))
    if len(tasks) < len(seen) or len({task.proposal.slice_id for task in tasks}) != 1:
        raise Invalid("tasks", _("Only tasks of one slice can be approved together."))
    unopened = set(sample(seen, seed)) - set(opened)
    if unopened:
        told = ngettext(
            "Open %(n)d more of the sample first.", "Open %(n)d more of the sample first.", len(unopened)
        )
        raise Invalid("opened", told % {"n": len(unopened)})
    batch, refused = uuid4(), []
    for task in sorted(tasks, key=lambda one: (one.rank_at, one.pk)):
        try:
            with transaction.atomic():
                _approve(task, seen[task.pk], batch, by, now)
        except (NotAllowed, Conflict, Invalid, claiming.Taken) as refusal:
            refused.append(str(refusal))
    return Done(batch, len(tasks) - len(refused), refused)


def undo_all(*, batch: UUID, by: User, now: datetime) -> int:
    """Take back what can still be taken back of `by`'s batch; the tasks return to their queue. How many did."""
    rows = Decision.objects.filter(
        batch=batch, by=by, undone_at__isnull=True, task__status=TaskStatus.DECIDED
    )
    undone = 0
    for task_id in rows.order_by("decided_at", "id").values_list("task_id", flat=True):
        try:
            with transaction.atomic():
                deciding.undo(task_id=task_id, by=by, now=now)
                # They never were in anybody's hands one by one, and would be too many for them.
                returning.release(task_id=task_id, by=by, now=now)
        except (Conflict, NotAllowed):
            continue
        undone += 1
    return undone


def _approve(task: Task, seen_sha256: str, batch: UUID, by: User, now: datetime) -> None:
    check_in_bulk(task)
    check_may_pass(task, by=by, field="batch")
    held = claiming.claim(task_id=task.pk, by=by, now=now)
    if held.lease_token is None:
        raise claiming.Taken(held)
    deciding.decide(
        task_id=task.pk,
        by=by,
        choice=Choice(verb=Verb.APPROVE, seen_sha256=seen_sha256, batch=batch),
        lease_token=held.lease_token,
        version=held.version,
        now=now,
    )
