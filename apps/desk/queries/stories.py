"""One proposal from intake to outcome: what it said, what was answered, what came of it, and everything that happened.

Finds proposals too: by their own id, the agent's id, the subject, or words of the summary, through an index each.
"""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

from django.contrib.postgres.search import SearchQuery
from django.db import OperationalError, connection, transaction
from django.db.models import Q, QuerySet
from psycopg.errors import QueryCanceled

from apps.accounts.models import User
from apps.accounts.policies import allows, reads_everything
from apps.desk.queries.alternatives import Choice, choices
from apps.desk.queries.changes import action_differences
from apps.desk.queries.evidence import EvidenceItem, checks_on, evidence_items
from apps.desk.queries.finished import answer_on, as_decided, is_like_any_other
from apps.desk.queries.histories import Line, history
from apps.desk.queries.picks import Vote, votes_on
from apps.desk.queries.questions import questions
from apps.desk.queries.runs import cost_in_words
from apps.desk.queries.shadows import Did, WouldHave, what_one_would_have, what_people_did
from apps.desk.queries.showing import Shown, shown
from apps.desk.queries.sight import Sight, sight
from apps.desk.queries.stakes import Stakes, reasons, stakes
from apps.desk.texts.told import Told
from apps.proposals.models import (
    WORDS,
    Grant,
    Outcome,
    Proposal,
    Resolution,
    Result,
)
from apps.proposals.states import Substatus
from apps.registry.models import Agent, ReasonCode
from apps.registry.visibility import visible_workflows
from apps.reviews import policies
from apps.reviews.models import Decision, Task
from apps.reviews.originals import Copies, copies_before, is_kept_back
from apps.trust.models import LedgerEntry
from apps.trust.states import Source

PAGE = 50
PATIENCE_MS = 800
_WEB: dict[str, Any] = {"config": "simple", "search_type": "websearch"}
Row = TypeVar("Row", bound=Resolution | Result | Outcome | None)


@dataclass(frozen=True, slots=True)
class Story:
    """The page of one proposal. What does not exist (yet) is None or empty. `reason_codes` are read when shown."""

    proposal: Proposal
    task: Task | None
    seen: Sight
    summary: Told
    rationale: Told
    external_id: str
    action: Shown
    evidence: list[EvidenceItem]
    choices: list[Choice]
    votes: list[Vote]
    stakes: Stakes
    reasons: list[tuple[str, str]]
    reason_codes: QuerySet[ReasonCode]
    resolution: Resolution | None
    granted_instead: list[dict[str, Any]]
    grant: Grant | None
    result: Result | None
    result_cost: str
    outcomes: list[Outcome]
    human_actions: list[Did]
    ledger: list[LedgerEntry]
    would_have: WouldHave | None
    superseded_by: UUID | None
    lines: list[Line]

    @property
    def is_mine(self) -> bool:
        """What a card asks before it offers something to press: a story is only read."""
        return False


@dataclass(frozen=True, slots=True)
class Found:
    """A page of proposals, newest first; `next` is the key of the following one.

    `is_given_up`: looking took too long, so there may be some.
    """

    proposals: list[Proposal]
    next: str
    is_given_up: bool = False


def find_proposal(proposal_id: UUID, *, by: User) -> tuple[Proposal, Task | None]:
    """The proposal with its task, if it has one. Raises Proposal.DoesNotExist, also while it is kept from `by`."""
    proposal = Proposal.objects.select_related(
        *("workflow", "action_type", "agent", "agent_version", "slice"),
        "assessment__policy_version__workflow",
    ).get(pk=proposal_id)
    if is_kept_back(proposal, by=by):
        raise Proposal.DoesNotExist
    task = Task.objects.filter(proposal=proposal).select_related("queue", "claimed_by").first()
    return proposal, task


def story(proposal: Proposal, task: Task | None, *, by: User, is_uncovered: bool = False) -> Story:
    """Everything this person may know about it. `is_uncovered`: they asked to see its hidden values."""
    sees_votes = task is None or allows(policies.check_see_votes, task, by=by, queues=policies.queue_ids(by))
    as_decided([proposal], by=by)
    resolution = Resolution.objects.filter(proposal=proposal).first()
    if proposal.ended_at and is_like_any_other(proposal, by=by):
        resolution = answer_on(proposal)
    outcomes = list(proposal.outcomes.select_related("by", "corrected_by").order_by("received_at"))
    decided = (resolution.action_name, resolution.args) if resolution else ("", None)
    others = [(one.action_name, one.args) for one in proposal.alternatives.all()]
    seen = sight(proposal, by=by, is_uncovered=is_uncovered, others=[*others, decided])
    evidence = list(proposal.evidence.all())
    asked = questions(proposal, task, by=by, sees_votes=sees_votes, seen=seen)
    result = Result.objects.filter(proposal=proposal).first()
    return Story(
        proposal=proposal,
        task=task,
        seen=seen,
        summary=seen.told(proposal.sent_summary),
        rationale=seen.told(proposal.rationale),
        external_id=seen.text(proposal.external_id),
        action=shown(proposal, evidence, seen),
        evidence=evidence_items(
            evidence,
            seen,
            oldest=datetime.min.replace(tzinfo=UTC),
            asked_by={},
            checks=checks_on(task, by=by, sees_votes=sees_votes) if task is not None else (),
            by=by,
        ),
        choices=choices(proposal, seen),
        votes=votes_on(task, proposal, seen) if task is not None and sees_votes else [],
        stakes=stakes(proposal, seen),
        reasons=reasons(proposal, seen),
        reason_codes=ReasonCode.objects.filter(workflow_id=proposal.workflow_id),
        resolution=masked_row(resolution, seen, "message"),
        granted_instead=_granted_instead(proposal, decided, seen),
        grant=Grant.objects.filter(proposal=proposal).first(),
        result=masked_row(result, seen, "detail"),
        result_cost=cost_in_words(proposal, result.cost) if result is not None else "",
        outcomes=[masked_row(outcome, seen, "detail", "source") for outcome in outcomes],
        human_actions=what_people_did(proposal, others, seen),
        ledger=_ledger(proposal, outcomes) if sees_votes else [],
        would_have=what_one_would_have(proposal, by=by),
        superseded_by=_superseded_by(proposal),
        lines=history(
            proposal,
            sees_votes=sees_votes,
            asked=asked,
            seen=seen,
            like_any_other=is_like_any_other(proposal, by=by),
        ),
    )


