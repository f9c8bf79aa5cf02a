"""The verbs about people, by noun."""

from apps.accounts.actions.absences import cancel_absence, set_absence
from apps.accounts.actions.offices import set_holders, set_offices
from apps.accounts.actions.people import (
    PeopleExist,
    add_person,
    change_person,
    change_profile,
    make_first_admin,
    password_link,
    set_active,
)
from apps.accounts.actions.teams import save_team

__all__ = [
    "PeopleExist",
    "add_person",
    "cancel_absence",
    "change_person",
    "change_profile",
    "make_first_admin",
    "password_link",
    "save_team",
    "set_absence",
    "set_active",
    "set_holders",
    "set_offices",
]
