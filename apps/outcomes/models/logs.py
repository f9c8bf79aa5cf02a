"""Event logs: what was uploaded, the events and cases in it, and what could not be read."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.audit.spelling import Plain, is_odd
from apps.outcomes.states import LogFormat, LogStatus, LogUse
from apps.registry.models import Workflow


class EventLog(models.Model):
    """One log of a workflow: an uploaded file, or the live one that ReviewHub and the API write.

    `mapping` names the columns (`case`, `activity`, `at`, `resource`, `cost`), the delimiter and the zone of times
    without one. Counts are those of the finished import.
    """

    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="event_logs")
    name = models.CharField(_("name"), max_length=120)
    use = models.CharField(max_length=10, choices=LogUse.choices)
    is_live = models.BooleanField(default=False)
    format = models.CharField(max_length=4, choices=LogFormat.choices, blank=True)
    mapping = models.JSONField(default=dict, blank=True)
    leaves_bad_out = models.BooleanField(default=False)
    status = models.CharField(max_length=10, choices=LogStatus.choices, default=LogStatus.UPLOADED)
    problem = models.CharField(max_length=500, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    rows_read = models.PositiveIntegerField(default=0)
    rows_bad = models.PositiveIntegerField(default=0)
    events = models.PositiveIntegerField(default=0)
    cases = models.PositiveIntegerField(default=0)
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workflow"], condition=models.Q(is_live=True), name="event_log_one_live_a_workflow"
            ),
            models.UniqueConstraint(fields=["workflow", "name"], name="event_log_name_once"),
            models.CheckConstraint(
                condition=models.Q(is_live=True, created_by__isnull=True)
                | models.Q(is_live=False, created_by__isnull=False),
                name="event_log_live_or_by_a_person",
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"],
                condition=models.Q(status=LogStatus.QUEUED),
                name="event_log_waits",
            )
        ]

    def __str__(self) -> str:
        return self.name


class LogPart(models.Model):
    """A piece of an uploaded file, kept until it is imported. Every worker can read it, wherever it runs."""

    log = models.ForeignKey(EventLog, on_delete=models.CASCADE, related_name="parts")
    position = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["log", "position"], name="log_part_position_once")]

    def __str__(self) -> str:
        return f"{self.log_id}/{self.position}"


class ImportProgress(models.Model):
    """How far a running import is. Written on a connection of its own: the import itself is one transaction.

    No foreign key, since the row of the log is locked meanwhile.
    """

    log_id = models.BigIntegerField(primary_key=True)
    bytes_read = models.PositiveBigIntegerField(default=0)
    rows_read = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.log_id}: {self.rows_read}"


class BadRow(models.Model):
    """A row that could not be read, with its line (in XES: the number of its event) and the reason."""

    log = models.ForeignKey(EventLog, on_delete=models.CASCADE, related_name="bad_rows")
    line = models.PositiveIntegerField()
    reason = models.CharField(max_length=300)

    class Meta:
        ordering = ["line"]

    def __str__(self) -> str:
        return f"{self.line}: {self.reason}"


class LogEvent(models.Model):
    """One event of a case. `source` is the writer's own name for it, which makes telling it twice telling it once.

    `cost` is what it cost, in the one currency of its workflow; None: nobody said.
    `is_followed`, in a live log: what it follows and what follows it is counted in `FollowedDay`.
    """

    log = models.ForeignKey(EventLog, on_delete=models.CASCADE, related_name="+", db_index=False)
    case = models.CharField(max_length=200)
    at = models.DateTimeField()
    position = models.PositiveIntegerField(default=0)
    activity = models.CharField(max_length=200)
    resource = models.CharField(max_length=200, blank=True)
    cost = models.DecimalField(max_digits=18, decimal_places=6, null=True)
    source = models.CharField(max_length=260, blank=True)
    is_followed = models.BooleanField(default=False, db_default=False)

    class Meta:
        indexes = [
            models.Index(fields=["log", "case"], name="log_event_of_case"),
            models.Index("log", Plain("case"), name="log_event_oddly_typed", condition=is_odd("case")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["log", "source"], condition=~models.Q(source=""), name="log_event_source_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.case}: {self.activity}"
