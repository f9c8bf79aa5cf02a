"""What people said they would do before they saw the agent's choice, in words; and the decisions with it."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from apps.desk.queries.granting import granted
from apps.desk.queries.sight import Sight
from apps.proposals.models import Proposal
from apps.reviews.models import BlindPick, Decision, Task
from apps.reviews.states import PickKind


@dataclass(frozen=True, slots=True)
class Picked:
    """A pick in words; `sha256` is the digest of the action, empty for none."""

    words: str
    sha256: str
    is_as_proposed: bool


@dataclass(frozen=True, slots=True)
class Vote:
    """A decision that stands, its note as the reader sees it, and what its maker had picked, if anything.

    `emergency` is why it was made outside the ordinary rules; empty mostly.
    """

    decision: Decision
    note: str
    pick: Picked | None
    emergency: str = ""


def picked(pick: BlindPick | None, proposal: Proposal, seen: Sight) -> Picked | None:
    """The pick as this person sees it; None without one. Wants `action_type` loaded."""
    if pick is None:
        return None
    if pick.kind == PickKind.ACTION:
        words = granted(proposal, (pick.action_name, pick.args or {}), seen)
    elif pick.kind == PickKind.NOTHING:
        words = _("nothing")
    else:
        words = _("something else: {what}").format(what=seen.text(pick.note))
    return Picked(words, pick.args_sha256, pick.is_as_proposed)


def votes_on(task: Task, proposal: Proposal, seen: Sight) -> list[Vote]:
    """The decisions on a task that were not taken back, in order. One query."""
    rows = task.decisions.filter(undone_at__isnull=True).select_related("by", "pick", "emergency")
    return [
        Vote(row, seen.text(row.note), picked(row.pick, proposal, seen), _emergency(row, seen))
        for row in rows.order_by("decided_at", "id")
    ]


def _emergency(row: Decision, seen: Sight) -> str:
    return "" if row.emergency is None else seen.text(row.emergency.reason)
