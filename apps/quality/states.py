"""The words of quality: what is counted of a case, and what can come of it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class What(models.TextChoices):
    """What is counted of a case, each at most once."""

    ARRIVAL = "arrival", _("how it came")
    ATTEMPT = "attempt", _("an attempt that was refused")
    DECISION = "decision", _("what a person decided")
    TASK = "task", _("whether somebody decided in time")
    WAIT = "wait", _("how long it waited beyond its target")
    ACTION = "action", _("what was approved, and heard of again")
    RESULT = "result", _("what the agent reported")


class Came(models.TextChoices):
    """What came of it."""

    TO_PERSON = "to_person", _("a person decides")
    BY_ITSELF = "by_itself", _("the agent acts")
    IN_SHADOW = "in_shadow", _("recorded in shadow")
    VIOLATION = "violation", _("not allowed")
    ACCEPTED = "accepted", _("approved as proposed")
    CORRECTED = "corrected", _("approved with changes")
    REJECTED = "rejected", _("rejected")
    IN_TIME = "in_time", _("decided without an escalation")
    ESCALATED = "escalated", _("escalated")
    FALLEN_BACK = "fallen_back", _("the fallback came")
    LATE = "late", _("decided after its target")
    HEARD_OF = "heard_of", _("nothing unusual")
    SILENT = "silent", _("failed silently")
    EXECUTED = "executed", _("carried out")
    FAILED = "failed", _("failed")


# Of one case the later of these takes the place of the earlier; what stands alone never changes.
GROWS = (
    (Came.IN_SHADOW, Came.BY_ITSELF, Came.TO_PERSON),
    (Came.IN_TIME, Came.ESCALATED, Came.FALLEN_BACK),
    (Came.HEARD_OF, Came.SILENT),
)
