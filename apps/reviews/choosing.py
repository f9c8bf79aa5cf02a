"""Which exact action does what a reviewer sent stand for, and can it be a decision at all?"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from apps.proposals.digests import action_sha256
from apps.proposals.models import Alternative, Proposal
from apps.proposals.states import Retry
from apps.registry.models import ReasonCode
from apps.registry.schemas import compile_schema, dotted
from apps.reviews.models import Task
from apps.routing.states import OVERRIDES, Verb


class Invalid(ValueError):
    """What was sent cannot be a decision. `field` names the input, the text says what to do."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(message)


class Conflict(Exception):
    """The task is not as it was on the page: decided, taken, returned or withdrawn. Carries it as it is now."""

    def __init__(self, task: Task, message: str) -> None:
        self.task = task
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Choice:
    """What the reviewer sent. `args` only for an edit, `alternative_rank` only for choosing one.

    `seen_sha256` is the digest of the arguments on the page; `typed` what was typed to confirm (see `caution`),
    `batch` what was approved together with it (see `bulk`). `active_ms` and `opened` are what the page told
    about how it was read.
    """

    verb: Verb
    seen_sha256: str
    args: dict[str, Any] | None = None
    alternative_rank: int | None = None
    reason_code: str = ""
    note: str = ""
    retry: Retry = Retry.NEVER
    typed: str = ""
    batch: UUID | None = None
    active_ms: int | None = None
    opened: int | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """The action that would be granted; no name means: none."""

    name: str
    args: dict[str, Any] | None
    sha256: str


_NOTHING = Chosen("", None, "")


def chosen_action(task: Task, proposal: Proposal, choice: Choice) -> Chosen:
    """The exact action this choice would grant. Raises Invalid or Conflict."""
    if choice.verb not in task.verbs:
        raise Invalid("verb", _("This is not among the decisions the policy allows here."))
    if choice.seen_sha256 != proposal.args_sha256:
        raise Conflict(task, _("The arguments on your page are not those of the proposal. Look again."))
    return action_meant(proposal, choice)


def action_meant(proposal: Proposal, choice: Choice) -> Chosen:
    """The action a choice stands for, whoever makes it and wherever. Raises Invalid."""
    _check_reason(proposal, choice)
    if choice.verb is Verb.APPROVE:
        return Chosen(proposal.action_type.name, proposal.args, proposal.args_sha256)
    if choice.verb is Verb.EDIT:
        return _edited(proposal, choice)
    if choice.verb is Verb.CHOOSE_ALTERNATIVE:
        return _alternative(proposal, choice)
    return _NOTHING


def _check_reason(proposal: Proposal, choice: Choice) -> None:
    if choice.verb not in OVERRIDES:
        return
    known = ReasonCode.objects.filter(workflow_id=proposal.workflow_id, code=choice.reason_code)
    if not known.exists():
        raise Invalid("reason_code", _("Choose a reason from the list."))


def _edited(proposal: Proposal, choice: Choice) -> Chosen:
    if choice.args is None:
        raise Invalid("args", _("Give the edited arguments."))
    problems = compile_schema(proposal.action_type.args_schema).problems(choice.args)
    if problems:
        raise Invalid(
            "args", "; ".join(f"{dotted(path) or _('arguments')}: {text}" for path, text in problems)
        )
    sha256 = action_sha256(proposal.action_type.name, choice.args)
    if sha256 == proposal.args_sha256:
        raise Invalid("args", _("Nothing was changed. Approve it, or change a value."))
    return Chosen(proposal.action_type.name, choice.args, sha256)


def _alternative(proposal: Proposal, choice: Choice) -> Chosen:
    rank = choice.alternative_rank
    found = Alternative.objects.filter(proposal=proposal, rank=rank).first() if rank is not None else None
    if found is None:
        raise Invalid("alternative_rank", _("There is no such alternative."))
    return Chosen(found.action_name, found.args, found.args_sha256)
