"""Whom a reviewer may hand a task to: everybody who could have claimed it, with how much they have in hand."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from apps.accounts import rights
from apps.accounts.models import User
from apps.accounts.presence import here_among
from apps.accounts.roles import Role
from apps.registry.marks import has_sensitive
from apps.reviews.models import Task
from apps.reviews.queries import eligible_people, held_counts


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person who could take the task: how many they hold, whether a page of theirs is open now, and whether they may
    see its hidden values, where it has any.
    """

    person: User
    held: int
    is_here: bool
    sees_hidden: bool = False

    @property
    def has_room(self) -> bool:
        """Whether they may hold one more."""
        return self.held < settings.REVIEWHUB_CLAIMS_PER_PERSON


def candidates(task: Task, *, by: User, now: datetime) -> list[Candidate]:
    """Everybody but `by`: first those who may see what is hidden in it, then those who are here, then those with the
    least in hand. Six queries, and one more where something is hidden.
    """
    people = [person for person in eligible_people(task, now) if person != by]
    ids = [person.pk for person in people]
    held, here = held_counts(ids), here_among(ids, now)
    readers = _readers(task)
    found = [Candidate(person, held[person.pk], person.pk in here, person.pk in readers) for person in people]
    return sorted(found, key=lambda one: (not one.has_room, not one.sees_hidden, not one.is_here, one.held))


def _readers(task: Task) -> set[int]:
    """Who may see the hidden values of the task; nobody where it has none."""
    if not has_sensitive(task.proposal.args_schema):
        return set()
    return set(rights.people_with([Role.PRIVACY_READER], task.workflow).values_list("pk", flat=True))
