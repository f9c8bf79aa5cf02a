"""Adds and changes people, lets them in and out, and makes the links with which they set a password."""

from collections.abc import Collection
from datetime import datetime

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.db import transaction
from django.urls import reverse
from django.utils.crypto import get_random_string

from apps.accounts import policies, rights
from apps.accounts.models import Office, User
from apps.accounts.names import check_name
from apps.accounts.roles import Role
from apps.accounts.staffing import nothing_left_empty
from apps.audit import actions as audit

_PASSWORD_LETTERS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # noqa: S105  (no password)


class PeopleExist(Exception):
    """The first admin is made only while there is nobody."""


@transaction.atomic
def add_person(*, email: str, short: str, name: str, by: User | None, now: datetime) -> User:
    """Add a person, who then sets a password through `password_link` or "forgot password". `by` None:
    ReviewHub.

    Raises NotAllowed; ValidationError by field, such as an address in use.
    """
    policies.check_manage_people(by)
    person = User(email=User.objects.normalize_email(email).lower(), short=short, name=name)
    person.set_unusable_password()
    person.full_clean()
    check_name(name)
    person.save()
    _record("person.added", person, by, now, email=person.email, short=person.short)
    return person


@transaction.atomic
def change_person(*, person: User, email: str, name: str, by: User | None, now: datetime) -> User:
    """Change somebody's name or sign-in address. Raises NotAllowed, ValidationError."""
    policies.check_manage_people(by)
    return _change(person.pk, {"email": email.lower(), "name": name}, by, now)


@transaction.atomic
def change_profile(*, name: str, uses_keys: bool, by: User, now: datetime) -> User:
    """Change one's own name and whether single keys work. Raises ValidationError."""
    return _change(by.pk, {"name": name, "uses_keys": uses_keys}, by, now)


@transaction.atomic
def set_active(
    *, person: User, active: bool, by: User | None, now: datetime, accepts: Collection[str] | None = ()
) -> User:
    """Let a person in, or out: then the next page they open is the sign-in page.

    Raises NotAllowed; LeavesEmpty when work is left without people that is not among what `by` `accepts` (None: all).
    """
    # Two admins shutting each other out at once must not leave none: one after the other.
    list(Office.objects.select_for_update().filter(role=Role.ADMIN).order_by("pk"))
    person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    policies.check_set_active(person, active=active, by=by)
    if person.is_active is not active:
        with nothing_left_empty(now, accepts=accepts):
            person.is_active = active
            person.save(update_fields=["is_active"])
        _record("person.let_in" if active else "person.shut_out", person, by, now)
    return person


@transaction.atomic
def password_link(*, person: User, by: User, now: datetime) -> str:
    """The path of the page on which this person sets a password; it works once, for three days.

    Show it to the admin, who hands it over: no password passes through another person. Raises NotAllowed.
    """
    policies.check_hand_out_link(person, by=by)
    _record("person.password_link_made", person, by, now)
    key = f"{user_pk_to_url_str(person)}-{default_token_generator.make_token(person)}"
    uid, _dash, token = key.partition("-")
    return reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})


@transaction.atomic
def make_first_admin(*, email: str, name: str, now: datetime) -> tuple[User, str]:
    """The first person, an admin, and the drawn password. Raises PeopleExist, ValidationError."""
    if User.objects.exists():
        raise PeopleExist
    person = add_person(email=email, short="admin", name=name, by=None, now=now)
    password = get_random_string(20, _PASSWORD_LETTERS)
    person.set_password(password)
    person.save(update_fields=["password"])
    rights.appoint(role=Role.ADMIN, to=person, by=None, now=now)
    return person, password


def _change(pk: int, values: dict[str, object], by: User | None, now: datetime) -> User:
    person = User.objects.select_for_update(no_key=True).get(pk=pk)
    changes = {
        field: {"before": getattr(person, field), "after": value}
        for field, value in values.items()
        if getattr(person, field) != value
    }
    for field, value in values.items():
        setattr(person, field, value)
    person.full_clean(exclude=["password"])
    check_name(person.name)
    if changes:
        person.save(update_fields=list(changes))
        _record("person.changed", person, by, now, **changes)
    return person


def _record(verb: str, person: User, by: User | None, now: datetime, **data: object) -> None:
    audit.record(verb=verb, now=now, by=by, subject=("person", person.pk, person.name), data=data)
