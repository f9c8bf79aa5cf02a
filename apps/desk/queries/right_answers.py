"""What is right in known cases, who found it, and why: told to whoever has answered one, and to who rules on a dispute.

Never before: who is told knows the case. As many queries for many cases as for one.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.desk.queries.changes import action_differences
from apps.desk.queries.sight import Sight, masked
from apps.proposals.models import Alternative, Proposal
from apps.proposals.states import Purpose
from apps.registry.models import ActionType, ReasonCode
from apps.reviews.models import Decision, GoldCase

# Copies by which nobody finds anything: they measure people.
_MEASURING = (Purpose.REPLAY, Purpose.AGREEMENT)


@dataclass(frozen=True, slots=True)
class Right:
    """One right answer: what to do, and how its arguments differ from what was proposed."""

    words: str
    changes: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class RightAnswer:
    """What is right in a case, the names of who found it, and why. `summary` is what the case is about."""

    summary: str
    rights: list[Right]
    found_by: list[str]
    because: list[str]


def right_answers(cases: Sequence[GoldCase]) -> dict[UUID, RightAnswer]:
    """{case id: its right answer, sensitive values hidden}. Four queries; none for no cases. Wants `added_by` and
    `proposal__action_type` loaded.
    """
    if not cases:
        return {}
    originals = {case.proposal_id for case in cases}
    alternatives: defaultdict[UUID, list[Alternative]] = defaultdict(list)
    for one in Alternative.objects.filter(proposal__in=originals):
        alternatives[one.proposal_id].append(one)
    votes = _votes(originals)
    workflows = {case.workflow_id for case in cases}
    kinds = {(one.workflow_id, one.name): one for one in ActionType.objects.filter(workflow__in=workflows)}
    labels = {
        (workflow, code): label
        for workflow, code, label in ReasonCode.objects.filter(workflow__in=workflows).values_list(
            "workflow_id", "code", "label"
        )
    }
    return {
        case.pk: _Found(case, alternatives[case.proposal_id], votes[case.proposal_id], kinds, labels).answer()
        for case in cases
    }


def _votes(originals: Iterable[UUID]) -> defaultdict[UUID, list[Decision]]:
    """{original: the standing decisions on it and on its second looks, in order}"""
    about = Q(task__proposal__in=originals) | Q(task__proposal__examination_of__original__in=originals)
    rows = (
        Decision.objects.filter(about, undone_at__isnull=True)
        .exclude(task__proposal__examination_of__purpose__in=_MEASURING)
        .select_related("by", "task__proposal__examination_of")
        .order_by("decided_at", "id")
    )
    found: defaultdict[UUID, list[Decision]] = defaultdict(list)
    for row in rows:
        proposal = row.task.proposal
        found[proposal.examination_of.original_id if proposal.is_copy else proposal.pk].append(row)
    return found


@dataclass(frozen=True, slots=True)
class _Found:
    """What is stored about one case."""

    case: GoldCase
    alternatives: list[Alternative]
    votes: list[Decision]
    kinds: dict[tuple[int, str], ActionType]
    labels: dict[tuple[int, str], str]

    def answer(self) -> RightAnswer:
        proposal, finders = self.case.proposal, self._finders()
        seen = self._sight(proposal)
        by = self.case.added_by
        because = [self.case.explanation] if self.case.explanation else [self._why(vote) for vote in finders]
        return RightAnswer(
            summary=seen.text(proposal.summary),
            rights=[self._right(digest, seen) for digest in self.case.answers],
            found_by=[by.name] if by is not None else list(dict.fromkeys(vote.by.name for vote in finders)),
            because=[seen.text(one) for one in dict.fromkeys(because) if one],
        )

    def _finders(self) -> list[Decision]:
        """Those who chose what is right, before it was kept."""
        return [
            vote
            for vote in self.votes
            if vote.args_sha256 in self.case.answers and vote.decided_at <= self.case.added_at
        ]

    def _why(self, vote: Decision) -> str:
        label = self.labels.get((self.case.workflow_id, vote.reason_code), vote.reason_code)
        return ": ".join(filter(None, [label, vote.note]))

    def _right(self, digest: str, seen: Sight) -> Right:
        proposal = self.case.proposal
        if digest == proposal.args_sha256:
            return Right(_("Approve it as proposed"), [])
        other = next((one for one in self.alternatives if one.args_sha256 == digest), None)
        if not digest:
            return Right(_("Reject it") if other is None else _("Reject it, or do nothing"), [])
        if other is not None:
            words = _("Choose alternative {rank}: {summary}").format(
                rank=other.rank, summary=seen.text(other.summary)
            )
            return Right(words, self._changes(other.action_name, other.args, seen))
        edit = next((vote for vote in self.votes if vote.args_sha256 == digest), None)
        if edit is None:
            return Right(_("Another action than proposed"), [])
        return Right(_("Edit it"), self._changes(edit.action_name, edit.args, seen))

    def _changes(self, name: str, args: Any, seen: Sight) -> list[dict[str, Any]]:
        own = self.case.proposal.action_type
        before = (own.name, self.case.proposal.args)
        return action_differences(before, (name, args), own.args_schema, seen)

    def _sight(self, proposal: Proposal) -> Sight:
        named = [(one.action_name, one.args) for one in self.alternatives]
        named += [(one.action_name, one.args) for one in self.votes]
        known = ((self.kinds.get((self.case.workflow_id, name)), args) for name, args in named)
        return masked(proposal, others=[(kind, args) for kind, args in known if kind is not None])
