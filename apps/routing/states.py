"""The four ways a proposal can go, and what may happen when nobody decides in time."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Route(models.TextChoices):
    """What is done with a proposal on arrival."""

    REFUSE = "refuse", _("refused")
    RECORD = "record", _("recorded only")
    REVIEW = "review", _("a person decides")
    ACT = "act", _("the agent acts")


class Fallback(models.TextChoices):
    """What a timeout may do. Approving is not on the list, and never will be."""

    HOLD = "hold", _("keep holding")
    REJECT = "reject", _("reject")


class BlindFirst(models.TextChoices):
    """Of which looks a cell asks that the reviewer says first, not knowing the agent's choice, what they would do."""

    REVIEWS = "reviews", _("every review")
    AUDITS = "audits", _("audits of what runs by itself")
    SHADOW = "shadow", _("looks at shadow proposals")


# Where a cell says nothing else: what is looked at as a sample tells more when the look is blind.
USUALLY_BLIND = (BlindFirst.AUDITS, BlindFirst.SHADOW)


# What waits longer for a veto should be decided by a person.
LONGEST_VETO_MINUTES = 7 * 24 * 60


# The escalation chain of a cell that names no other; there is always one of this name.
DEFAULT_CHAIN = "standard"


class Layer(models.TextChoices):
    """Which of the three layers gave a reason."""

    MODEL = "model", _("confidence")
    RULE = "rule", _("rule")
    CONTEXT = "context", _("context")


class Verb(models.TextChoices):
    """What a person can decide on a task."""

    APPROVE = "approve", _("approve")
    EDIT = "edit", _("edit")
    CHOOSE_ALTERNATIVE = "choose_alternative", _("choose an alternative")
    REJECT = "reject", _("reject")


OVERRIDES = frozenset({Verb.EDIT, Verb.CHOOSE_ALTERNATIVE, Verb.REJECT})
