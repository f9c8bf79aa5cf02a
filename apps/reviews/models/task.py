"""Tasks, and their stays in queues."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext as _

from apps.audit.append_only import never_removed
from apps.audit.ids import uuid7
from apps.delivery.unseen import seen
from apps.proposals.models import Proposal
from apps.registry.models import Workflow
from apps.reviews.models.queue import Queue
from apps.reviews.states import MOVES, Came, TaskStatus
from apps.routing.states import Verb


class Task(models.Model):
    """A unit of human work on a proposal.

    `rank_at` orders the queue (see `ranking`). `agent_owner_id`, `deciders`, `excluded` (who knows this case) and
    `skipped_by` keep the exclusions of the claim on the row it locks; who is in `lost_by` let a claim run out and is
    not given it again by ReviewHub. `also_in` are ids of further queues whose people may take it. After its first
    decision it goes to `second_queue`, where there is one. Tasks about one subject share `together` (see
    `gathering`). `hurried_at`: the escalation chain should move now. `is_blind_first`: whoever decides picks first,
    not knowing what the agent proposed (see `picking`). `version` grows with every change; deciding needs the one
    the reviewer saw. `active_ms` and `opened` are what the holder's page last told about how it is read (see
    `Attention`); empty without script. `broken_lease` is the lease under which somebody took it in an emergency: as
    long as it is the task's own, the ordinary rules do not hold.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    proposal = models.OneToOneField(Proposal, on_delete=models.PROTECT, related_name="task")
    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="+", db_index=False)
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="tasks", db_index=False)
    also_in = ArrayField(models.BigIntegerField(), default=list)
    second_queue = models.ForeignKey(
        Queue, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    together = models.UUIDField(null=True)
    status = models.CharField(max_length=10, choices=TaskStatus.choices, default=TaskStatus.OPEN)
    tier = models.PositiveSmallIntegerField()
    quorum = models.PositiveSmallIntegerField(default=1)
    is_blind_first = models.BooleanField(default=False)
    verbs = ArrayField(models.CharField(max_length=20, choices=Verb.choices))
    agent_owner_id = models.BigIntegerField()
    deciders = ArrayField(models.BigIntegerField(), default=list)
    excluded = ArrayField(models.BigIntegerField(), default=list)
    skipped_by = ArrayField(models.BigIntegerField(), default=list)
    lost_by = ArrayField(models.BigIntegerField(), default=list)
    opened_at = models.DateTimeField()
    claim_due_at = models.DateTimeField()
    due_at = models.DateTimeField()
    rank_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="claimed_tasks",
        db_index=False,
    )
    claimed_at = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    lease_expires_at = models.DateTimeField(null=True)
    broken_lease = models.UUIDField(null=True)
    active_ms = models.PositiveIntegerField(null=True)
    opened = models.PositiveSmallIntegerField(null=True)
    resume_at = models.DateTimeField(null=True)
    settles_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    hurried_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["queue", "rank_at", "id"], name="task_waiting", condition=models.Q(status="open")
            ),
            models.Index(fields=["queue", "due_at"], name="task_due", condition=models.Q(status="open")),
            models.Index(
                fields=["rank_at", "id"],
                name="task_widened",
                condition=models.Q(status="open") & ~models.Q(also_in=[]),
            ),
            models.Index(
                fields=["together"],
                name="task_together",
                condition=models.Q(together__isnull=False, closed_at__isnull=True),
            ),
            models.Index(
                fields=["hurried_at"],
                name="task_hurried",
                condition=models.Q(hurried_at__isnull=False, closed_at__isnull=True),
            ),
            models.Index(
                fields=["claimed_by"],
                name="task_held",
                condition=models.Q(status__in=["claimed", "asked", "decided"]),
            ),
            models.Index(fields=["resume_at"], name="task_asked", condition=models.Q(status="asked")),
            models.Index(
                fields=["lease_expires_at"], name="task_lease_ending", condition=models.Q(status="claimed")
            ),
            models.Index(fields=["settles_at"], name="task_settling", condition=models.Q(status="decided")),
            models.Index(
                fields=["queue", "proposal"],
                name="task_covered",
                condition=models.Q(is_blind_first=True, closed_at__isnull=True),
            ),
            models.Index(
                fields=["queue", "-closed_at"], name="task_closed", condition=models.Q(status="done")
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    status__in=["claimed", "decided"],
                    claimed_by__isnull=False,
                    claimed_at__isnull=False,
                    lease_token__isnull=False,
                    lease_expires_at__isnull=False,
                )
                | models.Q(
                    claimed_by__isnull=True,
                    claimed_at__isnull=True,
                    lease_token__isnull=True,
                    lease_expires_at__isnull=True,
                )
                & ~models.Q(status__in=["claimed", "decided"]),
                name="task_held_has_holder_and_lease",
            ),
            models.CheckConstraint(
                condition=models.Q(status="decided", settles_at__isnull=False)
                | ~models.Q(status="decided") & models.Q(settles_at__isnull=True),
                name="task_decided_settles",
            ),
            models.CheckConstraint(
                condition=models.Q(status="asked", resume_at__isnull=False)
                | ~models.Q(status="asked") & models.Q(resume_at__isnull=True),
                name="task_asked_comes_back",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["done", "cancelled"], closed_at__isnull=False)
                | ~models.Q(status__in=["done", "cancelled"]) & models.Q(closed_at__isnull=True),
                name="task_closed_has_its_time",
            ),
            models.CheckConstraint(condition=models.Q(quorum__gte=1), name="task_needs_somebody"),
        ]
        triggers = [
            pgtrigger.FSM(
                name="status_moves",
                field="status",
                transitions=sorted(
                    {
                        (before.value, move.after.value)
                        for move in MOVES.values()
                        for before in move.before
                        if before is not move.after
                    }
                ),
            ),
            pgtrigger.Trigger(
                name="closing_ends_visits",
                operation=pgtrigger.UpdateOf("closed_at"),
                when=pgtrigger.After,
                condition=pgtrigger.Q(old__closed_at__isnull=True, new__closed_at__isnull=False),
                func="""
                    UPDATE reviews_queuevisit SET left_at = NEW.closed_at, why_left = NEW.status
                    WHERE task_id = NEW.id AND left_at IS NULL;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"task {self.id}"

    @property
    def in_queues(self) -> set[int]:
        """Ids of every queue whose people may take it."""
        return {self.queue_id, *self.also_in}

    @property
    def is_covered(self) -> bool:
        """Whether lists and messages keep back what the agent proposed: somebody may still have to say first what
        they would do.
        """
        return self.is_blind_first and self.closed_at is None

    @property
    def headline(self) -> str:
        """How lists and messages call it, without signs nobody sees: the card shows those. Wants `proposal` loaded."""
        proposal = self.proposal
        if not self.is_covered:
            return seen(proposal.summary)
        if not proposal.subject_id:
            return _("What should be done? A case you decide before the agent's choice is shown")
        subject = seen(f"{proposal.subject_kind} {proposal.subject_id}".strip())
        return _("What should be done about {subject}?").format(subject=subject)

    @property
    def needed(self) -> int:
        """How many people have to choose the same. One decides a copy, whatever it says. Wants `proposal` loaded."""
        return 1 if self.proposal.is_copy else self.quorum

    @property
    def is_emergency(self) -> bool:
        """Whether whoever holds it took it outside the ordinary rules."""
        return self.broken_lease is not None and self.broken_lease == self.lease_token

    @property
    def topics(self) -> set[str]:
        """Whose pages show this task: what to announce when it changes."""
        return {f"queue:{queue_id}" for queue_id in self.in_queues}


class QueueVisit(models.Model):
    """One stay of a task in a queue: how it came, when it was to be decided then, and why it left.

    `why_left` is `reassigned`, or the status in which the task was closed. The trigger on tasks ends the last visits.
    """

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="visits")
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="visits", db_index=False)
    workflow_id = models.BigIntegerField()
    came = models.CharField(max_length=10, choices=Came.choices)
    entered_at = models.DateTimeField()
    due_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)
    why_left = models.CharField(max_length=10, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["task", "queue"], condition=models.Q(left_at__isnull=True), name="visit_live_once"
            ),
            models.CheckConstraint(
                condition=models.Q(left_at__isnull=True, why_left="")
                | models.Q(left_at__isnull=False) & ~models.Q(why_left=""),
                name="visit_left_has_its_reason",
            ),
        ]
        triggers = never_removed()

    def __str__(self) -> str:
        return f"{self.task} in {self.queue}"
