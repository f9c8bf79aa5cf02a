"""The `people:` and `teams:` sections of the configuration file, and the kinds of text every section uses."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from apps.accounts import actions
from apps.accounts.models import Team, User
from apps.accounts.roles import OFFICE_ROLES, Role

Slug = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9_-]+$", max_length=60)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=5000)]


def _email(text: str) -> str:
    try:
        validate_email(text)
    except ValidationError as refusal:
        raise ValueError("This is not an e-mail address.") from refusal
    return text.lower()


Email = Annotated[str, StringConstraints(strip_whitespace=True, max_length=254), AfterValidator(_email)]
Reference = tuple[tuple[str | int, ...], str, str]


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
            actions.set_active(person=person, active=entry.active, by=by, now=now)
            actions.set_offices(person=person, roles=entry.roles, by=by, now=now)


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
            actions.save_team(slug=entry.slug, name=entry.name, members=members, by=by, now=now)


SECTIONS = [People, Teams]


def _person(short: str, name: str, email: str, active: bool, roles: set[Role]) -> dict[str, Any]:
    ordered = [role.value for role in OFFICE_ROLES if role in roles]
    return {"short": short, "name": name, "email": email, "active": active, "roles": ordered}
