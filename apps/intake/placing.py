"""Asks the three layers about prepared proposals: version, slice, policy, novelty, conflicts, assessment.

Reads what all of them need with a bounded number of queries, then judges them one after the other, so that the
second of a batch is not new any more where the first was.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from apps.audit.ids import uuid7
from apps.halts.standing import Halts, halts_in
from apps.intake.preparation import Prepared, Refusal, masking
from apps.intake.requests import Refused
from apps.intake.ruling import circumstances, corroborated, declared
from apps.proposals.models import Proposal
from apps.proposals.queries import open_on_subjects
from apps.registry.actions.versions import UnknownVersion, version_of
from apps.registry.catalogue import AgentCatalogue, book_in_use, current_book
from apps.registry.models import Agent, AgentVersion
from apps.registry.states import Stage
from apps.reviews.gathering import hold
from apps.routing.assessment import assess
from apps.routing.facts import Assessed, Facts, TrustState
from apps.routing.novelty import fingerprints, newest
from apps.routing.queries import NoPolicy, Policy, policy_for, unseen
from apps.routing.rules.judging import Judged
from apps.routing.states import Route
from apps.trust.actions import open_slice
from apps.trust.granted import Granted, granted_in, toss, without_certificate
from apps.trust.models import Slice
from apps.trust.queries import slices_of
from apps.trust.segmenting import segments_in
from apps.trust.segments import REST, segment_of

Subject = tuple[int, str, str]


@dataclass(frozen=True, slots=True)
class Placed:
    """A prepared proposal with its answer from the three layers; `novel` is what its slice had never seen."""

    prepared: Prepared
    proposal_id: UUID
    version: AgentVersion
    slice: Slice
    policy: Policy
    facts: Facts
    trust: TrustState
    assessed: Assessed
    judged: Judged
    novel: Mapping[str, str]
    supersedes_id: UUID | None = None

    @property
    def subject(self) -> Subject:
        """What it is about: workflow id, kind and id, the last two empty for nothing."""
        return _subject(self.prepared)


@dataclass(slots=True)
class _Surroundings:
    """What is known around the proposals of one request, kept up to date as they are placed."""

    agent: Agent
    catalogue: AgentCatalogue
    slices: dict[tuple[int, str], Slice]
    granted: dict[tuple[int, int], Granted]
    labels: dict[int, dict[str, str]]
    unseen: dict[int, set[str]]
    open_on: Counter[Subject]
    policies: dict[int, Policy]
    corroborated: dict[int, bool]
    halts: Halts
    superseded: Mapping[int, Proposal] = field(default_factory=dict)
    versions: dict[str, AgentVersion] = field(default_factory=dict)


def place(
    *,
    agent: Agent,
    prepared: Mapping[int, Prepared],
    catalogue: AgentCatalogue,
    superseded: Mapping[int, Proposal],
    now: datetime,
) -> tuple[dict[int, Placed], dict[int, Refused]]:
    """The placed ones and the refused ones, by the same keys. Writes slices and versions that are new.

    `superseded` are the pending proposals whose place some of them take: with those they are not in conflict.
    """
    placed: dict[int, Placed] = {}
    refused: dict[int, Refused] = {}
    if not prepared:
        return placed, refused
    around = _surroundings(agent, prepared, catalogue, now)
    around.superseded = superseded
    for index, item in prepared.items():
        try:
            placed[index] = _place(index, item, around, now)
        except Refusal as refusal:
            refused[index] = refusal.refused
    return placed, refused


def _surroundings(
    agent: Agent, prepared: Mapping[int, Prepared], catalogue: AgentCatalogue, now: datetime
) -> _Surroundings:
    slices = _slices(agent, prepared.values(), now)
    labels = {index: fingerprints(item.categories) for index, item in prepared.items()}
    asked: dict[int, set[str]] = {}
    for index, item in prepared.items():
        asked.setdefault(slices[_work(item)].pk, set()).update(labels[index])
    subjects = [_subject(item) for item in prepared.values()]
    hold(subjects)
    policies = _policies(prepared.values())
    return _Surroundings(
        agent=agent,
        catalogue=catalogue,
        slices=slices,
        granted=granted_in(slices.values()),
        labels=labels,
        unseen=unseen(asked),
        open_on=Counter(open_on_subjects(subjects, now=now)),
        policies=policies,
        corroborated=corroborated(agent, prepared, policies, now=now),
        halts=halts_in(current_book()),
    )


def _slices(agent: Agent, prepared: Iterable[Prepared], now: datetime) -> dict[tuple[int, str], Slice]:
    """{(action type id, segment): slice}, opening those this agent has not worked in before."""
    work = {_work(item): item.action.action_type for item in prepared}
    slices = slices_of(agent, work.values())
    for (key, segment), action_type in work.items():
        if (key, segment) not in slices:
            slices[key, segment] = open_slice(action_type=action_type, agent=agent, segment=segment, now=now)
    return slices


def _work(item: Prepared) -> tuple[int, str]:
    """The action type, and the segment of it that the declared values fall into."""
    action_type = item.action.action_type
    segments = segments_in(book_in_use()).get(action_type.pk)
    if not segments:
        return action_type.pk, REST
    return action_type.pk, segment_of(segments, declared(item))


def _place(index: int, item: Prepared, around: _Surroundings, now: datetime) -> Placed:
    row = around.slices[_work(item)]
    halted = around.halts.slices.get(row.pk)
    if halted is not None:
        raise Refusal(403, "halted", halted.sentence)
    if row.stage == Stage.SUSPENDED:
        raise Refusal(403, "slice-suspended", _("This slice of work is suspended."))
    version = _version(item, around, now)
    policy = around.policies.get(row.workflow_id)
    if policy is None:
        raise Refusal(503, "not-configured", str(NoPolicy()))
    subject = _subject(item)
    novel = _novel(index, row.pk, around)
    earlier = around.superseded.get(index)
    others = around.open_on[subject] - (1 if earlier is not None and subject[2] else 0)
    facts = replace(
        _facts(item, now, newest(novel), others),
        is_corroborated=around.corroborated.get(index),
    )
    proposal_id = uuid7()
    trust = _trust(row, version, proposal_id, around)
    judged = policy.judge(facts, circumstances(item, around.agent, version))
    if judged.refusal:
        raise Refusal(403, "refused-by-rule", judged.refusal)
    # From now on the slice has seen it, also for the next of this batch; what is refused leaves no trace.
    around.unseen.get(row.pk, set()).difference_update(novel)
    assessed = assess(facts, policy.matrix, trust, judged)
    if assessed.masked:
        item = masking(item, assessed.masked)
    if subject[2]:
        # What waits, for a person or in its veto window, is open for the next one; nothing refused is.
        waits = assessed.route is Route.REVIEW or (assessed.route is Route.ACT and assessed.veto_minutes > 0)
        around.open_on[subject] = others + waits
    supersedes_id = earlier.pk if earlier is not None else None
    return Placed(
        item, proposal_id, version, row, policy, facts, trust, assessed, judged, novel, supersedes_id
    )


def _trust(row: Slice, version: AgentVersion, proposal_id: UUID, around: _Surroundings) -> TrustState:
    granted = around.granted.get((row.pk, version.pk)) or without_certificate(row)
    return TrustState(
        stage=granted.stage,
        threshold=granted.threshold,
        is_held=granted.is_held,
        coin=toss(row.pk, proposal_id) if granted.audit_rate else 1.0,
        audit_rate=granted.audit_rate,
        veto_minutes=granted.veto_minutes,
        veto_always=granted.veto_always,
    )


def _version(item: Prepared, around: _Surroundings, now: datetime) -> AgentVersion:
    given = item.body.agent_version
    text = given if isinstance(given, str) else given.model_dump_json()
    if text in around.versions:
        return around.versions[text]
    described = given if isinstance(given, str) else given.model_dump()
    try:
        version = version_of(agent=around.agent, given=described, now=now, catalogue=around.catalogue)
    except UnknownVersion as error:
        detail = _("Nobody described this fingerprint yet. Send the agent version as an object once.")
        raise Refusal(422, "unknown-version", detail, [{"loc": ["agent_version"], "msg": detail}]) from error
    around.versions[text] = version
    return version


def _policies(prepared: Iterable[Prepared]) -> dict[int, Policy]:
    """{workflow id: policy} of those that have one."""
    found = {}
    for workflow_id in {item.action.action_type.workflow_id for item in prepared}:
        with suppress(NoPolicy):
            found[workflow_id] = policy_for(workflow_id)
    return found


def _novel(index: int, slice_id: int, around: _Surroundings) -> dict[str, str]:
    """What the slice has not seen before this proposal."""
    unseen_here = around.unseen.get(slice_id, set())
    return {print_: label for print_, label in around.labels[index].items() if print_ in unseen_here}


def _subject(item: Prepared) -> Subject:
    workflow_id = item.action.action_type.workflow_id
    subject = item.body.subject
    return (workflow_id, subject.kind, subject.id) if subject else (workflow_id, "", "")


def _facts(item: Prepared, now: datetime, novel: tuple[str, ...], open_on_subject: int) -> Facts:
    action_type = item.action.action_type
    return Facts(
        consequence=action_type.consequence,
        reversibility=action_type.reversibility,
        effects=tuple(action_type.effects),
        confidence=item.body.confidence,
        now=now,
        hinted_consequence=item.body.consequence,
        hinted_reversibility=item.body.reversibility,
        amount=item.amount,
        currency=item.currency,
        amount_limit=action_type.amount_limit,
        limit_currency=action_type.amount_currency,
        evidence=item.evidence_facts,
        unseen=novel,
        open_on_subject=open_on_subject,
        zone=settings.TIME_ZONE,
    )
