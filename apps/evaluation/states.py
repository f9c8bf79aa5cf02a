"""The words of evaluation: scales of judges, where a comparison comes from, how agent and people differ."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Scale(models.TextChoices):
    """What a judge says about a proposal."""

    VERDICT = "verdict", _("correct or wrong")
    CHOICE = "choice", _("as proposed, another action, nothing")
    REASON = "reason", _("the reason people would give, or as proposed")
    SCORE = "score", _("a number, correct from a stated one on")


class Source(models.TextChoices):
    """Where it is known from what people did about a shadow proposal."""

    REPORTED = "reported", _("reported from the process")
    BLIND = "blind", _("a reviewer who did not know the agent's choice")
    BESIDE = "beside", _("reported, where a blind reviewer looks as well")
    OPINION = "opinion", _("a reviewer who had seen the proposal")


# What agreement is counted in: one comparison a proposal. Whoever says something after seeing it proves nothing.
COUNTED = (Source.REPORTED, Source.BLIND)


class Kind(models.TextChoices):
    """How people's choice differs from the agent's."""

    SAME = "same", _("the same")
    LARGER = "larger", _("the same action, the agent for a larger amount")
    SMALLER = "smaller", _("the same action, the agent for a smaller amount")
    OTHER_VALUES = "other_values", _("the same action with other values")
    ALTERNATIVE = "alternative", _("one of the agent's alternatives")
    OTHER_ACTION = "other_action", _("another action")
    NOTHING = "nothing", _("the agent would act, people did nothing")


class Later(models.TextChoices):
    """What later truth says about what the agent proposed, corrections included."""

    UNKNOWN = "", _("nothing reported later")
    CORRECT = "correct", _("correct, as it turned out")
    WRONG = "wrong", _("wrong, as it turned out")


class Outcome(models.TextChoices):
    """What came of a case: the groups a sample is drawn from."""

    APPROVED = "approved", _("approved as proposed")
    EDITED = "edited", _("approved with other values")
    ALTERNATIVE = "alternative", _("an alternative was chosen")
    REJECTED = "rejected", _("rejected")
    SHADOW_SAME = "shadow_same", _("in shadow: people did the same")
    SHADOW_OTHER = "shadow_other", _("in shadow: people did something else")

    @property
    def is_shadow(self) -> bool:
        """Whether people never answered the agent, but did something themselves."""
        return self in (Outcome.SHADOW_SAME, Outcome.SHADOW_OTHER)
