"""Everything the decision card shows about one task, gathered in a fixed number of queries.

What a blind second person must not know is left out here, not hidden in a template. Who has to say first what they
would do is shown another card, see `covered`.
"""

import json
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.policies import allows, why_not
from apps.desk.queries.alternatives import Choice, choices
from apps.desk.queries.beliefs import Belief, belief
from apps.desk.queries.clocks import decide_clocks
from apps.desk.queries.conflicts import Conflict, conflicts
from apps.desk.queries.doubts import Doubt
from apps.desk.queries.evidence import EvidenceItem, checks_on, evidence_items, oldest_fresh
from apps.desk.queries.finished import as_decided, is_like_any_other
from apps.desk.queries.granting import granted
from apps.desk.queries.histories import Line, history
from apps.desk.queries.picks import Picked, Vote, picked, votes_on
from apps.desk.queries.precedents import Precedent, precedents, says_otherwise
from apps.desk.queries.questions import Questions, questions
from apps.desk.queries.runs import Run, run
from apps.desk.queries.showing import Shown, shown
from apps.desk.queries.sight import Sight, sight
from apps.desk.queries.stakes import Stakes, reasons, stakes
from apps.desk.texts.told import Told, findings_of
from apps.proposals.models import Proposal, Question
from apps.registry.models import ReasonCode
from apps.reviews import policies
from apps.reviews.gathering import is_contested
from apps.reviews.models import Task
from apps.reviews.originals import copies_before
from apps.reviews.states import TaskStatus
from apps.reviews.verdicts import is_blind
from apps.routing.states import Verb
from apps.sla.faces import ClockFace


@dataclass(frozen=True, slots=True)
class Card:
    """What the page shows. `why_not` says why this person cannot claim the task; empty when they can."""

    task: Task
    proposal: Proposal
    seen: Sight
    summary: Told
    rationale: Told
    action: Shown
    raw: str
    stakes: Stakes
    reasons: list[tuple[str, str]]
    evidence: list[EvidenceItem]
    questions: Questions
    run: Run
    history: list[Line]
    belief: Belief
    choices: list[Choice]
    precedents: list[Precedent]
    conflicts: list[Conflict]
    is_contested: bool
    clock: ClockFace | None
    reason_codes: list[ReasonCode]
    pick: Picked | None
    votes: list[Vote]
    is_mine: bool
    is_blind: bool
    why_not: str
    can_take_away: bool
    can_call_off: bool
    verbs: frozenset[str]
    granted: str
    grant_minutes: int
    undo_seconds: int

    @property
    def hides(self) -> list[str]:
        """What the arguments are called that are granted with the action and that this person does not see."""
        return [
            one.title
            for one in self.action.arguments
            if any(value.form == "hidden" for value in (*one.values, *one.before))
        ]

    @property
    def precedents_taken(self) -> int:
        """In how many of the precedents of the same action it was approved as it was."""
        return sum(self._taken)

    @property
    def precedents_alike(self) -> int:
        """How many of the precedents are of the same action."""
        return len(self._taken)

    @property
    def _taken(self) -> list[bool]:
        return [one.resolution.verb == Verb.APPROVE for one in self.precedents if one.is_same_action]

    @property
    def is_contradicted(self) -> bool:
        """Whether the similar cases say something else than the figure of the slice, which then must not lead."""
        return says_otherwise(self.belief.shown_share, self._taken)

    @property
    def open_question(self) -> Question | None:
        """The question that waits for the agent's answer."""
        return next(
            (asked.question for asked in self.questions.shown if asked.question.ended_at is None), None
        )

    @property
    def doubts(self) -> list[Doubt]:
        """Where on the card text looks like instructions, or hides something, in the order of the page."""
        values = [value.said for one in self.action.arguments for value in one.values]
        places = [
            (_("the headline"), "content", self.summary.findings),
            (_("the arguments"), "action-heading", findings_of(*values)),
            (_("the agent's grounds"), "grounds", self.rationale.findings),
            *(
                (
                    _("evidence {number}").format(number=row.item.position),
                    f"evidence-{row.item.position}",
                    row.findings,
                )
                for row in self.evidence
            ),
            *(
                (_("alternative {rank}").format(rank=one.alternative.rank), "alternatives", one.findings)
                for one in self.choices
            ),
            (
                _("the agent's answer"),
                "questions-heading",
                findings_of(*(one.answer for one in self.questions.shown)),
            ),
            (_("the run"), "run", self.run.findings),
        ]
        return Doubt.listed(places)


