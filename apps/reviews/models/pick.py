"""What people said they would do before they knew what the agent proposed."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.audit.append_only import append_only
from apps.audit.ids import uuid7
from apps.reviews.models.task import Task
from apps.reviews.states import PickKind


class BlindPick(models.Model):
    """One person's choice on a task before the agent's was shown to them: made once, never changed or taken back.

    `offered` are the digests of the actions in the order they stood on the page. What is picked is one of these, doing
    nothing, or something else, which `note` describes. `is_as_proposed`: it is what the agent proposed.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="picks")
    round = models.PositiveSmallIntegerField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    kind = models.CharField(max_length=10, choices=PickKind.choices)
    action_name = models.CharField(max_length=80, blank=True)
    args = models.JSONField(null=True)
    args_sha256 = models.CharField(max_length=64, blank=True)
    offered = ArrayField(models.CharField(max_length=64))
    is_as_proposed = models.BooleanField()
    note = models.CharField(max_length=1000, blank=True)
    picked_at = models.DateTimeField()

    class Meta:
        triggers = append_only()
        indexes = [models.Index(fields=["by", "-picked_at"], name="pick_of_person")]
        constraints = [
            # Whoever has picked has seen what the agent proposed: a second pick, in whatever round, would not be blind.
            models.UniqueConstraint(fields=["task", "by"], name="pick_once_per_task_and_person"),
            models.CheckConstraint(
                condition=models.Q(kind=PickKind.ACTION)
                & ~models.Q(action_name="")
                & ~models.Q(args_sha256="")
                | ~models.Q(kind=PickKind.ACTION)
                & models.Q(action_name="", args_sha256="", args__isnull=True, is_as_proposed=False),
                name="pick_names_an_action_or_none",
            ),
            models.CheckConstraint(
                condition=models.Q(kind=PickKind.ELSE) & ~models.Q(note="")
                | ~models.Q(kind=PickKind.ELSE) & models.Q(note=""),
                name="pick_else_says_what",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.by}: {self.kind} {self.action_name}".strip()
