"""Who may stop work of agents, and who lets it go on. `check_` raises NotAllowed with a sentence.

Any one person who answers for all of what stops may stop it; the same people let it go on. A monitor's key with the
scope `halt` may stop anything, which is an admin's word, and lifts only what it stopped itself and nobody kept.
"""

from datetime import date, timedelta

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from apps.accounts import rights
from apps.accounts.models import User
from apps.accounts.policies import NotAllowed, allows
from apps.accounts.roles import Role
from apps.halts.models import Halt
from apps.halts.states import HaltScope
from apps.halts.targets import Target, target_of
from apps.registry.models import Agent
from apps.registry.visibility import named_workflow_ids

LONGEST = timedelta(days=366)


def check_halt(target: Target, *, by: User | Agent) -> None:
    """Admins and governance stop anything; whom all workflows concerned name, what lies within those."""
    if isinstance(by, Agent):
        return
    if rights.holds_everywhere(by, Role.ADMIN, Role.GOVERNANCE):
        return
    if target.scope is HaltScope.EVERYTHING:
        raise NotAllowed(_("Only an admin or governance may stop everything, and let it go on."))
    concerned = target.workflow_ids()
    if not concerned or not concerned <= named_workflow_ids(by):
        raise NotAllowed(
            _(
                "Only admins, governance and whoever is accountable for all the work may stop it and let it go on."
            )
        )


def can_halt(target: Target, *, by: User) -> bool:
    """Whether `by` may stop this."""
    return allows(check_halt, target, by=by)


def check_lift(halt: Halt, *, by: User | Agent) -> None:
    """Who may stop it may let it go on, but nobody their own agent; a monitor only what it stopped itself, until a
    person has kept it.
    """
    check_stands(halt)
    if not isinstance(by, Agent):
        check_halt(target_of(halt), by=by)
        agent = halt.agent or (halt.slice.agent if halt.slice else None)
        if agent is not None and agent.owner_id == by.pk:
            raise NotAllowed(_("You own this agent: somebody else has to let it go on."))
    elif halt.by_agent_id != by.pk:
        raise NotAllowed(_("A key lifts only what it stopped itself: a person has to lift this."))
    elif halt.kept_at is not None:
        raise NotAllowed(_("A person has looked at it and let it stand: a person has to lift it."))


def can_lift(halt: Halt, *, by: User) -> bool:
    """Whether `by` may let it go on, or let it stand for longer."""
    return allows(check_lift, halt, by=by)


def check_may_divide(action_type_id: int) -> None:
    """While a slice is halted its work goes to no other one: it would go on there."""
    halted = Halt.objects.standing().with_targets().filter(slice__action_type=action_type_id).first()
    if halted is not None:
        raise NotAllowed(
            _("{what} is halted: its work cannot be divided otherwise until it is lifted.").format(
                what=capfirst(str(halted))
            )
        )


def check_stands(halt: Halt) -> None:
    """What was lifted stays lifted."""
    if not halt.is_standing:
        raise NotAllowed(_("This halt was lifted already."))


def check_reason(reason: str) -> None:
    """Everybody who is stopped reads it."""
    if not reason.strip():
        raise NotAllowed(_("Give a reason: everybody who is stopped reads it."))


def check_look_again(on: date, *, today: date) -> None:
    """A day to come, within a year."""
    if not today < on <= today + LONGEST:
        raise NotAllowed(_("The day to look again lies ahead, within a year."))
