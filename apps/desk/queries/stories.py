"""One proposal from intake to outcome: what it said, what was answered, what came of it, and everything that happened.

Finds proposals too: by their own id, the agent's id, or the subject, through an index each.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from apps.accounts import rights
from apps.accounts.models import User
from apps.accounts.policies import allows
from apps.audit.models import Event
from apps.audit.queries import story as events_of
from apps.audit.sentences import sentence
from apps.desk.queries.card import Argument, Stakes, arguments, reasons, stakes, titled
from apps.proposals.models import Grant, HumanAction, Outcome, Proposal, Resolution, Result
from apps.registry.models import Agent
from apps.registry.visibility import READING_OFFICES, visible_workflows
from apps.reviews import policies
from apps.reviews.models import Decision, Task
from apps.trust.models import LedgerEntry
from apps.trust.states import Source

PAGE = 50
# Events that would tell a blind second person what the first decided.
_TELLS_A_DECISION = frozenset({"task.decided", "task.undone", "task.passed_to_second"})
_DANGER = frozenset(
    {
        "proposal.denied",
        "proposal.expired",
        "proposal.failed",
        "proposal.redeem_refused",
        "proposal.grant_revoked",
        "clock.breached",
        "task.lease_lost",
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


@dataclass(frozen=True, slots=True)
class Story:
    """The page of one proposal. What does not exist (yet) is None or empty."""

    proposal: Proposal
    task: Task | None
    arguments: list[Argument]
    stakes: Stakes
    reasons: list[tuple[str, str]]
    resolution: Resolution | None
    granted_instead: list[dict[str, Any]]
    grant: Grant | None
    result: Result | None
    outcomes: list[Outcome]
    human_actions: list[HumanAction]
    ledger: list[LedgerEntry]
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class Found:
    """A page of proposals, newest first; `next` is the key of the following one."""

    proposals: list[Proposal]
    next: str


def find_proposal(proposal_id: UUID) -> tuple[Proposal, Task | None]:
    """The proposal with its task, if it has one. Raises Proposal.DoesNotExist."""
    proposal = Proposal.objects.select_related(
        "workflow", "action_type", "agent", "agent_version", "slice", "assessment"
    ).get(pk=proposal_id)
    task = Task.objects.filter(proposal=proposal).select_related("queue", "claimed_by").first()
    return proposal, task


def story(proposal: Proposal, task: Task | None, *, by: User) -> Story:
    """Everything this person may know about it."""
    sees_votes = task is None or allows(policies.check_see_votes, task, by=by, queues=policies.queue_ids(by))
    resolution = Resolution.objects.filter(proposal=proposal).first()
    outcomes = list(proposal.outcomes.order_by("received_at"))
    schema = proposal.action_type.args_schema
    return Story(
        proposal=proposal,
        task=task,
        arguments=arguments(schema, proposal.args),
        stakes=stakes(proposal.impact),
        reasons=reasons(proposal),
        resolution=resolution,
        granted_instead=titled(resolution.diff, schema) if resolution else [],
        grant=Grant.objects.filter(proposal=proposal).first(),
        result=Result.objects.filter(proposal=proposal).first(),
        outcomes=outcomes,
        human_actions=list(proposal.human_actions.order_by("received_at")),
        ledger=_ledger(proposal, outcomes) if sees_votes else [],
        lines=[_line(event) for event in events_of(proposal.pk) if sees_votes or not _tells(event)],
    )


def find(by: User, *, text: str, after: str) -> Found:
    """Proposals this person may see. With `text`, those whose id, external id or subject it is, the newest first."""
    rows = _visible(by)
    if text:
        return Found(list(_with_parts(rows.filter(pk__in=_matching(text)))[:PAGE]), "")
    with suppress(ValueError):
        rows = rows.filter(pk__lt=UUID(after))
    found = list(_with_parts(rows)[: PAGE + 1])
    return Found(found[:PAGE], str(found[PAGE - 1].pk) if len(found) > PAGE else "")


def _visible(by: User) -> QuerySet[Proposal]:
    if rights.holds_everywhere(by, *READING_OFFICES):
        return Proposal.objects.all()
    return Proposal.objects.filter(
        Q(workflow__in=visible_workflows(by)) | Q(task__queue_id__in=policies.queue_ids(by))
    )


def _with_parts(rows: QuerySet[Proposal]) -> QuerySet[Proposal]:
    return rows.select_related("workflow", "action_type", "agent").order_by("-id")


def _matching(text: str) -> list[UUID]:
    """Ids of the newest proposals this text names exactly; a subject also with or without a leading #."""
    agents = Agent.objects.values_list("pk", flat=True)
    subjects = {text, f"#{text}", text.removeprefix("#")}
    found = list(
        Proposal.objects.filter(agent__in=list(agents), external_id=text).values_list("pk", flat=True)
    )
    found += (
        Proposal.objects.filter(subject_id__in=subjects).order_by("-id").values_list("pk", flat=True)[:PAGE]
    )
    with suppress(ValueError):
        found.append(UUID(text))
    return found


def _ledger(proposal: Proposal, outcomes: list[Outcome]) -> list[LedgerEntry]:
    """The entries about this proposal, found by their sources: that is what the ledger has a unique index on."""
    decisions = Decision.objects.filter(task__proposal=proposal).values_list("pk", flat=True)
    sources = [proposal.pk, *decisions, *(outcome.pk for outcome in outcomes)]
    return list(
        LedgerEntry.objects.filter(source_kind__in=Source.values, source_id__in=sources).order_by("at")
    )


def _tells(event: Event) -> bool:
    return event.verb in _TELLS_A_DECISION


def _line(event: Event) -> Line:
    note = event.data.get("reason") or event.data.get("because") or ""
    tone = "danger" if event.verb in _DANGER else "accent" if event.verb in _GOOD else ""
    return Line(event.at, sentence(event), event.actor_name, str(note), tone)
