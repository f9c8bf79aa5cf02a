"""Queues, the tasks in them, and people's decisions on them."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.rights import PersonRight, TeamRight
from apps.accounts.roles import Role
from apps.audit.append_only import never_removed
from apps.audit.ids import uuid7
from apps.proposals.models import Proposal
from apps.registry.models import Workflow
from apps.reviews.states import MOVES, TaskStatus
from apps.routing.states import Verb
from apps.sla.models import Calendar


class Queue(models.Model):
    """Where tasks wait for people with a role on it. Its calendar turns working time into moments."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    description = models.TextField(_("description"), blank=True)
    calendar = models.ForeignKey(Calendar, on_delete=models.PROTECT, related_name="queues")
    lease_seconds = models.PositiveIntegerField(_("a claim lasts (seconds)"), default=1200)
    created_at = models.DateTimeField()

    class Meta:
        permissions = [(Role.REVIEWER.value, "Reviewer"), (Role.LEAD.value, "Lead")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(lease_seconds__gte=600, lease_seconds__lte=14_400),
                name="queue_lease_10min_to_4h",
            )
        ]

    def __str__(self) -> str:
        return self.name


class QueuePersonRight(PersonRight):
    """A person's role on a queue."""

    content_object = models.ForeignKey(Queue, on_delete=models.CASCADE)


class QueueTeamRight(TeamRight):
    """A team's role on a queue."""

    content_object = models.ForeignKey(Queue, on_delete=models.CASCADE)


class Task(models.Model):
    """A unit of human work on a proposal.

    `rank_at` orders the queue (see `ranking`). `agent_owner_id`, `deciders` and `skipped_by` keep the exclusions of
    the claim on the row it locks. `version` grows with every change; deciding needs the one the reviewer saw.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    proposal = models.OneToOneField(Proposal, on_delete=models.PROTECT, related_name="task")
    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="+", db_index=False)
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="tasks", db_index=False)
    status = models.CharField(max_length=10, choices=TaskStatus.choices, default=TaskStatus.OPEN)
    tier = models.PositiveSmallIntegerField()
    quorum = models.PositiveSmallIntegerField(default=1)
    round = models.PositiveSmallIntegerField(default=1)
    verbs = ArrayField(models.CharField(max_length=20, choices=Verb.choices))
    agent_owner_id = models.BigIntegerField()
    deciders = ArrayField(models.BigIntegerField(), default=list)
    skipped_by = ArrayField(models.BigIntegerField(), default=list)
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
    settles_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["queue", "rank_at"], name="task_waiting", condition=models.Q(status="open")),
            models.Index(fields=["queue", "due_at"], name="task_due", condition=models.Q(status="open")),
            models.Index(
                fields=["claimed_by"], name="task_held", condition=models.Q(status__in=["claimed", "decided"])
            ),
            models.Index(
                fields=["lease_expires_at"], name="task_lease_ending", condition=models.Q(status="claimed")
            ),
            models.Index(fields=["settles_at"], name="task_settling", condition=models.Q(status="decided")),
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
                condition=models.Q(status__in=["done", "cancelled"], closed_at__isnull=False)
                | ~models.Q(status__in=["done", "cancelled"]) & models.Q(closed_at__isnull=True),
                name="task_closed_has_its_time",
            ),
        ]
        triggers = [
            pgtrigger.FSM(
                name="status_moves",
                field="status",
                transitions=sorted(
                    {(before.value, move.after.value) for move in MOVES.values() for before in move.before}
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"task {self.id}"


class Decision(models.Model):
    """What one person decided on a task in one round. `role` is first, second or deciding.

    `seen_sha256` is the digest of the arguments that were on the page; the action to carry out is `args`.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="decisions")
    round = models.PositiveSmallIntegerField()
    role = models.CharField(max_length=10)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="decisions")
    verb = models.CharField(max_length=20, choices=Verb.choices)
    action_name = models.CharField(max_length=80, blank=True)
    args = models.JSONField(null=True)
    args_sha256 = models.CharField(max_length=64, blank=True)
    seen_sha256 = models.CharField(max_length=64)
    alternative_rank = models.PositiveSmallIntegerField(null=True)
    reason_code = models.CharField(max_length=40, blank=True)
    note = models.TextField(blank=True)
    retry = models.CharField(max_length=12, blank=True)
    was_blind = models.BooleanField(default=False)
    claimed_at = models.DateTimeField()
    decided_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["task", "round", "role"],
                condition=models.Q(undone_at__isnull=True),
                name="decision_once_per_task_round_role",
            ),
            models.UniqueConstraint(
                fields=["task", "by"],
                condition=models.Q(undone_at__isnull=True),
                name="decision_by_different_people",
            ),
            models.CheckConstraint(
                condition=models.Q(verb="approve") | ~models.Q(reason_code=""),
                name="decision_override_has_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(verb="reject", action_name="") | ~models.Q(verb="reject"),
                name="decision_rejection_names_no_action",
            ),
        ]
        triggers = [
            *never_removed(),
            pgtrigger.Protect(
                name="content_never_changes",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["undone_at"]),
            ),
            pgtrigger.Protect(
                name="undone_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__undone_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.by}: {self.verb}"
