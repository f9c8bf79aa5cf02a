"""The `people:`, `teams:` and `absences:` sections of the configuration file; the kinds of text every section uses."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any, Self

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from apps.accounts import actions
from apps.accounts.models import Absence, Team, User
from apps.accounts.roles import OFFICE_ROLES, Role

Slug = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9_-]+$", max_length=60)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=5000)]


def _email(text: str) -> str:
    try:
        validate_email(text)
    except ValidationError as refusal:
        raise ValueError(_("This is not an e-mail address.")) from refusal
    return text.lower()


Email = Annotated[str, StringConstraints(strip_whitespace=True, max_length=254), AfterValidator(_email)]
Reference = tuple[tuple[str | int, ...], str, str]
# Something that only shows once everything is applied: key of a section, name of its entry, the sentence.
Wrong = tuple[str, str, str]


class ConfigEntry(BaseModel):
    """One entry. Its first field names it; what it leaves out has its default."""

    model_config = ConfigDict(extra="forbid")


class PersonEntry(ConfigEntry):
    """A person. No password: people set their own."""

    short: Annotated[Slug, StringConstraints(max_length=40)]
    name: Name
    email: Email
    active: bool = True
    roles: list[Role] = []

    def canonical(self) -> dict[str, Any]:
        return _person(self.short, self.name, self.email, self.active, {Role(role) for role in self.roles})


class People:
    """Reads and writes people and the roles they hold everywhere."""

    key = "people"
    Model = PersonEntry

    @staticmethod
    def current() -> list[dict[str, Any]]:
        """Everybody, by short name."""
        return [
            _person(
                person.short,
                person.name,
                person.email,
                person.is_active,
                {Role(office.role) for office in person.offices.all()},
            )
            for person in User.objects.order_by("short").prefetch_related("offices")
        ]

    @staticmethod
    def apply(entries: list[PersonEntry], *, by: User | None, now: datetime) -> None:
        """Add or change each. Raises NotAllowed, ValidationError."""
        for entry in entries:
            person = User.objects.filter(short=entry.short).first()
            if person is None:
                person = actions.add_person(
                    email=entry.email, short=entry.short, name=entry.name, by=by, now=now
                )
            else:
                actions.change_person(person=person, email=entry.email, name=entry.name, by=by, now=now)
            # What is left without people may be staffed by the entries that follow.
            actions.set_active(person=person, active=entry.active, by=by, now=now, accepts=None)
            actions.set_offices(person=person, roles=entry.roles, by=by, now=now, accepts=None)


class TeamEntry(ConfigEntry):
    """A team and exactly its members, by short name."""

    slug: Slug
    name: Annotated[Name, Field(max_length=150)]
    members: list[Slug] = []

    def references(self) -> Iterable[Reference]:
        return ((("members", position), "people", short) for position, short in enumerate(self.members))

    def canonical(self) -> dict[str, Any]:
        return {"slug": self.slug, "name": self.name, "members": sorted(set(self.members))}


class Teams:
    """Reads and writes teams."""

    key = "teams"
    Model = TeamEntry

    @staticmethod
    def current() -> list[dict[str, Any]]:
        """Every team, by slug."""
        return [
            {
                "slug": team.slug,
                "name": team.name,
                "members": sorted(person.short for person in User.objects.filter(groups=team)),
            }
            for team in Team.objects.order_by("slug")
        ]

    @staticmethod
    def apply(entries: list[TeamEntry], *, by: User | None, now: datetime) -> None:
        """Make or change each. Raises NotAllowed, ValidationError."""
        for entry in entries:
            members = User.objects.filter(short__in=entry.members)
            actions.save_team(slug=entry.slug, name=entry.name, members=members, by=by, now=now, accepts=None)


class AwayEntry(ConfigEntry):
    """One absence, between two moments with their zone, and who stands in."""

    starts_at: AwareDatetime
    ends_at: AwareDatetime
    delegate: Slug | None = None

    @model_validator(mode="after")
    def _ends_after_its_start(self) -> Self:
        if self.ends_at <= self.starts_at:
            raise ValueError(_("An absence ends after it starts."))
        return self


class AbsenceEntry(ConfigEntry):
    """A person and exactly their absences that are not over."""

    person: Slug
    away: list[AwayEntry] = []

    @model_validator(mode="after")
    def _stands_in_for_others(self) -> Self:
        if any(away.delegate == self.person for away in self.away):
            raise ValueError(_("Nobody stands in for themselves."))
        return self

    def references(self) -> Iterable[Reference]:
        yield ("person",), "people", self.person
        for position, away in enumerate(self.away):
            if away.delegate is not None:
                yield ("away", position, "delegate"), "people", away.delegate

    def canonical(self) -> dict[str, Any]:
        now = timezone.now()
        ahead = {
            (away.starts_at, away.ends_at, away.delegate or "") for away in self.away if away.ends_at > now
        }
        return _away(self.person, ahead)


class Absences:
    """Reads and writes when people are away and who stands in. What is over is history: it stays as it is."""

    key = "absences"
    Model = AbsenceEntry

    @staticmethod
    def current() -> list[dict[str, Any]]:
        """Who is or will be away, by short name."""
        found: dict[str, set[_Span]] = {}
        for absence in _not_over(timezone.now()):
            found.setdefault(absence.user.short, set()).add(_span(absence))
        return [_away(short, found[short]) for short in sorted(found)]

    @staticmethod
    def nothing(name: str) -> dict[str, Any]:
        """Somebody who is not away is not written."""
        return _away(name, set())

    @staticmethod
    def apply(entries: list[AbsenceEntry], *, by: User | None, now: datetime) -> None:
        """Cancel what is not listed, note what is new. Raises NotAllowed, ValidationError."""
        for entry in entries:
            person = User.objects.get(short=entry.person)
            there = {_span(row): row for row in _not_over(now).filter(user=person)}
            wanted = {(away.starts_at, away.ends_at, away.delegate or "") for away in entry.away}
            for span in sorted(there.keys() - wanted):
                actions.cancel_absence(absence=there[span], by=by, now=now)
            for starts_at, ends_at, delegate in sorted(wanted - there.keys()):
                if ends_at > now:
                    actions.set_absence(
                        person=person,
                        starts_at=starts_at,
                        ends_at=ends_at,
                        delegate=User.objects.get(short=delegate) if delegate else None,
                        by=by,
                        now=now,
                    )


SECTIONS = [People, Teams, Absences]

# When it starts and ends, and the short name of who stands in.
_Span = tuple[datetime, datetime, str]


def _not_over(now: datetime) -> QuerySet[Absence]:
    return Absence.objects.filter(ends_at__gt=now).select_related("user", "delegate")


def _span(absence: Absence) -> _Span:
    return absence.starts_at, absence.ends_at, absence.delegate.short if absence.delegate else ""


def _away(short: str, spans: set[_Span]) -> dict[str, Any]:
    listed = []
    for starts_at, ends_at, delegate in sorted(spans):
        one = {"starts_at": _written(starts_at), "ends_at": _written(ends_at)}
        listed.append(one | ({"delegate": delegate} if delegate else {}))
    return {"person": short, "away": listed}


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _person(short: str, name: str, email: str, active: bool, roles: set[Role]) -> dict[str, Any]:
    ordered = [role.value for role in OFFICE_ROLES if role in roles]
    return {"short": short, "name": name, "email": email, "active": active, "roles": ordered}
