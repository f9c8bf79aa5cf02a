"""Who may stop work of agents, and who lets it go on. `check_` raises NotAllowed with a sentence.

Any one person who answers for all of what stops may stop it and keep it stopped; the same people let it go on, but for
whoever owns all the agents that stop. A monitor's key with the scope `halt` may stop anything, which is an admin's
word, and lifts only what it stopped itself and nobody kept.
"""

from datetime import date, timedelta

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.policies import NotAllowed, allows
from apps.delivery.unseen import readable
from apps.halts.models import Halt
from apps.halts.reach import Reach, reach_of
from apps.halts.states import HaltScope
from apps.halts.targets import Target, target_of
from apps.registry.models import AgentKey
from apps.registry.states import Scope

LONGEST = timedelta(days=366)


def check_halt(target: Target, *, by: User | AgentKey, reach: Reach | None = None) -> None:
    """Admins and governance stop anything; whom all workflows concerned name, what lies within those; a key, with the
    scope for it. `reach` is that of `by`, if it is known.
    """
    if isinstance(by, AgentKey):
        if Scope.HALT not in by.scopes:
            raise NotAllowed(_("The key lacks the scope `{scope}`.").format(scope=Scope.HALT.value))
        return
    if (reach or reach_of(by)).covers(target):
        return
    if target.scope is HaltScope.EVERYTHING:
        raise NotAllowed(_("Only an admin or governance may stop everything, and let it go on."))
    raise NotAllowed(
        _("Only admins, governance and whoever is accountable for all the work may stop it and let it go on.")
    )


def can_halt(target: Target, *, by: User, reach: Reach | None = None) -> bool:
    """Whether `by` may stop this."""
    return allows(check_halt, target, by=by, reach=reach)


def check_keep(halt: Halt, *, by: User, reach: Reach | None = None) -> None:
    """Who may stop it may look again and let it stand, the owner of the agent too."""
    check_stands(halt)
    check_halt(target_of(halt), by=by, reach=reach)


def can_keep(halt: Halt, *, by: User, reach: Reach | None = None) -> bool:
    """Whether `by` may let it stand for longer."""
    return allows(check_keep, halt, by=by, reach=reach)


def check_lift(halt: Halt, *, by: User | AgentKey, reach: Reach | None = None) -> None:
    """Who may stop it may let it go on, but nobody where all that stops is agents of their own; a monitor only what it
    stopped itself, until a person has kept it.
    """
    check_stands(halt)
    target = target_of(halt)
    if not isinstance(by, AgentKey):
        reach = reach or reach_of(by)
        check_halt(target, by=by, reach=reach)
        if reach.owns_all(target):
            raise NotAllowed(_("You own this agent: somebody else has to let it go on."))
        return
    check_halt(target, by=by)
    if halt.by_agent_id != by.agent_id:
        raise NotAllowed(_("A key lifts only what it stopped itself: a person has to lift this."))
    if halt.kept_at is not None:
        raise NotAllowed(_("A person has looked at it and let it stand: a person has to lift it."))


def can_lift(halt: Halt, *, by: User, reach: Reach | None = None) -> bool:
    """Whether `by` may let it go on."""
    return allows(check_lift, halt, by=by, reach=reach)


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
    if not readable(reason):
        raise NotAllowed(_("Give a reason: everybody who is stopped reads it."))


def check_look_again(on: date, *, today: date) -> None:
    """A day to come, within a year."""
    if not today < on <= today + LONGEST:
        raise NotAllowed(_("The day to look again lies ahead, within a year."))
