"""Gives and takes roles: those held everywhere, and those on one queue or workflow."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import models, transaction

from apps.accounts import policies, rights
from apps.accounts.models import Office, Team, User
from apps.accounts.roles import Role
from apps.accounts.staffing import nothing_left_empty


@transaction.atomic
def set_offices(
    *,
    person: User,
    roles: Iterable[Role],
    by: User | None,
    now: datetime,
    accepts: Collection[str] | None = (),
) -> None:
    """Let a person hold exactly these roles everywhere.

    Raises NotAllowed, such as for the last admin; LeavesEmpty when work is left without people that is not among what
    `by` `accepts` (None: all).
    """
    policies.check_manage_people(by)
    # Two admins dismissing each other at once must not leave none: one after the other.
    held = {
        Role(row.role)
        for row in Office.objects.select_for_update().order_by("pk")
        if row.user_id == person.pk
    }
    wanted = set(roles)
    with nothing_left_empty(now, accepts=accepts if held - wanted else None):
        for role in sorted(held - wanted):
            policies.check_dismiss(person, role, by=by)
            rights.dismiss(role=role, to=person, by=by, now=now)
        for role in sorted(wanted - held):
            rights.appoint(role=role, to=person, by=by, now=now)


@transaction.atomic
def set_holders(
    *, role: Role, on: models.Model, holders: Iterable[User | Team], by: User | None, now: datetime
) -> None:
    """Let exactly these people and teams hold `role` on one object. Raises NotAllowed."""
    policies.check_manage_people(by)
    wanted = list(holders)
    held = [holder for name, holder in rights.grants_on(on) if name == role.value]
    for holder in held:
        if holder not in wanted:
            rights.take_back(role=role, to=holder, on=on, by=by, now=now)
    for holder in wanted:
        if holder not in held:
            rights.give(role=role, to=holder, on=on, by=by, now=now)
