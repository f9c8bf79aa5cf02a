"""Which of these waiting tasks carry a doubt, so that they are looked at one by one and not approved with others?

It repeats no card: a task is doubtful as soon as one thing is found, and the first thing found is what is said.
"""

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db.models import Count
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.desk.queries.beliefs import belief
from apps.desk.queries.precedents import says_otherwise, taken_before
from apps.desk.texts.instructions import findings
from apps.proposals.models import Proposal
from apps.proposals.states import Status
from apps.reviews.models import Task


class Doubt(StrEnum):
    """Why a task is looked at by itself."""

    NEW = "new"
    BARE = "bare"
    SUBJECT = "subject"
    FLAGGED = "flagged"
    AGAINST = "against"

    @property
    def sentence(self) -> str | Promise:
        """What a page says of it."""
        return _SENTENCES[self]


_SENTENCES: dict[Doubt, str | Promise] = {
    Doubt.NEW: _("something in it was never seen in its slice before"),
    Doubt.BARE: _("the agent gave no evidence"),
    Doubt.SUBJECT: _("another open proposal is about the same subject"),
    Doubt.FLAGGED: _("its text behaves like instructions, or hides something"),
    Doubt.AGAINST: _("on similar cases people decided otherwise than on the rest of the slice"),
}


def doubts(tasks: Sequence[Task]) -> dict[UUID, Doubt]:
    """{task id: the doubt}, without those that carry none. Two queries for a slice, one for each stated confidence.

    Wants the proposals with `slice`, `action_type` and `assessment` loaded, evidence and alternatives prefetched.
    """
    shared = _shared_subjects([task.proposal for task in tasks])
    found = {}
    for task in tasks:
        doubt = _first(task.proposal, shared)
        if doubt:
            found[task.pk] = doubt
    left = sorted((task for task in tasks if task.pk not in found), key=lambda one: one.proposal.slice_id)
    for _slice_id, group in groupby(left, key=lambda one: one.proposal.slice_id):
        found |= dict.fromkeys(_contradicted(list(group)), Doubt.AGAINST)
    return found


def _first(proposal: Proposal, shared: set[tuple[int, str, str]]) -> Doubt | None:
    codes = {reason["code"] for reason in proposal.assessment.reasons}
    if "never_seen" in codes:
        return Doubt.NEW
    if not proposal.evidence.all():
        return Doubt.BARE
    if _subject(proposal) in shared:
        return Doubt.SUBJECT
    return Doubt.FLAGGED if any(findings(text) for text in _texts(proposal)) else None


def _subject(proposal: Proposal) -> tuple[int, str, str]:
    return (proposal.workflow_id, proposal.subject_kind, proposal.subject_id)


def _shared_subjects(proposals: Iterable[Proposal]) -> set[tuple[int, str, str]]:
    """(workflow, kind, id) of the subjects that more than one open proposal is about."""
    ids = {proposal.subject_id for proposal in proposals if proposal.subject_id}
    if not ids:
        return set()
    places = ("workflow_id", "subject_kind", "subject_id")
    rows = Proposal.objects.filter(subject_id__in=ids, status=Status.PENDING, is_copy=False)
    return set(rows.values(*places).annotate(n=Count("pk")).filter(n__gt=1).values_list(*places))


def _texts(proposal: Proposal) -> Iterator[str]:
    """Whatever somebody else wrote into it."""
    yield from (proposal.summary, proposal.rationale)
    yield from _strings(proposal.args)
    for item in proposal.evidence.all():
        yield from (item.claim, item.title, item.source, item.content)
    for other in proposal.alternatives.all():
        yield other.summary
        yield from _strings([other.args, other.risks])


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _strings(one)


def _contradicted(tasks: list[Task]) -> Iterator[UUID]:
    """Those of one slice on whose similar cases people decided otherwise than on the slice."""
    cases = taken_before([task.proposal for task in tasks])
    shares: dict[float, float | None] = {}
    for task in tasks:
        proposal = task.proposal
        if proposal.confidence not in shares:
            shares[proposal.confidence] = belief(proposal).shown_share
        if says_otherwise(shares[proposal.confidence], cases[proposal.pk]):
            yield task.pk
