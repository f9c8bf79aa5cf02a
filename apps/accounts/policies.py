"""May this person do that, now? How every rule is written and told, and the rules about people themselves.

A rule is a pair: `check_x` raises `NotAllowed` with one sentence, `can_x` answers yes or no by asking
`check_x`. The same sentence is the error on the page and the tooltip of the button that is not offered.
`NotAllowed` becomes a 403.
"""

from collections.abc import Callable
from typing import ParamSpec

from django.core.exceptions import PermissionDenied
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from apps.accounts import rights
from apps.accounts.models import User
from apps.accounts.roles import Role

P = ParamSpec("P")


# Offices that read everything and change nothing by that.
READING_OFFICES = (Role.ADMIN, Role.GOVERNANCE, Role.AUDITOR)


class NotAllowed(PermissionDenied):
    """A rule forbids this. `sentence` says which, in words for the person who tried."""

    def __init__(self, sentence: str | Promise) -> None:
        self.sentence = str(sentence)
        super().__init__(self.sentence)


def why_not(check: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> str:
    """The sentence with which `check(...)` forbids it, or "" when it is allowed."""
    try:
        check(*args, **kwargs)
    except NotAllowed as refusal:
        return refusal.sentence
    return ""


def allows(check: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> bool:
    """Whether `check(...)` raises nothing."""
    return why_not(check, *args, **kwargs) == ""


def reads_everything(user: User) -> bool:
    """Whether an office lets this person read the work of all queues and workflows."""
    return rights.holds_everywhere(user, *READING_OFFICES)


def check_manage_people(by: User | None) -> None:
    """Only admins add people, change roles and teams, and let people in or out; and the operator (None)."""
    if by is not None and not rights.holds_everywhere(by, Role.ADMIN):
        raise NotAllowed(_("Only an admin may change people, teams and roles."))


def can_manage_people(by: User | None) -> bool:
    """Whether `by` may add and change people."""
    return allows(check_manage_people, by)


def check_set_active(person: User, *, active: bool, by: User | None) -> None:
    """Nobody shuts out themselves, or the last admin who may sign in."""
    check_manage_people(by)
    if active:
        return
    if by is not None and person.pk == by.pk:
        raise NotAllowed(_("You cannot close your own account: another admin has to."))
    check_leaves_an_admin(person)


def can_set_active(person: User, *, active: bool, by: User | None) -> bool:
    """Whether `by` may let this person in or out."""
    return allows(check_set_active, person, active=active, by=by)


def check_dismiss(person: User, role: Role, *, by: User | None) -> None:
    """The last admin who may sign in keeps the role."""
    check_manage_people(by)
    if role is Role.ADMIN:
        check_leaves_an_admin(person)


def check_leaves_an_admin(person: User) -> None:
    """Without this person there is still an admin who may sign in."""
    others = User.objects.filter(offices__role=Role.ADMIN, is_active=True).exclude(pk=person.pk)
    if rights.holds_everywhere(person, Role.ADMIN) and person.is_active and not others.exists():
        raise NotAllowed(_("This is the last admin who can sign in: appoint another one first."))


def check_hand_out_link(person: User, *, by: User) -> None:
    """An admin hands out password links, to people who may sign in and not for an own account."""
    check_manage_people(by)
    if not person.is_active:
        raise NotAllowed(_("This person may not sign in: let them in first."))
    if person.pk == by.pk:
        raise NotAllowed(_("Change your own password on your profile page."))


def can_hand_out_link(person: User, *, by: User) -> bool:
    """Whether `by` may hand this person a link to set a password."""
    return allows(check_hand_out_link, person, by=by)


def check_set_absence(person: User, *, by: User | None) -> None:
    """People say themselves when they are away; an admin or the operator may say it for them."""
    if by is not None and person.pk != by.pk and not rights.holds_everywhere(by, Role.ADMIN):
        raise NotAllowed(_("Only the person or an admin may say when somebody is away."))


def can_set_absence(person: User, *, by: User) -> bool:
    """Whether `by` may say when this person is away."""
    return allows(check_set_absence, person, by=by)
