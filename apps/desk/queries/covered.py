"""What somebody sees of a task who has to say first what they would do: evidence, facts, and what could be done.

The agent's choice, its words about it, its confidence, what was assessed of it, similar cases and the record are not
read into this at all, so that no template can show them. All possible actions are told in the same way, from the
schemas alone. See `reviews.offering` for their order.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.policies import allows, why_not
from apps.desk.queries.clocks import decide_clocks
from apps.desk.queries.doubts import Doubt
from apps.desk.queries.evidence import EvidenceItem, checks_on, evidence_items, oldest_fresh
from apps.desk.queries.showing import Argument, listed
from apps.desk.queries.sight import Sight, sight
from apps.desk.texts.told import findings_of, tell
from apps.proposals.models import Proposal, Question
from apps.reviews import policies
from apps.reviews.models import Task
from apps.reviews.offering import Option
from apps.reviews.picking import offered_to
from apps.reviews.states import TaskStatus
from apps.reviews.verdicts import is_blind
from apps.routing.reasons import sentence
from apps.sla.faces import ClockFace

# The reasons of an assessment that say nothing about the action or its confidence.
_TELLS_NOTHING = frozenset({"no_evidence", "stale_evidence", "open_on_subject"})


@dataclass(frozen=True, slots=True)
class Offered:
    """A possible action, with the number it has on the page."""

    number: int
    key: str
    title: str
    arguments: list[Argument]


@dataclass(frozen=True, slots=True)
class Covered:
    """The card before the pick, with the names of `Card` where it holds the same."""

    task: Task
    seen: Sight
    evidence: list[EvidenceItem]
    options: list[Offered]
    facts: list[str]
    clock: ClockFace | None
    open_question: Question | None
    is_mine: bool
    is_blind: bool
    why_not: str
    can_take_away: bool
    undo_seconds: int
    can_call_off: bool = False

    @property
    def doubts(self) -> list[Doubt]:
        """Where text looks like instructions, or hides something."""
        values = [value.said for one in self.options for row in one.arguments for value in row.values]
        places = [
            (_("the possible actions"), "options", findings_of(*values)),
            *(
                (
                    _("evidence {number}").format(number=row.item.position),
                    f"evidence-{row.item.position}",
                    row.findings,
                )
                for row in self.evidence
            ),
        ]
        return Doubt.listed(places)


def covered(task: Task, *, by: User, now: datetime, is_uncovered: bool = False) -> Covered:
    """The card of a task whose choice `by` must not know yet. `is_uncovered` is about hidden values, as in `card`."""
    proposal = task.proposal
    queues = policies.queue_ids(by)
    sees_votes = allows(policies.check_see_votes, task, by=by, queues=queues)
    is_mine = task.status == TaskStatus.CLAIMED and task.claimed_by_id == by.pk
    others = [(one.action_name, one.args) for one in proposal.alternatives.all()]
    seen = sight(proposal, by=by, is_uncovered=is_uncovered, others=others)
    return Covered(
        task=task,
        seen=seen,
        evidence=_evidence(proposal, task, seen, by, now),
        options=[
            _offered(number, option, proposal, seen)
            for number, option in enumerate(offered_to(task, by=by), 1)
        ],
        facts=[
            seen.text(sentence(reason))
            for reason in proposal.assessment.reasons
            if reason["code"] in _TELLS_NOTHING
        ],
        clock=decide_clocks([task], now=now).get(proposal.pk) if task.closed_at is None else None,
        open_question=_open_question(task),
        is_mine=is_mine,
        is_blind=not sees_votes and is_blind(len(task.deciders)),
        why_not="" if is_mine else why_not(policies.check_take, task, by=by, queues=queues, now=now),
        can_take_away=not is_mine and allows(policies.check_take_away, task, by=by),
        undo_seconds=settings.REVIEWHUB_UNDO_SECONDS,
    )


def _evidence(proposal: Proposal, task: Task, seen: Sight, by: User, now: datetime) -> list[EvidenceItem]:
    """The items without the agent's claims: those argue for its choice."""
    rows = evidence_items(
        proposal.evidence.all(),
        seen,
        oldest=oldest_fresh(proposal, now=now),
        asked_by={},
        checks=checks_on(task, by=by, sees_votes=False),
        by=by,
    )
    return [_without_claim(row) for row in rows]


def _without_claim(row: EvidenceItem) -> EvidenceItem:
    called = _("Evidence {number}").format(number=row.item.position)
    return replace(row, claim=tell(""), title=row.title or tell(called))


def _offered(number: int, option: Option, proposal: Proposal, seen: Sight) -> Offered:
    action = option.action
    return Offered(
        number=number,
        key=option.key,
        title=seen.titles.get(action.name) or action.name.replace("_", " "),
        arguments=listed(proposal, (action.name, action.args or {}), seen),
    )


def _open_question(task: Task) -> Question | None:
    if task.status != TaskStatus.ASKED:
        return None
    return (
        Question.objects.filter(proposal=task.proposal_id, ended_at__isnull=True).select_related("by").first()
    )
