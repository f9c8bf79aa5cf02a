"""What the rows of each model are called on pages and certificates."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ROWS: Mapping[str, str | Promise] = {
    "audit.Event": _("Events of the audit log"),
    "costs.Run": _("Runs in the costs"),
    "costs.Usage": _("Reports of what was used"),
    "delivery.Delivery": _("Messages"),
    "delivery.Notification": _("Notifications"),
    "delivery.OutboxEvent": _("Events for webhooks"),
    "escalation.Incident": _("Incidents"),
    "evaluation.JudgeScore": _("Scores of judges"),
    "intake.IdempotencyKey": _("Answers to repeated requests"),
    "outcomes.FollowedDay": _("Examples of what follows what"),
    "outcomes.LogEvent": _("Events of the process"),
    "outcomes.MeasuredCase": _("Measured cases"),
    "outcomes.TouchedCase": _("Cases to be measured"),
    "proposals.Alternative": _("Alternatives"),
    "proposals.Assessment": _("Assessments"),
    "proposals.Evidence": _("Items of evidence"),
    "proposals.Grant": _("Grants"),
    "proposals.HumanAction": _("What people did"),
    "proposals.Outcome": _("Later outcomes"),
    "proposals.Proposal": _("Proposals and copies of them"),
    "proposals.Question": _("Questions and answers"),
    "proposals.Resolution": _("Answers"),
    "proposals.Result": _("Results"),
    "reviews.BlindPick": _("Picks"),
    "reviews.Decision": _("Decisions"),
    "reviews.Emergency": _("Emergencies"),
    "reviews.GoldCase": _("Known cases"),
    "reviews.GoldDispute": _("Disputes"),
    "trust.LedgerEntry": _("Entries of the ledger"),
    "trust.SeedVoid": _("Known answers taken back"),
}


def called(label: str) -> str:
    """The rows of this model in words; of one nobody named, its own name."""
    return str(ROWS.get(label, label))
