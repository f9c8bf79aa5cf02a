"""Who works in which queue, and is here? For one moment, and each question asked once however many tasks there are."""

from collections.abc import Collection, Iterable
from datetime import datetime

from apps.accounts import rights
from apps.accounts.models import User
from apps.accounts.queries import away_among
from apps.accounts.roles import Role
from apps.reviews.models import Queue, Task
from apps.reviews.policies import DECIDING_ROLES


def here(people: Iterable[int], now: datetime) -> list[User]:
    """Of these people's ids, those who may sign in and are not away, by name. Two queries."""
    wanted = set(people)
    present = User.objects.filter(pk__in=wanted - away_among(wanted, now), is_active=True)
    return list(present.order_by("name", "pk"))


class Staff:
    """The people of all queues, or of these, at `now`. Six queries, at the first question."""

    def __init__(self, now: datetime, queue_ids: Collection[int] | None = None) -> None:
        self._now = now
        self._queue_ids = queue_ids
        self._members: dict[int, set[int]] | None = None
        self._leads: dict[int, set[int]] = {}
        self._here: list[User] = []

    def eligible(self, task: Task) -> list[User]:
        """Who could take the task now: people and leads of its queues who are here, do not own the agent, are not
        excluded, have not decided on it before, and (except leads) have not skipped it. By name.
        """
        return self.free(
            task.in_queues, {task.agent_owner_id, *task.deciders, *task.excluded}, task.skipped_by
        )

    def free(
        self, queues: Iterable[int], excluded: Collection[int], skipped_by: Collection[int]
    ) -> list[User]:
        """Of the people of these queues, those who are here and neither excluded nor, except leads, skipped it."""
        members = self._look()
        queues = list(queues)
        led = {person for queue in queues for person in self._leads.get(queue, ())}
        found = {person for queue in queues for person in members.get(queue, ())} - {*excluded}
        found -= {*skipped_by} - led
        return [person for person in self._here if person.pk in found]

    def _look(self) -> dict[int, set[int]]:
        if self._members is None:
            self._members = rights.holders_on(DECIDING_ROLES, Queue, self._queue_ids)
            self._leads = rights.holders_on([Role.LEAD], Queue, self._queue_ids)
            self._here = here(set().union(*self._members.values()), self._now)
        return self._members