def _superseded_by(proposal: Proposal) -> UUID | None:
    if proposal.substatus != Substatus.SUPERSEDED:
        return None
    return proposal.superseded_by.values_list("pk", flat=True).first()


def masked_row(row: Row, seen: Sight, *fields: str) -> Row:
    """The row, to be read and not stored, with these of its texts as this person sees them."""
    if row is not None:
        for field in fields:
            setattr(row, field, seen.text(getattr(row, field)))
    return row


def _granted_instead(proposal: Proposal, decided: tuple[str, Any], seen: Sight) -> list[dict[str, Any]]:
    """What was granted in the place of what was proposed, as differences; empty where nothing or just that was."""
    if not decided[0]:
        return []
    own = (proposal.action_type.name, proposal.args)
    return action_differences(own, decided, proposal.args_schema, seen)


def find(by: User, *, text: str, after: str) -> Found:
    """Proposals this person may see, the newest first. With `text`, those whose id, external id or subject it is;
    where there are none, those in whose summary (which holds no hidden value) all its words stand, `-word` not.
    """
    own = sorted(policies.queue_ids(by))
    copies = copies_before(by, own)
    rows = _visible(by, own, copies)
    if text and not after:
        named = list(_with_parts(rows.filter(pk__in=_matching(text, copies.offered)))[:PAGE])
        if named:
            return Found(named, "")
    if text:
        # By the index of words where they are rare, along the newest where they are common: PostgreSQL knows which.
        # Common words that hardly meet in what this person may see could take it through everything there is.
        rows = rows.alias(words=WORDS).filter(words=SearchQuery(text, **_WEB))
    with suppress(ValueError):
        rows = rows.filter(pk__lt=UUID(after))
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{PATIENCE_MS}ms"])
            found = list(_with_parts(rows)[: PAGE + 1])
            cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        return Found([], "", is_given_up=True)
    return Found(found[:PAGE], str(found[PAGE - 1].pk) if len(found) > PAGE else "")


def _visible(by: User, own: list[int], copies: Copies) -> QuerySet[Proposal]:
    """What this person may find, copies they may be the one to decide like any other; not what is kept from them
    meanwhile. Nor what they may be the one to decide and have to say first what they would do.
    """
    covered = (
        Task.objects.filter(
            Q(queue_id__in=own) | Q(also_in__overlap=own), is_blind_first=True, closed_at__isnull=True
        )
        .exclude(deciders__contains=[by.pk])
        .exclude(picks__by=by)
    )
    found = _readable(by, own, copies.offered).exclude(pk__in=covered.values("proposal"))
    return found.exclude(pk__in=copies.kept_back) if copies.kept_back else found


def _readable(by: User, own: list[int], offered: Collection[UUID]) -> QuerySet[Proposal]:
    found = Proposal.objects.filter(is_copy=False)
    if offered:
        found = Proposal.objects.filter(Q(is_copy=False) | Q(pk__in=offered))
    if reads_everything(by):
        return found
    return found.filter(
        Q(workflow__in=visible_workflows(by)) | Q(task__queue_id__in=own) | Q(task__also_in__overlap=own)
    )


def _with_parts(rows: QuerySet[Proposal]) -> QuerySet[Proposal]:
    return rows.select_related("workflow", "action_type", "agent").order_by("-id")


def _matching(text: str, copies: Collection[UUID]) -> list[UUID]:
    """Ids of the newest proposals this text names exactly; a subject also with or without a leading #."""
    agents = Agent.objects.values_list("pk", flat=True)
    subjects = {text, f"#{text}", text.removeprefix("#")}
    found = list(
        Proposal.objects.filter(agent__in=list(agents), external_id=text, is_copy=False).values_list(
            "pk", flat=True
        )
    )
    found += Proposal.objects.filter(pk__in=copies, external_id=text).values_list("pk", flat=True)
    found += (
        Proposal.objects.filter(subject_id__in=subjects).order_by("-id").values_list("pk", flat=True)[:PAGE]
    )
    with suppress(ValueError):
        found.append(UUID(text))
    return found


def _ledger(proposal: Proposal, outcomes: list[Outcome]) -> list[LedgerEntry]:
    """The entries about this proposal, found by their sources: that is what the ledger has a unique index on."""
    decisions = Decision.objects.filter(task__proposal=proposal).values_list("pk", flat=True)
    did = proposal.human_actions.values_list("pk", flat=True)
    sources = [proposal.pk, *decisions, *did, *(outcome.pk for outcome in outcomes)]
    return list(
        LedgerEntry.objects.filter(source_kind__in=Source.values, source_id__in=sources).order_by("at")
    )
