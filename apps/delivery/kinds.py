"""What people are told about, and which of it may wait. Pure.

A notification may wait for the end of quiet hours, be put into a digest, or be switched off by its reader only if its
task is of a low tier and its kind does not press. The web page always has it.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# Tiers run from 0 (low, reversible) to 11 (critical, irreversible); from here on the consequence is high.
FIRST_PRESSING_TIER = 6


@dataclass(frozen=True)
class Kind:
    """How a kind is called on the pages, and whether it presses whatever the tier."""

    label: str | Promise
    presses: bool = False


KINDS: dict[str, Kind] = {
    "warning": Kind(_("A deadline comes closer")),
    "assigned": Kind(_("A task was handed to you")),
    "delegated": Kind(_("A person handed you a task")),
    "escalation": Kind(_("A task was escalated")),
    "accountable": Kind(_("A task waits, and you are accountable for it"), presses=True),
    "emergency": Kind(_("Somebody decides in an emergency"), presses=True),
    "answered": Kind(_("An agent answered your question")),
    "unanswered": Kind(_("An agent did not answer your question in time")),
    "claim_lost": Kind(_("Your claim on a task ended")),
    "dispute": Kind(_("A reviewer disputes a known case")),
    "dispute_ruled": Kind(_("Somebody ruled on your dispute")),
    "outcome": Kind(_("An action turned out badly"), presses=True),
    "kpi": Kind(_("A number waits for its owner's word")),
    "budget": Kind(_("Work of agents comes near its budget, or is dear")),
    "budget_spent": Kind(_("A budget is spent and work has stopped"), presses=True),
    "quality": Kind(_("A figure crossed its limit")),
    "trust": Kind(_("The autonomy of a slice moved, or could"), presses=True),
    "readiness": Kind(_("Something a workflow has to have ready ends")),
    "review": Kind(_("What slices are let do waits for its review")),
    "drift": Kind(_("The work of a slice has changed")),
    "permissions": Kind(_("What an agent may propose waits for a review")),
    "privacy": Kind(_("Erasing data waits for a second person"), presses=True),
    "policy": Kind(_("A draft of a policy waits for a second person")),
    "halt": Kind(_("Work of agents was stopped, or goes on"), presses=True),
    "incident": Kind(_("Something has to be set right"), presses=True),
}


def may_wait(*, kind: str, tier: int) -> bool:
    """Whether this may be delayed, collected or switched off. A kind that is no more may not."""
    return tier < FIRST_PRESSING_TIER and kind in KINDS and not KINDS[kind].presses
