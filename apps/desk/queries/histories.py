"""What happened to a proposal, line by line: claims, skips, questions, moves, decisions one may know, the answer."""

from dataclasses import dataclass
from datetime import datetime

from apps.audit.models import Event
from apps.audit.queries import story
from apps.audit.sentences import sentence
from apps.desk.queries.questions import Questions
from apps.desk.queries.sight import Sight
from apps.proposals.models import Proposal
from apps.proposals.states import Verdict

# Events that would tell a blind second person what the first decided.
_TELLS_A_DECISION = frozenset(
    {"task.decided", "task.undone", "task.passed_to_second", "evidence.checked", "evidence.unchecked"}
)
_TELLS_A_QUESTION = frozenset(
    {
        "proposal.info_requested",
        "proposal.info_answered",
        "proposal.info_unanswered",
        "proposal.info_called_off",
        "clock.paused",
    }
)
_DANGER = frozenset(
    {
        "proposal.denied",
        "proposal.expired",
        "proposal.failed",
        "proposal.redeem_refused",
        "proposal.info_unanswered",
        "proposal.grant_revoked",
        "clock.breached",
        "task.lease_lost",
        "task.glass_broken",
    }
)
_GOOD = frozenset(
    {"proposal.approved", "proposal.grant_issued", "proposal.grant_redeemed", "proposal.result_reported"}
)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened, as a sentence. `tone` is accent, danger or empty."""

    at: datetime
    text: str
    actor: str
    note: str
    tone: str


def history(
    proposal: Proposal, *, sees_votes: bool, asked: Questions, seen: Sight, like_any_other: bool = False
) -> list[Line]:
    """Everything on record, oldest first, without what a blind second person must not know. `like_any_other`: a copy
    that reads like any proposal. One query.
    """
    silent_until = asked.silent_until
    events = [
        event
        for event in story(proposal.pk)
        if (sees_votes or event.verb not in _TELLS_A_DECISION)
        and (silent_until is None or event.at > silent_until or event.verb not in _TELLS_A_QUESTION)
    ]
    if like_any_other:
        # Nobody proposed a copy, so nothing says so.
        kept = (event for event in events if event.verb != "proposal.concluded")
        events = [_received(proposal), *kept]
    return [_line(event, seen) for event in events]


def _received(proposal: Proposal) -> Event:
    return Event(
        at=proposal.created_at,
        verb="proposal.received",
        actor_kind="agent",
        actor_name=proposal.agent.name,
        subject_kind="proposal",
        subject_id=str(proposal.pk),
        subject_label=proposal.external_id,
    )


def _line(event: Event, seen: Sight) -> Line:
    note = next(filter(None, map(event.data.get, ("reason", "because", "question", "answer", "note"))), "")
    if event.verb == "clock.paused":
        # Its reason is the question, which stands one line above.
        note = ""
    is_bad = event.verb in _DANGER or event.data.get("verdict") == Verdict.WRONG
    tone = "danger" if is_bad else "accent" if event.verb in _GOOD else ""
    return Line(event.at, seen.text(sentence(event)), event.actor_name, seen.text(str(note)), tone)
