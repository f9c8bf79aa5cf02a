"""The states of a proposal as agents see them, and the only moves between them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

# What stands where words were taken out that may not be empty (see `apps.privacy`).
ERASED = "[erased]"
# What stands in the place of a run of which the traces were taken out and the contents stay.
RUN_ERASED = {"erased": True}


class Status(models.TextChoices):
    """What the agent is told. Anything but `approved` means: do not act."""

    PENDING = "pending", _("waiting for a decision")
    APPROVED = "approved", _("approved")
    DENIED = "denied", _("denied")
    EXPIRED = "expired", _("expired")
    CANCELLED = "cancelled", _("withdrawn")
    FAILED = "failed", _("execution failed")
    RECORDED = "recorded", _("recorded (shadow)")


class Substatus(models.TextChoices):
    """What a pending proposal is waiting for."""

    NONE = "none", _("nothing")
    QUEUED = "queued", _("in the queue")
    CLAIMED = "claimed", _("with a reviewer")
    INFO_REQUESTED = "info_requested", _("for information from the agent")
    ESCALATED = "escalated", _("escalated")
    SECOND_APPROVAL = "second_approval", _("for a second approver")
    VETO_WINDOW = "veto_window", _("in its veto window")
    SUPERSEDED = "superseded", _("superseded")


class Ending(models.TextChoices):
    """How a question to the agent ended."""

    ANSWERED = "answered", _("answered")
    UNANSWERED = "unanswered", _("not answered in time")
    CALLED_OFF = "called_off", _("called off")
    CLOSED = "closed", _("the proposal ended before")


# Verb of the proposals' actions -> (from, to).
TRANSITIONS: dict[str, tuple[Status, Status]] = {
    "approve": (Status.PENDING, Status.APPROVED),
    "deny": (Status.PENDING, Status.DENIED),
    "expire": (Status.PENDING, Status.EXPIRED),
    "withdraw": (Status.PENDING, Status.CANCELLED),
    "fail": (Status.APPROVED, Status.FAILED),
    "conclude": (Status.PENDING, Status.RECORDED),
}

TERMINAL = frozenset(set(Status) - {Status.PENDING})
# What could be carried out can turn out right or wrong.
GRANTED = (Status.APPROVED, Status.FAILED)


class Purpose(models.TextChoices):
    """Why a copy of a proposal is put before a person who does not know that it is one."""

    AUDIT = "audit", _("audit of what ran by itself")
    SECOND_LOOK = "second_look", _("second look at an override")
    BLIND = "blind", _("blind look at a shadow proposal")
    REPLAY = "replay", _("known case, shown again")
    AGREEMENT = "agreement", _("decided a second time, to see whether people agree")


# Copies that must not be told from ordinary work: they have its clock, its people and its agent version. A second look
# is one of them where ordinary work is looked at. The others are audits of a kind, which a reviewer may take for what
# they are.
LIKE_ANY_OTHER = frozenset({Purpose.REPLAY, Purpose.AGREEMENT})


class Provenance(models.TextChoices):
    """How far an item of evidence can be believed. Only ReviewHub sets `verified`."""

    VERIFIED = "verified", _("verified")
    ASSERTED = "asserted", _("asserted")
    UNCITED = "uncited", _("uncited")


class EvidenceKind(models.TextChoices):
    """What an item of evidence is."""

    TOOL_RESULT = "tool_result", _("tool result")
    DOCUMENT = "document", _("document")
    RECORD = "record", _("record")
    MESSAGE = "message", _("message")
    METRIC = "metric", _("metric")
    LINK = "link", _("link")


class DecidedBy(models.TextChoices):
    """What kind of decider gave the answer."""

    HUMAN = "human", _("a person")
    POLICY = "policy", _("a policy")
    FALLBACK = "fallback", _("the fallback")


class Retry(models.TextChoices):
    """What the agent is told about trying again."""

    NEVER = "never", _("never")
    AFTER_CHANGE = "after_change", _("after a change")
    LATER = "later", _("later")


class Disposition(models.TextChoices):
    """What the agent says became of an approved action."""

    EXECUTED = "executed", _("executed")
    NOT_EXECUTED = "not_executed", _("not executed")
    EXECUTION_ERROR = "execution_error", _("execution error")


class Verdict(models.TextChoices):
    """What later truth says about an action."""

    CORRECT = "correct", _("correct")
    WRONG = "wrong", _("wrong")
