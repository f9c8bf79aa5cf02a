"""The bank of known cases and its disputes, as leads and governance see them."""

from dataclasses import dataclass, replace
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.desk.queries.right_answers import RightAnswer, right_answers
from apps.desk.queries.sight import masked
from apps.proposals.models import Proposal
from apps.reviews import policies
from apps.reviews.adjudicating import possible_answers
from apps.reviews.knowing import who_knows
from apps.reviews.models import GoldCase, GoldDispute, Queue
from apps.reviews.states import GoldResult

_MOST = 50


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A known case, what it is about, how often it was shown and how often its mistake was let through."""

    case: GoldCase
    summary: str
    shown: int
    missed: int
    false_alarms: int


@dataclass(frozen=True, slots=True)
class FoundDispute:
    """A dispute with its case, the queue the case was shown in, and, of one that is opened, what is right in it."""

    dispute: GoldDispute
    case: GoldCase
    queue: Queue
    summary: str
    known: RightAnswer | None = None


def offered_answers(proposal: Proposal) -> list[tuple[str, str]]:
    """(digest, words) of what can be right in a case. Wants `action_type` loaded."""
    alternatives = {f"alternative {one.rank}": one.summary for one in proposal.alternatives.all()}
    seen = masked(proposal)
    words = {"proposed": _("As proposed"), "decided": _("What was decided instead"), "nothing": _("Nothing")}
    return [
        (one.sha256, words.get(one.kind) or f"{one.kind.capitalize()}: {seen.text(alternatives[one.kind])}")
        for one in possible_answers(proposal)
    ]


def cases_in(queue: Queue, *, by: User) -> tuple[list[CaseRow], int]:
    """The cases in use whose originals were decided in this queue, or that were shown in it, the newest first; and how
    many are left out: who reviews here too is shown those they know anyhow, as every other one is to come before them
    as a task. Four queries.
    """
    here = Q(proposal__task__queue=queue) | Q(given__decision__task__queue=queue)
    ids = GoldCase.objects.filter(here, retired_at__isnull=True).values("pk")
    rows = (
        GoldCase.objects.filter(pk__in=ids)
        .annotate(
            shown=Count("given"),
            missed=Count("given", filter=Q(given__result=GoldResult.MISSED)),
            false_alarms=Count("given", filter=Q(given__result=GoldResult.FALSE_ALARM)),
        )
        .select_related("proposal__action_type", "added_by")
        .order_by("-added_at")[:_MOST]
    )
    cases = list(rows)
    if queue.pk in policies.queue_ids(by):
        knowing = who_knows(cases)
        cases = [case for case in cases if by.pk in knowing[case.pk]]
    shown = [
        CaseRow(case, _summary(case.proposal), case.shown, case.missed, case.false_alarms) for case in cases
    ]
    return shown, len(rows) - len(cases)


def open_disputes_in(queue: Queue, *, by: User) -> list[FoundDispute]:
    """What nobody has ruled on yet, the oldest first; not one's own."""
    rows = _disputes().filter(ruled_at__isnull=True, answer__decision__task__queue=queue)
    return [_found(row) for row in rows.exclude(answer__by=by).order_by("at")[:_MOST]]


def find_dispute(dispute_id: UUID) -> FoundDispute:
    """One dispute. Raises GoldDispute.DoesNotExist."""
    found = _found(_disputes().get(pk=dispute_id))
    return replace(found, known=right_answers([found.case])[found.case.pk])


def _disputes() -> QuerySet[GoldDispute]:
    return GoldDispute.objects.select_related(
        "answer__by",
        "answer__decision__task__queue",
        "answer__case__added_by",
        "answer__case__proposal__action_type",
        "answer__case__proposal__agent",
        "answer__case__proposal__workflow",
    )


def _found(dispute: GoldDispute) -> FoundDispute:
    case = dispute.answer.case
    return FoundDispute(dispute, case, dispute.answer.decision.task.queue, _summary(case.proposal))


def _summary(proposal: Proposal) -> str:
    return masked(proposal).text(proposal.summary)
