"""Whom a reviewer may hand a task to: everybody who could have claimed it, with how much they have in hand."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from apps.accounts.models import User
from apps.accounts.presence import here_among
from apps.reviews.models import Task
from apps.reviews.queries import eligible_people, held_counts


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person who could take the task: how many they hold, and whether a page of theirs is open now."""

    person: User
    held: int
    is_here: bool

    @property
    def has_room(self) -> bool:
        """Whether they may hold one more."""
        return self.held < settings.REVIEWHUB_CLAIMS_PER_PERSON


def candidates(task: Task, *, by: User, now: datetime) -> list[Candidate]:
    """Everybody but `by`, those who are here first, then those with the least in hand. Six queries."""
    people = [person for person in eligible_people(task, now) if person != by]
    ids = [person.pk for person in people]
    held, here = held_counts(ids), here_among(ids, now)
    found = [Candidate(person, held[person.pk], person.pk in here) for person in people]
    return sorted(found, key=lambda one: (not one.has_room, not one.is_here, one.held))
