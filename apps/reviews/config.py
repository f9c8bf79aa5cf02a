"""The `queues:` section of the configuration file."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from apps.accounts import rights
from apps.accounts.config import ConfigEntry, Name, Reference, Slug, Text
from apps.accounts.models import Team, User
from apps.accounts.roles import Role
from apps.reviews import queue_setup
from apps.reviews.check_setup import CheckRules, problems, rules_of, set_checks
from apps.reviews.models import Queue
from apps.sla.models import Calendar

# Settings whose names in the file say more than their columns.
_WRITTEN = {"second_percent": "second_review_percent"}
_FIELDS = {Role.REVIEWER: "reviewers", Role.LEAD: "leads"}


class StaffEntry(ConfigEntry):
    """Exactly who holds a role on the queue."""

    people: list[Slug] = []
    teams: list[Slug] = []

    def canonical(self) -> dict[str, list[str]]:
        return {"people": sorted(set(self.people)), "teams": sorted(set(self.teams))}

    def holders(self) -> list[User | Team]:
        return [*User.objects.filter(short__in=self.people), *Team.objects.filter(slug__in=self.teams)]


class ChecksEntry(ConfigEntry):
    """How its reviewers are checked; what is left out has its default, 0 switches off."""

    reading_words: int = CheckRules().reading_words
    reading_seconds: int = CheckRules().reading_seconds
    streak: int = CheckRules().streak
    second_review_percent: float = CheckRules().second_percent
    gold_percent: float | None = None

    @model_validator(mode="after")
    def _can_be_set(self) -> Self:
        for field, sentence in problems(self.rules()).items():
            raise ValueError(f"{_WRITTEN.get(field, field)}: {sentence}")
        return self

    def rules(self) -> CheckRules:
        """As the verb takes them."""
        return CheckRules(
            reading_words=self.reading_words,
            reading_seconds=self.reading_seconds,
            streak=self.streak,
            second_percent=self.second_review_percent,
            gold_percent=self.gold_percent,
        )

    def canonical(self) -> dict[str, Any]:
        return _checks(self.rules())


class QueueEntry(ConfigEntry):
    """A queue, its clock and its people. Without `lease_minutes` how long a claim lasts is measured."""

    slug: Slug
    name: Name
    description: Text = ""
    calendar: Slug
    lease_minutes: Annotated[int, Field(ge=10, le=240)] | None = None
    assigns: bool = False
    reviewers: StaffEntry = StaffEntry()
    leads: StaffEntry = StaffEntry()
    checks: ChecksEntry = ChecksEntry()

    def references(self) -> Iterable[Reference]:
        yield ("calendar",), "calendars", self.calendar
        for field in _FIELDS.values():
            staff: StaffEntry = getattr(self, field)
            for position, short in enumerate(staff.people):
                yield (field, "people", position), "people", short
            for position, slug in enumerate(staff.teams):
                yield (field, "teams", position), "teams", slug

    def canonical(self) -> dict[str, Any]:
        return {
            "slug": self.slug,
            "name": self.name,
            "description": self.description,
            "calendar": self.calendar,
            "lease_minutes": self.lease_minutes,
            "assigns": self.assigns,
            **{field: getattr(self, field).canonical() for field in _FIELDS.values()},
            "checks": self.checks.canonical(),
        }


class Queues:
    """Reads and writes queues with the roles held on them."""

    key = "queues"
    Model = QueueEntry

    @staticmethod
    def current() -> list[dict[str, Any]]:
        """Every queue by slug."""
        return [_written(queue) for queue in Queue.objects.select_related("calendar").order_by("slug")]

    @staticmethod
    def apply(entries: list[QueueEntry], *, by: User | None, now: datetime) -> None:
        """Make or change each. Raises NotAllowed, ValidationError, LookupError."""
        for entry in entries:
            queue = queue_setup.save_queue(
                slug=entry.slug,
                name=entry.name,
                description=entry.description,
                calendar=Calendar.objects.get(slug=entry.calendar),
                lease_seconds=None if entry.lease_minutes is None else entry.lease_minutes * 60,
                assigns=entry.assigns,
                by=by,
                now=now,
            )
            set_checks(queue_id=queue.pk, rules=entry.checks.rules(), by=by, now=now)
            for role, field in _FIELDS.items():
                holders = getattr(entry, field).holders()
                queue_setup.staff_queue(queue=queue, role=role, holders=holders, by=by, now=now)


SECTIONS = [Queues]


def _written(queue: Queue) -> dict[str, Any]:
    staff: dict[str, dict[str, list[str]]] = {
        field: {"people": [], "teams": []} for field in _FIELDS.values()
    }
    for role, holder in rights.grants_on(queue):
        named = staff[_FIELDS[Role(role)]]
        if isinstance(holder, Team):
            named["teams"].append(holder.slug)
        else:
            named["people"].append(holder.short)
    return {
        "slug": queue.slug,
        "name": queue.name,
        "description": queue.description,
        "calendar": queue.calendar.slug,
        "lease_minutes": queue.lease_seconds // 60 if queue.is_lease_fixed else None,
        "assigns": queue.assigns,
        **{field: {kind: sorted(names) for kind, names in kinds.items()} for field, kinds in staff.items()},
        "checks": _checks(rules_of(queue)),
    }


def _checks(rules: CheckRules) -> dict[str, Any]:
    """The rules as the file has them."""
    return {_WRITTEN.get(name, name): value for name, value in asdict(rules).items()}
