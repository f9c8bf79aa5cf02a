"""A reviewer says what they would do before they know what the agent would: where the task asks for it, first of all.

The pick is made once, never changed and never taken back, whatever becomes of the task or the decision: from then on
the person knows the agent's side. It grants nothing.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.proposals.models import Proposal
from apps.reviews import policies
from apps.reviews.as_seen import check_current, check_open_to
from apps.reviews.choosing import Conflict, Invalid
from apps.reviews.locking import locked
from apps.reviews.models import BlindPick, Task
from apps.reviews.offering import ELSE, NOTHING, Action, Option, option_of, options
from apps.reviews.settling import standing
from apps.reviews.states import PickKind
from apps.reviews.telling import tell
from apps.reviews.verdicts import role_of_next

LONGEST = 1000


@dataclass(frozen=True, slots=True)
class Picked:
    """What the reviewer sent: the key of an option, `NOTHING` or `ELSE`; of something else, what it is."""

    key: str
    note: str = ""


def offered_to(task: Task, *, by: User) -> list[Option]:
    """The actions between which `by` picks. Wants `proposal`, its `action_type` and `alternatives` loaded."""
    proposal = task.proposal
    actions = [
        Action(proposal.action_type.name, proposal.args, proposal.args_sha256),
        *(Action(one.action_name, one.args, one.args_sha256) for one in proposal.alternatives.all()),
    ]
    return options(actions, task_id=task.pk, person=by.pk, secret=settings.SECRET_KEY.encode())


def pick(
    *, task_id: UUID, by: User, picked: Picked, lease_token: UUID, version: int, now: datetime
) -> BlindPick:
    """Keep what `by`, who holds the task, would do. Raises Conflict, NotAllowed or Invalid, as `decide` does."""
    note = picked.note.strip()
    if len(note) > LONGEST:
        raise Invalid("note", _("At most {most} characters.").format(most=LONGEST))
    with transaction.atomic():
        task = locked(task_id)
        check_current(task, by, lease_token, version, now)
        policies.check_take(task, by=by, queues=policies.queue_ids(by), now=now)
        check_open_to(task, task.proposal, by, now)
        if not task.is_blind_first or task.is_emergency:
            raise Invalid("", _("Here nothing is picked first: decide it."))
        if policies.pick_of(task, by) is not None:
            raise Conflict(task, _("You have said what you would do; it is kept once. Decide now."))
        offered = offered_to(task, by=by)
        row = BlindPick.objects.create(
            task=task,
            round=role_of_next(len(standing(task)))[0],
            by=by,
            offered=[option.action.sha256 for option in offered],
            picked_at=now,
            **_meant(task.proposal, offered, picked.key, note),
        )
        # Not what: whoever decides after this person must not learn it from the log.
        tell("task.picked", task, by=by, now=now)
        return row


def _meant(proposal: Proposal, offered: list[Option], key: str, note: str) -> dict[str, object]:
    """The fields that say what was picked. Raises Invalid."""
    if key == ELSE:
        if not note:
            raise Invalid("note", _("Say what else you would do."))
        return {"kind": PickKind.ELSE, "note": note, "is_as_proposed": False}
    if key == NOTHING:
        return {"kind": PickKind.NOTHING, "is_as_proposed": False}
    option = option_of(offered, key)
    if option is None:
        raise Invalid("option", _("Pick what you would do."))
    action = option.action
    return {
        "kind": PickKind.ACTION,
        "action_name": action.name,
        "args": action.args,
        "args_sha256": action.sha256,
        "is_as_proposed": action.sha256 == proposal.args_sha256,
    }
