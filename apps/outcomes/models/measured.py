"""What the live process yields, kept so that a page adds up days and never scans cases."""

from django.db import models

from apps.audit.append_only import append_only
from apps.audit.following import ReadUntil
from apps.outcomes.models.kpis import KpiVersion
from apps.outcomes.models.logs import EventLog


class TouchedCase(models.Model):
    """A case of a live log with events that are not measured yet.

    A row for each time it was touched: were there one a case, whoever measures it could remove what another
    transaction, not yet committed, has just found to be there.
    """

    log = models.ForeignKey(EventLog, on_delete=models.CASCADE, related_name="+", db_index=False)
    case = models.CharField(max_length=200)

    class Meta:
        indexes = [models.Index(fields=["log", "id"], name="touched_case_of_log")]

    def __str__(self) -> str:
        return self.case


class MeasuredCase(models.Model):
    """One case under one version of a KPI: the day it ended, and its value (seconds, times, 0 and 1, or money)."""

    version = models.ForeignKey(KpiVersion, on_delete=models.CASCADE, related_name="+", db_index=False)
    case = models.CharField(max_length=200)
    ended_on = models.DateField()
    value = models.FloatField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "case"], name="measured_case_once")]
        indexes = [models.Index(fields=["version", "ended_on"], name="measured_case_by_day")]

    def __str__(self) -> str:
        return f"{self.case}: {self.value}"

    @property
    def hours(self) -> float:
        """The value of a duration in hours."""
        return self.value / 3600


class MeasuredDay(models.Model):
    """All cases of a day under one version: how many, the sum of their values, and their spread (see `figures.Day`)."""

    version = models.ForeignKey(KpiVersion, on_delete=models.CASCADE, related_name="days", db_index=False)
    day = models.DateField()
    n = models.PositiveIntegerField()
    total = models.FloatField()
    spread = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "day"], name="measured_day_once")]

    def __str__(self) -> str:
        return f"{self.day}: {self.n}"


class FollowedDay(models.Model):
    """How often one activity directly followed another in a log, by the day of the later one, and how long it took.

    An empty `before` is the start of a case, an empty `after` its end so far; neither takes time.
    `seconds` is the sum. A live log has `spread`, counts in the buckets of `process.following`; a log that is finished
    is read as a whole, so it has one row a pair, under the day it begins, with the exact `median`. `examples` are names
    of some of the cases.
    """

    log = models.ForeignKey(EventLog, on_delete=models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    before = models.CharField(max_length=200, blank=True)
    after = models.CharField(max_length=200, blank=True)
    n = models.IntegerField()
    seconds = models.FloatField(default=0)
    median = models.FloatField(null=True)
    spread = models.JSONField(default=dict)
    examples = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["log", "day", "before", "after"], name="followed_day_pair_once")
        ]

    def __str__(self) -> str:
        return f"{self.before} → {self.after}: {self.n}"


class Reading(models.Model):
    """A reported figure of a day. Entered again, the newest one counts; none is removed."""

    version = models.ForeignKey(KpiVersion, on_delete=models.PROTECT, related_name="readings")
    day = models.DateField()
    value = models.DecimalField(max_digits=16, decimal_places=4)
    source = models.CharField(max_length=200)
    at = models.DateTimeField()
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        ordering = ["-day", "-at"]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.day}: {self.value}"


class OwnEventsTold(ReadUntil):
    """Until where ReviewHub's own events were told to the live logs."""
