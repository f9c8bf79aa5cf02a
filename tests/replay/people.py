"""Simulated people: they know the truth about each proposal and decide through the verbs the pages use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from apps.accounts.models import User
from apps.reviews import claiming, deciding, settling
from apps.reviews.choosing import Choice
from apps.reviews.models import Decision, Task
from apps.routing.states import Verb
from tests.replay.mapping import Intent


@dataclass
class People:
    """Reviewers taking turns. Every `undo_every`th decision is taken back once and made again."""

    reviewers: Sequence[User]
    intents: Mapping[str, Intent]
    undo_every: int = 40
    made: int = 0
    undone: int = 0
    by_external_id: dict[str, list[Decision]] = field(default_factory=dict)

    def decide_all(self) -> None:
        """Work until nothing waits and nothing can be taken back any more."""
        while True:
            worked = sum(self._take_turn(person) for person in self.reviewers)
            if worked == 0:
                # What was decided last can still be taken back: to the sweeper it is a moment later.
                after = timezone.now() + timedelta(seconds=settings.REVIEWHUB_UNDO_SECONDS + 1)
                if settling.settle_due(now=after, limit=5000) == 0:
                    return

    def _take_turn(self, person: User) -> bool:
        now = timezone.now()
        task = claiming.claim_next(by=person, now=now)
        if task is None:
            return False
        self.made += 1
        if self.made % self.undo_every == 0:
            self._decide(task, person, now)
            task = deciding.undo(task_id=task.pk, by=person, now=now + timedelta(seconds=1))
            self.undone += 1
        self._decide(task, person, now + timedelta(seconds=2))
        return True

    def _decide(self, task: Task, person: User, now: datetime) -> None:
        intent = self.intents[task.proposal.external_id]
        assert task.lease_token is not None
        decision = deciding.decide(
            task_id=task.pk,
            by=person,
            choice=Choice(
                verb=intent.verb,
                seen_sha256=task.proposal.args_sha256,
                args=intent.args,
                alternative_rank=intent.alternative_rank,
                reason_code="" if intent.verb is Verb.APPROVE else "wrong-action",
                note=intent.note,
            ),
            lease_token=task.lease_token,
            version=task.version,
            now=now,
        )
        self.by_external_id.setdefault(task.proposal.external_id, []).append(decision)
