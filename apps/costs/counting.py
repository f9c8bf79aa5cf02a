"""How many proposals of each workflow were answered, by day, from the audit log.

A day that is over is counted once and kept, so that a page adds up days; only today is counted when one looks. Answered
is what was approved or denied, by people or by policy; what was only recorded in shadow is not.
"""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Count, Max, QuerySet, Sum
from django.utils import timezone

from apps.audit.days import midnight
from apps.audit.models import Event
from apps.costs.models import DecidedDay
from apps.registry.models import Workflow

ANSWERED = ("proposal.approved", "proposal.acted", "proposal.denied")
# Verbs commit a little after the moment they write down.
_SETTLED_AFTER = timedelta(hours=1)
_FIRST_LOOK_BACK = timedelta(days=400)


def count_decided(*, now: datetime, limit: int = 31) -> int:
    """Count up to `limit` days that are over and were not counted; how many there were."""
    last = timezone.localdate(now - _SETTLED_AFTER) - timedelta(days=1)
    counted = DecidedDay.objects.aggregate(day=Max("day"))["day"]
    day = counted + timedelta(days=1) if counted else _first_day(last)
    done = 0
    while day <= last and done < limit:
        _count(day)
        day += timedelta(days=1)
        done += 1
    return done


def decided_between(workflow_id: int, first: date, last: date, *, now: datetime) -> int:
    """How many were answered from one day to another, both included. What is not counted yet is counted now."""
    kept = DecidedDay.objects.filter(workflow=workflow_id)
    found = kept.filter(day__range=(first, last)).aggregate(n=Sum("n"))["n"] or 0
    counted = kept.aggregate(day=Max("day"))["day"]
    since = max(first, counted + timedelta(days=1)) if counted else first
    if since <= last:
        events = _events(since, last).filter(workflow_id=workflow_id)
        found += events.count()
    return found


def _count(day: date) -> None:
    numbers = dict(
        _events(day, day).values("workflow_id").annotate(n=Count("pk")).values_list("workflow_id", "n")
    )
    with transaction.atomic():
        DecidedDay.objects.bulk_create(
            (
                DecidedDay(workflow_id=pk, day=day, n=numbers.get(pk, 0))
                for pk in Workflow.objects.values_list("pk", flat=True)
            ),
            ignore_conflicts=True,
        )


def _events(first: date, last: date) -> QuerySet[Event]:
    return Event.objects.filter(
        verb__in=ANSWERED, at__gte=midnight(first), at__lt=midnight(last + timedelta(days=1))
    )


def _first_day(last: date) -> date:
    """The day of the first answer, within a year or so."""
    first = Event.objects.filter(verb__in=ANSWERED, at__gte=midnight(last - _FIRST_LOOK_BACK))
    event = first.order_by("at").first()
    return timezone.localdate(event.at) if event else last
