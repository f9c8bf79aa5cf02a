"""What the pages of evaluation read: counts for their figures, and a page of cases behind each."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from apps.accounts.models import User
from apps.evaluation.adding import Agreed, Counted, Sum, add_up
from apps.evaluation.believing import Asked, Belief, believe
from apps.evaluation.models import (
    Judge,
    JudgeCount,
    JudgedCase,
    JudgeScore,
    JudgeTerms,
    ShadowCase,
    ShadowCount,
)
from apps.evaluation.scales import NOTHING_SAID
from apps.evaluation.states import COUNTED, Kind, Later, Source
from apps.proposals.differences import differences, titled
from apps.proposals.masking import mask_for
from apps.proposals.models import HumanAction, Proposal
from apps.registry.models import ActionType, AgentVersion, Workflow
from apps.reviews.models import Decision
from apps.reviews.originals import kept_from
from apps.trust.models import Slice

PAGE = 25


@dataclass(frozen=True, slots=True)
class OfVersion:
    """Agreement of one agent version in one slice."""

    slice: Slice
    version: AgentVersion
    agreed: Agreed


@dataclass(frozen=True, slots=True)
class Shadow:
    """The shadow page: all slices of the workflow that were compared, one of them or all in the figures."""

    slices: list[Slice]
    chosen: Slice | None
    sum: Sum
    rows: list[OfVersion]


@dataclass(frozen=True, slots=True)
class Case:
    """The agent's choice beside people's, as everybody may read it; whoever may see more finds it at the proposal."""

    row: ShadowCase
    proposal: Proposal
    did: str
    changes: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Judged:
    """One judge, how far it agrees with people, and what it said where that may be shown."""

    judge: Judge
    belief: Belief
    counts: Mapping[tuple[str, str], int]
    after_answer: int

    @property
    def unanswered(self) -> int:
        """How many proposals it judged about which people said nothing."""
        return sum(n for (_said, people), n in self.counts.items() if people == NOTHING_SAID)

    @property
    def table(self) -> list[tuple[str, list[tuple[str, int]]]]:
        """What it said, row by row, beside what people said."""
        words = self.belief.words
        return [(said, [(people, self.counts.get((said, people), 0)) for people in words]) for said in words]


@dataclass(frozen=True, slots=True)
class JudgedProposal:
    """One case of a judge: what counts of it, and everything it said, the newest first."""

    case: JudgedCase
    scores: list[JudgeScore] = field(default_factory=list)


def shadow(workflow: Workflow, *, slice_id: int | None) -> Shadow:
    """Three queries, however many proposals. Raises Slice.DoesNotExist for a slice of somewhere else."""
    counts = ShadowCount.objects.filter(slice__workflow=workflow, n__gt=0)
    rows = [
        Counted(
            row.slice_id, row.agent_version_id, Source(row.source), Kind(row.kind), Later(row.later), row.n
        )
        for row in counts
    ]
    found = Slice.objects.filter(pk__in={row.slice_id for row in rows})
    slices = {row.pk: row for row in found.select_related("action_type", "agent")}
    if slice_id is not None and slice_id not in slices:
        raise Slice.DoesNotExist
    total = add_up(row for row in rows if slice_id in (None, row.slice_id))
    versions = AgentVersion.objects.select_related("agent").in_bulk({row.version_id for row in rows})
    return Shadow(
        slices=sorted(slices.values(), key=str),
        chosen=slices[slice_id] if slice_id is not None else None,
        sum=total,
        rows=sorted(
            (
                OfVersion(slices[slice_pk], versions[version_pk], agreed)
                for (slice_pk, version_pk), agreed in total.by_version.items()
            ),
            key=lambda row: (str(row.slice), -row.version.pk),
        ),
    )


def shadow_cases(
    workflow: Workflow, *, by: User, wanted: Mapping[str, Any], before: UUID | None
) -> tuple[list[Case], UUID | None]:
    """A page of comparisons, the newest first, and where the next page begins. What is kept from `by` is left out.

    `wanted` are filters: slice_id, agent_version_id, kind, later, source (left out: those that count).
    """
    rows = ShadowCase.objects.filter(slice__workflow=workflow, **wanted)
    if "source" not in wanted:
        rows = rows.filter(source__in=COUNTED)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    rows = rows.exclude(proposal__in=kept_from(by))
    page = list(rows.select_related("proposal__action_type", "agent_version").order_by("-pk")[: PAGE + 1])
    return _beside(workflow, page[:PAGE]), page[PAGE - 1].pk if len(page) > PAGE else None


def _beside(workflow: Workflow, rows: list[ShadowCase]) -> list[Case]:
    """Four queries for any number of cases."""
    ids = [row.pk for row in rows]
    did: dict[UUID, tuple[str, Any]] = {
        pk: (name, args)
        for model in (HumanAction, Decision)
        for pk, name, args in model.objects.filter(pk__in=ids).values_list("pk", "action_name", "args")
    }
    kinds = {kind.name: kind for kind in ActionType.objects.filter(workflow=workflow)}
    return [_case(row, did.get(row.pk, ("", None)), kinds) for row in rows]


def _case(row: ShadowCase, did: tuple[str, Any], kinds: Mapping[str, ActionType]) -> Case:
    proposal, (name, args) = row.proposal, did
    own, other = proposal.action_type, kinds.get(name)
    ours = proposal.args_schema
    theirs = ours if other == own else other.args_schema if other else {}
    mask = mask_for([(ours, proposal.args), (theirs, args)])
    shown = {"name": own.title, "args": mask.args(ours, proposal.args)}
    instead = {"name": other.title if other else name, "args": mask.args(theirs, args)}
    changes = titled(differences(shown, instead), ours) if name else []
    return Case(row, proposal, str(instead["name"]), changes)


def asked_of(workflow: Workflow) -> Asked:
    """From which agreement on this workflow shows judges. One query."""
    terms = JudgeTerms.objects.filter(workflow=workflow).first() or JudgeTerms()
    return Asked(terms.least_kappa, terms.least_cases)


def judges(workflow: Workflow) -> list[Judged]:
    """Every judge of a workflow, the newest first. Three queries, however many there are."""
    asked = asked_of(workflow)
    rows = list(Judge.objects.filter(workflow=workflow).select_related("agent").order_by("-pk"))
    return _believed(rows, asked)


def judged_cases(
    judge: Judge, *, by: User, said: str, people: str, before: UUID | None
) -> tuple[list[JudgedProposal], UUID | None]:
    """A page of the cases of a judge, the newest first, and where the next page begins."""
    rows = JudgedCase.objects.filter(judge=judge, said=said, people=people).exclude(people=NOTHING_SAID)
    if before is not None:
        rows = rows.filter(proposal__lt=before)
    rows = rows.exclude(proposal__in=kept_from(by))
    page = list(rows.select_related("proposal__action_type").order_by("-proposal")[: PAGE + 1])
    some = page[:PAGE]
    scores: defaultdict[UUID, list[JudgeScore]] = defaultdict(list)
    for score in _scores(judge, some):
        scores[score.proposal_id].append(score)
    found = [JudgedProposal(case, scores[case.proposal_id]) for case in some]
    return found, page[PAGE - 1].proposal_id if len(page) > PAGE else None


def belief_in(judge: Judge) -> Judged:
    """How far one judge agrees with people. Two queries."""
    (found,) = _believed([judge], asked_of(judge.workflow))
    return found


def _scores(judge: Judge, cases: list[JudgedCase]) -> list[JudgeScore]:
    ids = {case.proposal_id: case.proposal for case in cases}
    rows = list(JudgeScore.objects.filter(judge=judge, proposal__in=ids).order_by("-pk"))
    for score in rows:
        proposal = ids[score.proposal_id]
        score.reasons = mask_for([(proposal.args_schema, proposal.args)]).text(score.reasons)
    return rows


def _believed(rows: list[Judge], asked: Asked) -> list[Judged]:
    tables: defaultdict[int, dict[tuple[str, str], int]] = defaultdict(dict)
    after: defaultdict[int, int] = defaultdict(int)
    for count in JudgeCount.objects.filter(judge__in=rows, n__gt=0):
        key, table = (count.said, count.people), tables[count.judge_id]
        table[key] = table.get(key, 0) + count.n
        after[count.judge_id] += count.n * (count.is_after_answer and count.people != NOTHING_SAID)
    return [Judged(row, believe(tables[row.pk], asked), tables[row.pk], after[row.pk]) for row in rows]
