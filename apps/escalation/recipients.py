"""Whom does a step reach now? Roles, teams and people are looked up when the step is taken, never before.

Whoever is away is replaced by the person who stands in; whoever may not sign in is left out. A `Directory` answers
for one moment and remembers, so that a sweep of a thousand steps asks each question once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.accounts import rights
from apps.accounts.models import Office, Team, User
from apps.accounts.queries import present_or_stand_in
from apps.accounts.roles import Role
from apps.delivery.models import ChatChannel
from apps.escalation.proof import Reach
from apps.escalation.steps import OFFICES, To
from apps.registry.models import Workflow
from apps.reviews.models import Queue, Task
from apps.reviews.policies import DECIDING_ROLES
from apps.reviews.staff import Staff


@dataclass(frozen=True, slots=True)
class Recipients:
    """Who is told: people who are there, by name, and chat channels. `missing` are names that stand for nothing."""

    people: tuple[User, ...] = ()
    channels: tuple[ChatChannel, ...] = ()
    missing: tuple[To, ...] = ()

    @property
    def names(self) -> list[str]:
        return [*(person.name for person in self.people), *(channel.name for channel in self.channels)]

    def __bool__(self) -> bool:
        return bool(self.people or self.channels)


class Directory:
    """Who holds what at `now`. Wants queue and workflow as rows; keeps every answer."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._staff = Staff(now)
        self._holders: dict[tuple[To, int], list[User] | None] = {}
        self._present: dict[frozenset[int], list[User]] = {}
        self._channels: dict[str, ChatChannel | None] = {}
        self._queues: dict[str, Queue | None] = {}

    def resolve(self, to: Iterable[To], task: Task) -> Recipients:
        """Whom these reach for a task; wants its queue and workflow loaded."""
        people: dict[int, User] = {}
        channels: dict[int, ChatChannel] = {}
        missing: list[To] = []
        for one in to:
            if one.kind == "channel":
                channel = self.channel(one.name)
                if channel is not None and channel.is_active:
                    channels[channel.pk] = channel
                elif channel is None:
                    missing.append(one)
                continue
            if one.kind == "reviewers":
                found: list[User] | None = self._staff.eligible(task)
            else:
                found = self.holders(one, task.queue, task.workflow)
            if found is None:
                missing.append(one)
            else:
                people |= {person.pk: person for person in self.present(found)}
        by_name = sorted(people.values(), key=lambda person: (person.name, person.pk))
        return Recipients(tuple(by_name), tuple(channels.values()), tuple(missing))

    def anybody(self, to: Iterable[To], task: Task) -> Recipients:
        """When nobody is there: everyone who holds the roles although away, else every admin and governance."""
        for wanted in (tuple(to), tuple(To("office", name) for name in OFFICES)):
            away = {
                person.pk: person
                for one in wanted
                if one.kind not in ("channel", "reviewers")
                for person in self.holders(one, task.queue, task.workflow) or ()
            }
            if away:
                return Recipients(tuple(sorted(away.values(), key=lambda person: (person.name, person.pk))))
        return Recipients()

    def holders(self, to: To, queue: Queue, workflow: Workflow | None) -> list[User] | None:
        """Active people behind a name, here or away; None when there is no such thing."""
        place = {"leads": queue.pk, "reviewers": queue.pk, "role": workflow.pk if workflow else 0}.get(
            to.kind, 0
        )
        if (to, place) not in self._holders:
            self._holders[to, place] = self._look_up(to, queue, workflow)
        return self._holders[to, place]

    def present(self, people: Sequence[User]) -> list[User]:
        """Of these people, those who are there, and the stand-ins of those who are not."""
        key = frozenset(person.pk for person in people)
        if key not in self._present:
            self._present[key] = present_or_stand_in(people, self.now)
        return self._present[key]

    def channel(self, slug: str) -> ChatChannel | None:
        if slug not in self._channels:
            self._channels[slug] = ChatChannel.objects.filter(slug=slug).first()
        return self._channels[slug]

    def queue(self, slug: str) -> Queue | None:
        """The queue of this name; None when there is none."""
        if slug not in self._queues:
            self._queues[slug] = Queue.objects.filter(slug=slug).first()
        return self._queues[slug]

    def knows(self, to: To) -> bool:
        """Whether there is anything of this name, whoever is behind it. What has no name of its own always is."""
        if to.kind == "channel":
            return self.channel(to.name) is not None
        if to.kind == "queue":
            return self.queue(to.name) is not None
        if to.kind == "team":
            return Team.objects.filter(slug=to.name).exists()
        return to.kind != "person" or User.objects.filter(short=to.name).exists()

    def reach(self, to: To, queue: Queue, workflow: Workflow) -> Reach:
        """The same for a proof: what a name stands for in a place."""
        if to.kind == "channel":
            channel = self.channel(to.name)
            return Reach(exists=channel is not None, serves=channel is not None and channel.is_active)
        if to.kind == "queue":
            target = self.queue(to.name)
            if target is None:
                return Reach(exists=False)
            return Reach(exists=True, serves=bool(self.holders(To("reviewers"), target, workflow)))
        found = self.holders(to, queue, workflow)
        if found is None:
            return Reach(exists=False)
        return Reach(
            exists=True,
            active=frozenset(person.pk for person in found),
            present=frozenset(person.pk for person in self.present(found)),
        )

    def _look_up(self, to: To, queue: Queue, workflow: Workflow | None) -> list[User] | None:
        if to.kind == "leads":
            return list(rights.people_with([Role.LEAD], queue))
        if to.kind == "reviewers":
            return list(rights.people_with(DECIDING_ROLES, queue))
        if to.kind == "office":
            held = Office.objects.filter(role=to.name, user__is_active=True).select_related("user")
            return [office.user for office in held]
        if to.kind == "role":
            return _in_role(to.name, workflow)
        if to.kind == "team":
            team = Team.objects.filter(slug=to.name).first()
            return None if team is None else list(User.objects.filter(groups=team, is_active=True))
        person = User.objects.filter(short=to.name).first()
        return None if person is None else [person] if person.is_active else []


def _in_role(name: str, workflow: Workflow | None) -> list[User]:
    """Who has one of the five named roles of a workflow."""
    if workflow is None:
        return []
    if name == "reviewers":
        return list(User.objects.filter(groups=workflow.reviewers_id, is_active=True))
    return list(User.objects.filter(pk=getattr(workflow, f"{name}_id"), is_active=True))
