"""What a step can do, why a run waits or ends, and what an incident is about."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Do(models.TextChoices):
    """What a step of a chain does."""

    NOTIFY = "notify", _("tell")
    WIDEN = "widen", _("also offer it to")
    REASSIGN = "reassign", _("move it to")
    RAISE_TIER = "raise_tier", _("raise its tier")
    REQUIRE_SECOND = "require_second", _("ask for a second person")
    FALLBACK = "fallback", _("apply the fallback")


class Outcome(models.TextChoices):
    """What became of one step of one run."""

    DONE = "done", _("done")
    NOBODY = "nobody", _("there was nobody to tell")
    MISSING = "missing", _("what it names does not exist")
    UNKNOWN = "unknown", _("the step could not be read")
    REFUSED = "refused", _("the task did not allow it")
    FAILED = "failed", _("it failed and was passed over")
    SKIPPED = "skipped", _("a later step was due as well")


class Because(models.TextChoices):
    """Why a step was taken at that moment."""

    DUE = "due", _("its time had come")
    HURRIED = "hurried", _("somebody asked to move on")
    PASSED_ON = "passed_on", _("the step before reached nobody")
    AUDIT = "audit", _("the auditor moved it on")


class Waiting(models.TextChoices):
    """For what a run is held although its step is due; empty when it is not."""

    NOTHING = "", _("nothing")
    CLAIM = "claim", _("the person who holds the task")
    ANSWER = "answer", _("the agent's answer")
    UNDO = "undo", _("the end of the time to take a decision back")


class Ended(models.TextChoices):
    """Why a run is over."""

    DECIDED = "decided", _("the task was decided")
    CANCELLED = "cancelled", _("the task was no longer needed")
    FALLBACK = "fallback", _("the fallback ended it")


class Kind(models.TextChoices):
    """What an incident is about."""

    CHAIN_MISSING = "chain_missing", _("a matrix names a chain that does not exist")
    CHAIN_GAP = "chain_gap", _("a chain reaches too few people")
    STEP_UNKNOWN = "step_unknown", _("a step of a chain cannot be read")
    STEP_MISSING = "step_missing", _("a step names something that does not exist")
    NO_RECIPIENTS = "no_recipients", _("a step had nobody to tell")
    NOBODY_ELIGIBLE = "nobody_eligible", _("nobody can take a task")
    NO_RESULT = "no_result", _("an approved action has no result")
    UNDELIVERED = "undelivered", _("messages do not arrive")
    RULE_FAILED = "rule_failed", _("a rule could not be answered")
    NOT_HEALED = "not_healed", _("a stalled task could not be helped")


class Finding(models.TextChoices):
    """What the auditor looks for among all open tasks."""

    NO_RUN = "no_run", _("no live escalation")
    LATE_STEP = "late_step", _("a step is overdue")
    NO_DELIVERY = "no_delivery", _("a message about a step did not leave")
    PAUSED_TOO_LONG = "paused_too_long", _("paused past its end")
    UNSETTLED = "unsettled", _("decided, but not settled")
    LEASE_OVER = "lease_over", _("held past the end of its claim")
    AHEAD = "ahead", _("set for later than can be, by a clock that was ahead")
    NOBODY_ELIGIBLE = "nobody_eligible", _("nobody may take it now")
    NO_RESULT = "no_result", _("approved, without a result in time")
    UNDELIVERED = "undelivered", _("a message was tried and does not arrive")


# The machinery is well although these are found: somebody has been told, and only people can mend them.
CONDITIONS = frozenset({Finding.NOBODY_ELIGIBLE, Finding.NO_RESULT, Finding.UNDELIVERED})
