"""Sets queues up: their calendar, how long a claim lasts, whether tasks are given to people, who reviews and leads."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from apps.accounts import actions as accounts
from apps.accounts import policies
from apps.accounts.models import Team, User
from apps.accounts.roles import Role
from apps.audit import actions as audit
from apps.reviews.models import Queue
from apps.sla.models import Calendar


@transaction.atomic
def save_queue(
    *,
    slug: str,
    name: str,
    calendar: Calendar,
    by: User | None,
    now: datetime,
    description: str = "",
    lease_seconds: int | None = None,
    assigns: bool = False,
) -> Queue:
    """Make a queue, or change it; tasks already in it keep their due times. Raises NotAllowed, ValidationError.

    Without `lease_seconds` how long a claim lasts is measured (see `leases`).
    """
    policies.check_manage_people(by)
    queue = Queue.objects.select_for_update(no_key=True).filter(slug=slug).first()
    made = queue is None
    queue = queue or Queue(slug=slug, created_at=now)
    before = _facts(queue) if not made else {}
    queue.name, queue.description = name, description
    queue.calendar, queue.assigns = calendar, assigns
    queue.is_lease_fixed = lease_seconds is not None
    if lease_seconds is not None:
        queue.lease_seconds = lease_seconds
    queue.full_clean()
    after = _facts(queue)
    changes = {
        field: value if made else {"before": before[field], "after": value}
        for field, value in after.items()
        if before.get(field) != value
    }
    if changes:
        queue.save()
        verb = "queue.made" if made else "queue.changed"
        audit.record(verb=verb, now=now, by=by, subject=("queue", queue.pk, queue.name), data=changes)
    return queue


def staff_queue(
    *, queue: Queue, role: Role, holders: Iterable[User | Team], by: User | None, now: datetime
) -> None:
    """Let exactly these people and teams review, or lead, a queue. Raises NotAllowed."""
    accounts.set_holders(role=role, on=queue, holders=holders, by=by, now=now)


def _facts(queue: Queue) -> dict[str, object]:
    return {
        "name": queue.name,
        "description": queue.description,
        "calendar": queue.calendar.slug,
        "lease": queue.lease_seconds if queue.is_lease_fixed else "measured",
        "assigns": queue.assigns,
    }
