"""What a ledger entry can come from, and every reason for which something is not trust evidence."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Source(models.TextChoices):
    """Where a ledger entry comes from; with the source's id it makes the entry unique."""

    DECISION = "decision", _("a person's decision")
    ENDING = "ending", _("an end without a decision")
    OUTCOME = "outcome", _("a later outcome")


class NotEvidence(models.TextChoices):
    """Why an entry does not count."""

    EXPIRED = "expired", _("the proposal expired before anyone decided")
    WITHDRAWN = "withdrawn", _("the agent withdrew the proposal")
    POLICY = "policy", _("a policy decided, not a person")
    UNDONE = "undone", _("the person took the decision back")
    NOT_SETTLING = "not_settling", _("another person's decision settled the proposal")
    NOT_AGENTS_FAULT = "not_agents_fault", _("rejected for a reason that is not the agent's fault")
    DUPLICATE_CONTENT = "duplicate_content", _("the same content was counted before in this slice")
    OUTCOME_ONLY = "outcome_only", _("later outcomes raise the alarm, they prove nothing good")