def card(task: Task, *, by: User, now: datetime, is_uncovered: bool = False) -> Card:
    """The card as `by` may see it. `is_uncovered`: they asked to see the hidden values, which needs the right to."""
    proposal = task.proposal
    as_decided([proposal], by=by)
    queues = policies.queue_ids(by)
    sees_votes = allows(policies.check_see_votes, task, by=by, queues=queues)
    is_mine = task.status == TaskStatus.CLAIMED and task.claimed_by_id == by.pk
    others = [(one.action_name, one.args) for one in proposal.alternatives.all()]
    seen = sight(proposal, by=by, is_uncovered=is_uncovered, others=others)
    asked = questions(proposal, task, by=by, sees_votes=sees_votes, seen=seen)
    asked_by = {one.pk: one.by for one in (*(each.question for each in asked.shown), *asked.kept_back)}
    waiting = next((one.question for one in asked.shown if one.question.ended_at is None), None)
    evidence = list(proposal.evidence.all())
    contested = is_contested(task, by=by, now=now)
    return Card(
        task=task,
        proposal=proposal,
        seen=seen,
        summary=seen.told(proposal.sent_summary),
        rationale=seen.told(proposal.rationale),
        action=shown(proposal, evidence, seen),
        raw=raw(proposal, seen),
        stakes=stakes(proposal, seen),
        reasons=reasons(proposal, seen),
        evidence=evidence_items(
            evidence,
            seen,
            oldest=oldest_fresh(proposal, now=now),
            asked_by=asked_by,
            checks=checks_on(task, by=by, sees_votes=sees_votes),
            by=by,
        ),
        questions=asked,
        run=run(proposal, seen),
        history=history(
            proposal,
            sees_votes=sees_votes,
            asked=asked,
            seen=seen,
            like_any_other=is_like_any_other(proposal, by=by),
        ),
        belief=belief(proposal),
        choices=choices(proposal, seen, contested=contested),
        precedents=precedents(proposal, kept_back=copies_before(by, queues).kept_back),
        conflicts=conflicts(task, by=by, queues=queues, now=now),
        is_contested=contested,
        clock=decide_clocks([task], now=now).get(proposal.pk) if task.closed_at is None else None,
        reason_codes=list(ReasonCode.objects.filter(workflow_id=proposal.workflow_id)),
        pick=picked(policies.pick_of(task, by), proposal, seen),
        votes=_votes(task, by, sees_votes, seen),
        is_mine=is_mine,
        is_blind=not sees_votes and is_blind(len(task.deciders)),
        why_not="" if is_mine else why_not(policies.check_take, task, by=by, queues=queues, now=now),
        can_take_away=not is_mine and allows(policies.check_take_away, task, by=by),
        can_call_off=waiting is not None
        and allows(policies.check_call_off, task, asked_by=waiting.by_id, by=by),
        verbs=frozenset(task.verbs),
        granted=granted(proposal, (proposal.action_type.name, proposal.args), seen),
        grant_minutes=settings.REVIEWHUB_GRANT_MINUTES,
        undo_seconds=settings.REVIEWHUB_UNDO_SECONDS,
    )


def raw(proposal: Proposal, seen: Sight) -> str:
    """The action as JSON, hidden values masked."""
    name = proposal.action_type.name
    return json.dumps(
        {"name": name, "args": seen.args(name, proposal.args)}, indent=2, ensure_ascii=False, default=str
    )


def _votes(task: Task, by: User, sees_votes: bool, seen: Sight) -> list[Vote]:
    """The standing decisions this person may know; while others still decide, at most their own."""
    if not task.deciders:
        return []
    return [
        vote for vote in votes_on(task, task.proposal, seen) if sees_votes or vote.decision.by_id == by.pk
    ]
