"""Writes drawn cases as JSON Lines, a hundred in memory at a time: what came in, what was proposed, what people chose.

Names of people are not in it, nor what only the agent's operator needs (its state, its run). Values that not everybody
may see are masked wherever they are written, unless whoever exports has the right to them and asked for them.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from apps.evaluation.models import ShadowCase
from apps.evaluation.sampling import Drawn
from apps.evaluation.states import COUNTED, Outcome
from apps.proposals.differences import differences
from apps.proposals.masking import NOTHING, Mask, mask_for
from apps.proposals.models import Alternative, Evidence, HumanAction, Proposal, Resolution
from apps.registry.models import ActionType, ReasonCode
from apps.reviews.models import Decision

_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class _Human:
    """What people chose, and why as far as they said."""

    verb: str
    action_name: str
    args: Any
    reason_code: str
    note: str
    decided_at: str


def lines(drawn: Drawn) -> Iterator[bytes]:
    """One JSON object a line, in UTF-8. As many statements for a hundred cases as for one."""
    kinds = {kind.name: kind for kind in ActionType.objects.filter(workflow=drawn.workflow)}
    reasons = dict(ReasonCode.objects.filter(workflow=drawn.workflow).values_list("code", "label"))
    for outcome, ids in drawn.ids.items():
        for start in range(0, len(ids), _AT_ONCE):
            some = ids[start : start + _AT_ONCE]
            for case in _cases(
                outcome,
                some,
                kinds,
                reasons,
                workflow=drawn.workflow.slug,
                is_uncovered=drawn.wanted.is_uncovered,
            ):
                yield json.dumps(case, ensure_ascii=False, default=str).encode() + b"\n"


def _cases(
    outcome: Outcome,
    ids: Sequence[UUID],
    kinds: Mapping[str, ActionType],
    reasons: Mapping[str, str],
    *,
    workflow: str,
    is_uncovered: bool,
) -> Iterator[dict[str, Any]]:
    found = Proposal.objects.select_related("action_type", "agent", "agent_version").in_bulk(ids)
    evidence, alternatives = _by_proposal(Evidence, ids), _by_proposal(Alternative, ids)
    human = _from_shadow(ids) if outcome.is_shadow else _from_answers(ids)
    for pk in ids:
        if pk not in human:
            # It was corrected between the draw and now, and counts no more.
            continue
        proposal, did = found[pk], human[pk]
        others = [(one.action_name, one.args) for one in alternatives[pk]] + [(did.action_name, did.args)]
        schemas = _schemas(proposal, kinds)
        mask = NOTHING if is_uncovered else _mask(proposal, others, schemas)
        yield {
            "id": str(pk),
            "workflow": workflow,
            **_case(proposal, mask, evidence[pk], alternatives[pk], schemas, is_uncovered=is_uncovered),
            "outcome": outcome.value,
            "human": _said(proposal, did, mask, schemas, reasons),
        }


def _by_proposal(model: Any, ids: Sequence[UUID]) -> dict[UUID, list[Any]]:
    rows: defaultdict[UUID, list[Any]] = defaultdict(list)
    for row in model.objects.filter(proposal__in=ids):
        rows[row.proposal_id].append(row)
    return rows


def _schemas(proposal: Proposal, kinds: Mapping[str, ActionType]) -> dict[str, dict[str, Any]]:
    """{name: schema} of the actions that may stand in a case, with what a rule hides in it."""
    own = {proposal.action_type.name: proposal.args_schema}
    return {name: kind.args_schema for name, kind in kinds.items()} | own


def _mask(
    proposal: Proposal, others: Iterable[tuple[str, Any]], schemas: Mapping[str, dict[str, Any]]
) -> Mask:
    named = [(proposal.action_type.name, proposal.args), *others]
    return mask_for((schemas[name], args) for name, args in named if name in schemas)


def _case(
    proposal: Proposal,
    mask: Mask,
    evidence: Iterable[Evidence],
    alternatives: Iterable[Alternative],
    schemas: Mapping[str, dict[str, Any]],
    *,
    is_uncovered: bool,
) -> dict[str, Any]:
    return {
        "agent": proposal.agent.slug,
        "agent_version": str(proposal.agent_version),
        "created_at": proposal.created_at.isoformat(),
        "input": {
            "subject": {"kind": proposal.subject_kind, "id": proposal.subject_id},
            "impact": proposal.sent_impact if is_uncovered else mask.value(proposal.impact),
            "evidence": [
                {
                    "kind": item.kind,
                    "provenance": item.provenance,
                    "claim": mask.text(item.claim),
                    "title": mask.text(item.title),
                    "source": mask.text(item.source),
                    "content": mask.text(item.content),
                }
                for item in evidence
            ],
        },
        "proposal": {
            "action": _action(proposal.action_type.name, proposal.args, mask, schemas),
            "summary": proposal.sent_summary if is_uncovered else mask.text(proposal.summary),
            "rationale": mask.text(proposal.rationale),
            "confidence": proposal.confidence,
            "alternatives": [
                {
                    "action": _action(one.action_name, one.args, mask, schemas),
                    "summary": mask.text(one.summary),
                    "probability": one.probability,
                }
                for one in alternatives
            ],
        },
    }


def _action(name: str, args: Any, mask: Mask, schemas: Mapping[str, dict[str, Any]]) -> dict[str, Any] | None:
    if not name:
        return None
    return {"name": name, "args": mask.args(schemas.get(name, {}), args)}


def _said(
    proposal: Proposal,
    did: _Human,
    mask: Mask,
    schemas: Mapping[str, dict[str, Any]],
    reasons: Mapping[str, str],
) -> dict[str, Any]:
    own = _action(proposal.action_type.name, proposal.args, mask, schemas)
    chosen = _action(did.action_name, did.args, mask, schemas)
    return {
        "verb": did.verb,
        "action": chosen,
        "differences": differences(own, chosen) if chosen else [],
        "reason_code": did.reason_code or None,
        "reason": reasons.get(did.reason_code),
        "note": mask.text(did.note),
        "decided_at": did.decided_at,
    }


def _from_answers(ids: Sequence[UUID]) -> dict[UUID, _Human]:
    rows = Resolution.objects.filter(proposal__in=ids)
    return {
        row.proposal_id: _Human(
            row.verb, row.action_name, row.args, row.reason_code, row.message, row.decided_at.isoformat()
        )
        for row in rows
    }


def _from_shadow(ids: Sequence[UUID]) -> dict[UUID, _Human]:
    """What counts of each: the report, or what a blind reviewer chose."""
    cases = dict(
        ShadowCase.objects.filter(proposal__in=ids, source__in=COUNTED).values_list("pk", "proposal_id")
    )
    did = {
        cases[row.pk]: _Human(
            "did" if row.action_name else "nothing",
            row.action_name,
            row.args,
            "",
            "",
            row.occurred_at.isoformat(),
        )
        for row in HumanAction.objects.filter(pk__in=cases)
    }
    return did | {
        cases[vote.pk]: _Human(
            vote.verb, vote.action_name, vote.args, vote.reason_code, vote.note, vote.decided_at.isoformat()
        )
        for vote in Decision.objects.filter(pk__in=cases)
    }
