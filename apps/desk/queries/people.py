"""The people of a queue: who is here now, who is away until when, what each has in hand and decided today."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count
from django.utils import timezone

from apps.accounts import rights
from apps.accounts.models import Absence, User
from apps.accounts.presence import here_among
from apps.accounts.roles import Role
from apps.audit.ids import uuid7_at
from apps.reviews.models import Decision, Queue
from apps.reviews.queries import held_counts


@dataclass(frozen=True, slots=True)
class Member:
    """One who may decide tasks of a queue. `held` and `decided_today` count every queue: it is the person's load."""

    person: User
    is_lead: bool
    is_here: bool
    absence: Absence | None
    held: int
    decided_today: int


def members(queue: Queue, now: datetime) -> list[Member]:
    """Everybody who may decide here and may sign in: those who are here first, then by name. Nine queries."""
    leads = rights.holders_on([Role.LEAD], Queue, [queue.pk]).get(queue.pk, set())
    ids = leads | rights.holders_on([Role.REVIEWER], Queue, [queue.pk]).get(queue.pk, set())
    people = User.objects.filter(pk__in=ids, is_active=True).order_by("name", "pk")
    absences = Absence.objects.filter(user__in=ids, starts_at__lte=now, ends_at__gt=now)
    away = {row.user_id: row for row in absences.select_related("delegate").order_by("ends_at")}
    here, held, decided = here_among(ids, now), held_counts(ids), decided_today(ids, now)
    found = [
        Member(
            person=person,
            is_lead=person.pk in leads,
            is_here=person.pk in here,
            absence=away.get(person.pk),
            held=held[person.pk],
            decided_today=decided.get(person.pk, 0),
        )
        for person in people
    ]
    return sorted(found, key=lambda one: (one.absence is not None, not one.is_here))


def decided_today(people: set[int], now: datetime) -> dict[int, int]:
    """{person id: decisions that stand since midnight here}; who made none is left out. One query.

    Ids grow with time: the primary key alone bounds the query to the last day.
    """
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    rows = Decision.objects.filter(
        by__in=people,
        undone_at__isnull=True,
        decided_at__gte=midnight,
        id__gte=uuid7_at(midnight - timedelta(minutes=10)),
    )
    return dict(rows.values("by").annotate(count=Count("*")).values_list("by", "count"))
