"""Shows known cases again, blind, between ordinary tasks: a share of all reviews, and more of them at a person's start.

Every decision tosses a keyed coin, as the audit does, so that nobody can tell when the next one comes. Below the share
a case of the same workflow is ordered that the person cannot know. Whoever is new is shown ten early; for a while these
go past people who had theirs. What is found out is written by `concluding`.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Q

from apps.accounts.models import User
from apps.audit.sweeping import sweep
from apps.proposals import examining
from apps.proposals.models import Examination
from apps.proposals.states import Purpose
from apps.registry.states import AgentStatus
from apps.reviews.knowing import who_knows
from apps.reviews.models import Decision, GoldAnswer, GoldCase, Queue, Seeding, Task
from apps.reviews.states import TaskStatus
from apps.routing.states import Route
from apps.trust.statistics import coin

AT_START = 10
START_RATE = 0.20
# A case that people who are new do not take within this time goes to anybody who does not know it.
RESERVED = timedelta(hours=4)
_MOST_OPEN = 20
_CANDIDATES = 100
# Decisions younger than this may still be written by a transaction that began earlier.
_SETTLED = timedelta(minutes=1)

Place = tuple[int, int]  # (workflow id, person id)


def order_replays(*, now: datetime, limit: int = 2000) -> int:
    """Toss the coin of every decision since the last call; how many cases were ordered. One sweeper at a time."""
    with transaction.atomic():
        seeding = _locked()
        if seeding is None:
            return 0
        decisions = list(
            Decision.objects.filter(pk__gt=seeding.decided_until, decided_at__lt=now - _SETTLED)
            .select_related("task__queue", "by")
            .order_by("pk")[:limit]
        )
        if not decisions:
            return 0
        seeding.decided_until = decisions[-1].pk
        seeding.save(update_fields=["decided_until"])
        return _toss([one for one in decisions if one.undone_at is None], now)


def experienced_people(workflow_id: int) -> set[int]:
    """Ids of people who were shown as many known cases here as everybody is at the start."""
    return {person for (_workflow, person), seen in _seen(workflow_id).items() if seen >= AT_START}


def open_to_all(*, now: datetime, limit: int = 200) -> int:
    """Let anybody who does not know it take a case that was kept for new people too long. How many."""
    kept = (
        Task.objects.filter(
            status=TaskStatus.OPEN,
            opened_at__lte=now - RESERVED,
            proposal__examination_of__purpose=Purpose.REPLAY,
            proposal__examination_of__meant_for__isnull=False,
        )
        .exclude(excluded=F("proposal__examination_of__excluded"))
        .order_by("opened_at")
    )
    return sweep(
        next_due=lambda failed: (
            kept.exclude(pk__in=failed)
            .select_for_update(skip_locked=True, of=("self",), no_key=True)
            .select_related("proposal__examination_of")
            .first()
        ),
        act=_open_to_all,
        limit=limit,
    )


def _open_to_all(task: Task) -> None:
    task.excluded = task.proposal.examination_of.excluded
    task.save(update_fields=["excluded"])


def _locked() -> Seeding | None:
    """The one row, locked; None while another sweeper has it. It begins with the decisions made from now on."""
    newest = Decision.objects.order_by("-pk").values_list("pk", flat=True).first()
    Seeding.objects.get_or_create(pk=1, defaults={"decided_until": newest or UUID(int=0)})
    return Seeding.objects.select_for_update(skip_locked=True).filter(pk=1).first()


def _toss(decisions: Sequence[Decision], now: datetime) -> int:
    copies = set(
        Examination.objects.filter(copy__in=[one.task.proposal_id for one in decisions]).values_list(
            "copy_id", flat=True
        )
    )
    seen = _seen()
    waiting = Counter(
        Examination.objects.filter(purpose=Purpose.REPLAY, concluded_at__isnull=True).values_list(
            "original__workflow_id", flat=True
        )
    )
    secret = settings.SECRET_KEY.encode()
    ordered = 0
    for decision in decisions:
        workflow_id = decision.task.workflow_id
        place = (workflow_id, decision.by_id)
        is_new = seen[place] < AT_START
        rate = _rate(is_new, decision.task.queue)
        if decision.task.proposal_id in copies or waiting[workflow_id] >= _MOST_OPEN:
            continue
        if coin.toss(secret, workflow_id, f"gold {decision.pk}") < rate and _order(
            workflow_id, decision.by, is_new, now
        ):
            ordered += 1
            seen[place] += 1
            waiting[workflow_id] += 1
    return ordered


def share_for(task: Task, person: int) -> float:
    """The share of known cases this person is shown in this queue now. One query."""
    seen = GoldAnswer.objects.filter(case__workflow_id=task.workflow_id, by=person).count()
    return _rate(seen < AT_START, task.queue)


def _rate(is_new: bool, queue: Queue) -> float:
    percent = settings.REVIEWHUB_GOLD_PERCENT if queue.gold_percent is None else queue.gold_percent
    share = percent / 100
    return max(share, START_RATE) if is_new and share else share


def _order(workflow_id: int, person: User, is_new: bool, now: datetime) -> bool:
    """Order the case shown least among those this person cannot know; False when the bank has none."""
    for case, knowing in _candidates(workflow_id):
        if person.pk not in knowing:
            examining.order(
                original=case.proposal,
                purpose=Purpose.REPLAY,
                excluded=knowing,
                meant_for=person if is_new else None,
                now=now,
            )
            return True
    return False


def _candidates(workflow_id: int) -> list[tuple[GoldCase, set[int]]]:
    """(case, ids of who knows it) of cases in use that nobody has before them, the least shown first. Three queries.

    Only work that people review, of an agent and in a slice that stand as they stood: its reasons are told on the card.
    """
    replays = Q(proposal__examinations__purpose=Purpose.REPLAY)
    cases = list(
        GoldCase.objects.filter(workflow_id=workflow_id, retired_at__isnull=True)
        .annotate(
            shown=Count("proposal__examinations", filter=replays),
            open=Count(
                "proposal__examinations",
                filter=replays & Q(proposal__examinations__concluded_at__isnull=True),
            ),
        )
        .filter(
            open=0,
            proposal__route=Route.REVIEW,
            proposal__action_type__is_active=True,
            proposal__agent__status=AgentStatus.ACTIVE,
            proposal__slice__stage=F("proposal__assessment__slice_stage"),
        )
        .filter(
            Q(proposal__slice__threshold=F("proposal__assessment__slice_threshold"))
            | Q(proposal__slice__threshold=None, proposal__assessment__slice_threshold=None)
        )
        .select_related("proposal")
        .order_by("shown", "pk")[:_CANDIDATES]
    )
    knowing = who_knows(cases)
    return [(case, knowing[case.pk]) for case in cases]


def _seen(workflow_id: int | None = None) -> Counter[Place]:
    """How many known cases each person was shown, by (workflow id, person id). One query."""
    given = GoldAnswer.objects.all()
    if workflow_id is not None:
        given = given.filter(case__workflow_id=workflow_id)
    counted = given.values("case__workflow_id", "by_id").annotate(seen=Count("*"))
    return Counter({(row["case__workflow_id"], row["by_id"]): row["seen"] for row in counted})
