"""Reads about people for the pages and for other apps: who is there, what they hold, who is away."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, QuerySet

from apps.accounts import rights
from apps.accounts.models import Absence, Office, Team, User
from apps.accounts.rights import Given
from apps.accounts.roles import ROLES, Role, RoleText
from apps.accounts.standing_in import stand_in


@dataclass(frozen=True)
class Holding:
    """A role as the roles page shows it: its text, and each holder with the place where it is held ("":
    everywhere).
    """

    text: RoleText
    holders: list[tuple[User | Team, str]]


@dataclass(frozen=True)
class Away:
    """An absence, who is to get the person's messages from its beginning (or now) on, and whether it has begun."""

    absence: Absence
    stands_in: User | None
    has_begun: bool


def people(now: datetime) -> QuerySet[User]:
    """Everybody by name, with `offices`, `groups`, and `away` (the present absences). Three queries."""
    away = Absence.objects.filter(starts_at__lte=now, ends_at__gt=now).select_related("delegate")
    return User.objects.order_by("-is_active", "name", "pk").prefetch_related(
        "offices", "groups", Prefetch("absences", queryset=away, to_attr="away")
    )


def holdings() -> list[Holding]:
    """Who holds each role, where; in the order of the roles page. People who may not sign in are left out."""
    of_role: dict[str, list[tuple[User | Team, str]]] = defaultdict(list)
    for office in Office.objects.filter(user__is_active=True).select_related("user").order_by("user__name"):
        of_role[office.role].append((office.user, ""))
    for given in rights.everything_given(rights.kinds_with_rights()):
        if isinstance(given.holder, Team) or given.holder.is_active:
            of_role[given.role].append((given.holder, str(given.on)))
    return [Holding(text, of_role[text.role]) for text in ROLES]


def given_to(person: User) -> list[Given]:
    """Every role this person holds on an object, by name or through a team."""
    teams = set(Team.objects.filter(user=person).values_list("pk", flat=True))
    return [
        given
        for given in rights.everything_given(rights.kinds_with_rights())
        if (given.holder.pk in teams if isinstance(given.holder, Team) else given.holder == person)
    ]


def offices_of(person: User) -> set[Role]:
    """The roles this person holds everywhere."""
    return {Role(role) for role in Office.objects.filter(user=person).values_list("role", flat=True)}


def holders_of(*roles: Role) -> set[User]:
    """Active people who hold any of these roles everywhere. One query."""
    held = Office.objects.filter(role__in=[role.value for role in roles]).values("user_id")
    return set(User.objects.filter(pk__in=held, is_active=True))


def offices() -> set[User]:
    """Admins and governance: whoever answers for the whole installation. One query."""
    return holders_of(Role.ADMIN, Role.GOVERNANCE)


def coming_absences(person: User, now: datetime) -> QuerySet[Absence]:
    """Present and future absences, the nearest first."""
    return (
        Absence.objects.filter(user=person, ends_at__gt=now).select_related("delegate").order_by("starts_at")
    )


def away_among(people: Iterable[int], now: datetime) -> set[int]:
    """Of these people's ids, those who are away now."""
    absent = Absence.objects.filter(user__in=people, starts_at__lte=now, ends_at__gt=now)
    return set(absent.values_list("user_id", flat=True))


def present_or_stand_in(people: Iterable[User], now: datetime) -> list[User]:
    """These people, each who is away replaced by whoever stands in; in order, nobody twice. Two queries.

    Left out: who may not sign in, and who is away without anybody here who stands in.
    """
    away = _named_at(Absence.objects.filter(starts_at__lte=now, ends_at__gt=now), now)
    wanted = [person.pk for person in people]
    known = {*wanted, *away, *(named for named in away.values() if named is not None)}
    active = User.objects.filter(is_active=True).in_bulk(known)
    here = (stand_in(person, away=away, active=active) for person in wanted)
    return [active[pk] for pk in dict.fromkeys(here) if pk is not None]


def all_absences(now: datetime) -> list[Away]:
    """Present and future absences of all who may sign in, those that begin first on top. One query."""
    rows = list(
        Absence.objects.filter(ends_at__gt=now)
        .select_related("user", "delegate")
        .order_by("starts_at", "user__name", "pk")
    )
    people = {person.pk: person for row in rows for person in (row.user, row.delegate) if person is not None}
    active = {pk for pk, person in people.items() if person.is_active}
    found = []
    for row in rows:
        begins = max(row.starts_at, now)
        pk = stand_in(row.user_id, away=_named_at(rows, begins), active=active)
        if row.user.is_active:
            found.append(Away(row, people[pk] if pk is not None else None, row.starts_at <= now))
    return found


def _named_at(absences: Iterable[Absence], at: datetime) -> dict[int, int | None]:
    """{who is away at this moment: who was named to stand in}. Of two absences at once the one that names somebody
    counts, else the one noted last.
    """
    present = [row for row in absences if row.starts_at <= at < row.ends_at]
    present.sort(key=lambda row: (row.delegate_id is not None, row.pk))
    return {row.user_id: row.delegate_id for row in present}
