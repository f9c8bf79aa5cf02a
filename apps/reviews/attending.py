"""Keeps how a decision came about, once its undo window has closed, and says whether it can be evidence.

What the page told is never more than can be: from the opening of the task to the decision. Where no script told
anything, the time since the claim counts.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from apps.audit.insertion import insert_at_end
from apps.proposals.models import Evidence, Proposal
from apps.reviews.models import Attention, Decision, Task
from apps.reviews.reading import Read, ReadingRules, floor_of, mark_of, spent_on, words_in
from apps.reviews.states import Mark
from apps.routing.states import Verb
from apps.trust.states import NotEvidence

_NOT_EVIDENCE = {
    Mark.BULK: NotEvidence.BULK,
    Mark.TOO_FAST: NotEvidence.TOO_FAST,
    Mark.STREAK: NotEvidence.STREAK,
    Mark.EMERGENCY: NotEvidence.BREAK_GLASS,
}
_LONGEST = timedelta(days=1)
_MOST_ITEMS = 1000


def told(task: Task, active_ms: int | None, opened: int | None, now: datetime) -> dict[str, int | None]:
    """The fields `active_ms` and `opened` of a decision or a task: the most its page told, as far as it can be true."""
    most = int(min(now - task.opened_at, _LONGEST).total_seconds() * 1000)
    return {
        "active_ms": _larger(task.active_ms, active_ms, most),
        "opened": _larger(task.opened, opened, _MOST_ITEMS),
    }


def _larger(before: int | None, now: int | None, most: int) -> int | None:
    known = [value for value in (before, now) if value is not None]
    return max(0, min(max(known), most)) if known else None


def why_marked(mark: Mark | None) -> NotEvidence | None:
    """Why a decision with this mark is no evidence; None without one."""
    return None if mark is None else _NOT_EVIDENCE[mark]


def attend(task: Task, vote: Decision) -> Mark | None:
    """Keep how the newest decision of a locked task was made. Two queries, one where it was too fast anyway."""
    rules = task.queue.reading_rules
    evidence = list(Evidence.objects.filter(proposal_id=task.proposal_id))
    words = words_in(_to_read(task.proposal, evidence))
    last = Read(
        is_approval=vote.verb == Verb.APPROVE,
        spent=spent_on(vote.decided_at - vote.claimed_at, vote.active_ms),
        floor=floor_of(words, rules),
    )
    mark = _marked_already(vote) or _mark(vote, last, rules)
    insert_at_end([_row(task, vote, last, words, len(evidence), mark)])
    return mark


def _marked_already(vote: Decision) -> Mark | None:
    """However long it was looked at."""
    if vote.emergency_id is not None:
        return Mark.EMERGENCY
    return Mark.BULK if vote.batch is not None else None


def _mark(vote: Decision, last: Read, rules: ReadingRules) -> Mark | None:
    if rules.streak < 2 or not last.is_quick_approval or last.spent < last.floor:
        return mark_of(last, [], rules)
    rows = list(
        Attention.objects.filter(by=vote.by_id, at__lt=vote.decided_at).order_by("-at")[: rules.streak]
    )
    if not rows:
        return None
    return mark_of(replace(last, since=vote.decided_at - rows[0].at), _reads(rows), rules)


def _to_read(proposal: Proposal, evidence: list[Evidence]) -> list[str]:
    return [
        proposal.sent_summary,
        proposal.rationale,
        *(text for item in evidence for text in (item.claim, item.content)),
    ]


def _reads(rows: Sequence[Attention]) -> list[Read]:
    """As the rules take them; the first of all has nothing before it."""
    earlier = [*(row.at for row in rows[1:]), None]
    return [
        Read(
            is_approval=row.is_approval and row.mark not in (Mark.BULK, Mark.EMERGENCY),
            spent=(row.took_ms if row.active_ms is None else row.active_ms) / 1000,
            floor=row.floor_ms / 1000,
            since=None if at is None else row.at - at,
        )
        for row, at in zip(rows, earlier, strict=True)
    ]


def _row(task: Task, vote: Decision, last: Read, words: int, items: int, mark: Mark | None) -> Attention:
    return Attention(
        decision=vote,
        by_id=vote.by_id,
        queue_id=task.queue_id,
        workflow_id=task.workflow_id,
        slice_id=task.proposal.slice_id,
        is_approval=last.is_approval,
        took_ms=int((vote.decided_at - vote.claimed_at).total_seconds() * 1000),
        active_ms=vote.active_ms,
        words=words,
        floor_ms=int(last.floor * 1000),
        opened=vote.opened,
        items=items,
        mark=mark or "",
        at=vote.decided_at,
    )
