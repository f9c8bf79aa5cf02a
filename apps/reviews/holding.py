"""Does a person still hold a task as their page says, and do their hands have room for one more?"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.reviews.choosing import Conflict
from apps.reviews.models import Task
from apps.reviews.states import TaskStatus

# One turn of question and answer; what is looked at is what is true once the person is locked.
_LOCK_AND_LOOK = """
    SELECT FROM accounts_user WHERE id = %(person)s FOR NO KEY UPDATE;
    SELECT id FROM reviews_task WHERE claimed_by_id = %(person)s AND status = 'claimed'
     ORDER BY lease_expires_at, id
"""


def check_lease(task: Task, *, by: User, lease_token: UUID, now: datetime) -> None:
    """Whether `by` holds the locked task under this claim. Raises Conflict."""
    is_held = task.status == TaskStatus.CLAIMED and task.claimed_by_id == by.pk
    if not is_held or task.lease_token != lease_token or (task.lease_expires_at or now) <= now:
        raise Conflict(task, _("You do not hold this task any more."))


def held_for_sure(person: User) -> list[UUID]:
    """Ids of the tasks this person holds and has not decided, the one whose claim ends first on top.

    Two claims of one person at once must not pass the limit together: the person's row is the lock.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_AND_LOOK, {"person": person.pk})
        cursor.nextset()
        return [key for (key,) in cursor.fetchall()]


def has_room(person: User) -> bool:
    """Whether the person may hold one more task. Locks them as `held_for_sure` does."""
    return is_room_beside(held_for_sure(person))


def is_room_beside(held: Sequence[UUID]) -> bool:
    """Whether somebody who holds these may hold one more."""
    return len(held) < settings.REVIEWHUB_CLAIMS_PER_PERSON
