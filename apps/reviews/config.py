"""The `queues:` section of the configuration file."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from apps.accounts import rights
from apps.accounts.config import ConfigEntry, Name, Reference, Slug, Text
from apps.accounts.models import Team, User
from apps.accounts.roles import Role
from apps.reviews import queue_setup
from apps.reviews.models import Queue
from apps.sla.models import Calendar

_FIELDS = {Role.REVIEWER: "reviewers", Role.LEAD: "leads"}


class StaffEntry(ConfigEntry):
    """Exactly who holds a role on the queue."""

    people: list[Slug] = []
    teams: list[Slug] = []

    def canonical(self) -> dict[str, list[str]]:
        return {"people": sorted(set(self.people)), "teams": sorted(set(self.teams))}

    def holders(self) -> list[User | Team]:
        return [*User.objects.filter(short__in=self.people), *Team.objects.filter(slug__in=self.teams)]


class QueueEntry(ConfigEntry):
    """A queue, its clock and its people."""

    slug: Slug
    name: Name
    description: Text = ""
    calendar: Slug
    lease_minutes: Annotated[int, Field(ge=10, le=240)] = 20
    reviewers: StaffEntry = StaffEntry()
    leads: StaffEntry = StaffEntry()

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
            **{field: getattr(self, field).canonical() for field in _FIELDS.values()},
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
                lease_seconds=entry.lease_minutes * 60,
                by=by,
                now=now,
            )
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
        "lease_minutes": queue.lease_seconds // 60,
        **{field: {kind: sorted(names) for kind, names in kinds.items()} for field, kinds in staff.items()},
    }
