"""The words of outcomes: what is measured, which way is better, how an import stands, what an owner says."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Measure(models.TextChoices):
    """How a KPI is computed. All but `REPORTED` come from the events of cases."""

    CYCLE_TIME = "cycle_time", _("cycle time: hours from the first event of a case to its end, median")
    REWORK = "rework", _("rework rate: share of cases in which an activity was done again")
    HANDOVERS = "handovers", _("handovers: times a case changed hands, mean")
    THROUGHPUT = "throughput", _("throughput: cases that ended, in a week")
    COST = "cost", _("cost per case: the amounts its events carry, together, mean")
    REPORTED = "reported", _("reported: figures that people enter, such as satisfaction or time saved")


class Direction(models.TextChoices):
    """Which way is better."""

    LOWER = "lower", _("lower is better")
    HIGHER = "higher", _("higher is better")


class Cadence(models.TextChoices):
    """How often the owner confirms or disputes."""

    MONTH = "month", _("every month")
    QUARTER = "quarter", _("every quarter")


class LogFormat(models.TextChoices):
    """How an event log is written."""

    CSV = "csv", "CSV"
    XES = "xes", "XES"


class ExportFormat(models.TextChoices):
    """How an event log is handed out."""

    XES = "xes", _("XES: cases with their events, for tools of process mining")
    OCEL = "ocel", _("OCEL 2.0, JSON: events with their case, proposal and resource")
    CSV = "csv", _("CSV: a table, for spreadsheets")


class LogStatus(models.TextChoices):
    """How an import stands. Only what is `READY` is ever measured."""

    UPLOADED = "uploaded", _("waits for its columns to be named")
    QUEUED = "queued", _("waits for its import")
    READY = "ready", _("ready")
    FAILED = "failed", _("not imported")


class LogUse(models.TextChoices):
    """What an event log is for."""

    BASELINE = "baseline", _("before: a baseline")
    LIVE = "live", _("since: further events of the live process")


class Said(models.TextChoices):
    """What the owner of a KPI says of a period."""

    CONFIRMED = "confirmed", _("confirmed")
    DISPUTED = "disputed", _("disputed")


UNITS = {
    Measure.CYCLE_TIME: "h",
    Measure.REWORK: "%",
    Measure.HANDOVERS: "",
    Measure.THROUGHPUT: "",
}
"""Units of the measures that have one of their own."""

OWN_SOURCE = "own:"
"""How the names of those events of a live log begin that ReviewHub itself tells."""

OPENINGS = {"proposal.received": "Proposed"}
"""What makes a proposal wait for its answer: the audit verb, and what it is called in the live log."""

ANSWERS = {
    "proposal.approved": "Approved",
    "proposal.denied": "Rejected",
    "proposal.expired": "Expired",
    "proposal.withdrawn": "Withdrawn",
    "proposal.superseded": "Superseded",
}
"""What ends the wait of a proposal, in the same way. Each proposal that waits gets one of them."""
