"""Simulated people: they know the truth about each proposal and decide through the verbs the pages use."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import connections
from django.utils import timezone

from apps.accounts.models import User
from apps.reviews import claiming, deciding, settling
from apps.reviews.caution import word_to_type
from apps.reviews.choosing import Choice
from apps.reviews.models import Task
from apps.routing.states import Verb
from tests.replay.mapping import Intent

# Every person takes each of so many decisions back once, and makes it again.
UNDO_EVERY = 40


def decide_all(reviewers: Sequence[User], intents: Mapping[str, Intent]) -> None:
    """All work side by side, as the sweepers do, until nothing waits and nothing can be taken back any more."""
    with ThreadPoolExecutor(len(reviewers)) as pool:
        while True:
            worked = sum(pool.map(partial(_work_off, intents=intents), reviewers))
            settled = sum(pool.map(_settle, range(len(reviewers))))
            if not worked and not settled:
                return


def _work_off(person: User, *, intents: Mapping[str, Intent]) -> int:
    """Take and decide whatever this person may, until there is nothing. How many were decided."""
    decided = 0
    try:
        while True:
            now = timezone.now()
            task = claiming.claim_next(by=person, now=now, held_first=True)
            if task is None:
                return decided
            intent = intents[task.proposal.external_id]
            decided += 1
            if decided % UNDO_EVERY == 0:
                _decide(task, person, intent, now)
                task = deciding.undo(task_id=task.pk, by=person, now=now + timedelta(seconds=1))
            _decide(task, person, intent, now + timedelta(seconds=2))
    finally:
        connections.close_all()


def _settle(_sweeper: int) -> int:
    """To the sweeper it is a moment later: no decision can be taken back any more."""
    try:
        after = timezone.now() + timedelta(seconds=settings.REVIEWHUB_UNDO_SECONDS + 3)
        return settling.settle_due(now=after, limit=10_000)
    finally:
        connections.close_all()


def _decide(task: Task, person: User, intent: Intent, now: datetime) -> None:
    assert task.lease_token is not None
    deciding.decide(
        task_id=task.pk,
        by=person,
        choice=Choice(
            verb=intent.verb,
            seen_sha256=task.proposal.args_sha256,
            args=intent.args,
            alternative_rank=intent.alternative_rank,
            reason_code="" if intent.verb is Verb.APPROVE else "wrong-action",
            note=intent.note,
            typed=word_to_type(subject_id=task.proposal.subject_id, args_sha256=task.proposal.args_sha256),
        ),
        lease_token=task.lease_token,
        version=task.version,
        now=now,
    )
