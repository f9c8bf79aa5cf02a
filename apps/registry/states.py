"""The scales on which actions are placed, stages of trust, scopes of keys. Values and their order; no I/O."""

from collections.abc import Iterable

from django.db import models
from django.utils.translation import gettext_lazy as _


class Consequence(models.TextChoices):
    """How much it matters if the action is wrong."""

    LOW = "low", _("low")
    MODERATE = "moderate", _("moderate")
    HIGH = "high", _("high")
    CRITICAL = "critical", _("critical")


class Reversibility(models.TextChoices):
    """Whether it can be undone. Unknown counts as irreversible."""

    REVERSIBLE = "reversible", _("reversible")
    COMPENSABLE = "compensable", _("compensable")
    IRREVERSIBLE = "irreversible", _("irreversible")


class Effect(models.TextChoices):
    """What carrying the action out touches."""

    MOVES_MONEY = "moves_money", _("moves money")
    CHANGES_RECORD = "changes_record", _("changes a record")
    EXTERNAL_COMMUNICATION = "external_communication", _("reaches someone outside")
    DELETES_DATA = "deletes_data", _("deletes data")
    COMMITS_ORGANISATION = "commits_organisation", _("commits the organisation")


class Stage(models.TextChoices):
    """How far a slice of work may go by itself."""

    SHADOW = "shadow", _("shadow")
    ASSISTED = "assisted", _("assisted")
    SUPERVISED = "supervised", _("supervised")
    SUSPENDED = "suspended", _("suspended")


class Scope(models.TextChoices):
    """What an agent's key may be used for."""

    PROPOSE = "propose", _("send and withdraw proposals")
    READ = "read", _("read own proposals and slices")
    REPORT = "report", _("redeem grants, report results and outcomes")
    JUDGE = "judge", _("say what a judge thinks of proposals")
    HALT = "halt", _("stop any work of agents, and let go on what it stopped")


USUAL_SCOPES = (Scope.PROPOSE, Scope.READ, Scope.REPORT)
"""What an agent needs that proposes. A judge and a monitor have keys of their own."""


class RecordKind(models.TextChoices):
    """What is on record beside a version of an agent."""

    VALIDATION = "validation", _("validation")
    APPROVAL = "approval", _("approval")


class AgentStatus(models.TextChoices):
    """Whether an agent is let in."""

    ACTIVE = "active", _("active")
    SUSPENDED = "suspended", _("suspended")


def stricter_consequence(values: Iterable[str]) -> Consequence:
    """The most consequential of `values` (at least one)."""
    order = list(Consequence)
    return max((Consequence(value) for value in values), key=order.index)


def stricter_reversibility(values: Iterable[str]) -> Reversibility:
    """The least reversible of `values` (at least one)."""
    order = list(Reversibility)
    return max((Reversibility(value) for value in values), key=order.index)
