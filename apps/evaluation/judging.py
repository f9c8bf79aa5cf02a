"""The verb of judges: keep what one says about a proposal.

It is kept at any time and shown at no time before people have answered; see `showing`. It is never written to the
ledger of trust, whatever it says.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from apps.audit import actions as audit
from apps.audit.canonical import canonical
from apps.delivery.waking import wake
from apps.evaluation.models import Judge, JudgeScore
from apps.evaluation.people import has_answer
from apps.evaluation.scales import Measuring, Unsaid, said_by_judge
from apps.evaluation.states import Scale
from apps.proposals import changes
from apps.proposals.digests import sha256
from apps.proposals.models import Proposal
from apps.registry.models import Agent, ReasonCode, Workflow

FOLD = "apps.evaluation.tasks.count_again"


@dataclass(frozen=True, slots=True)
class Said:
    """What a judge says: who it is, its scale, its word or number there, and why."""

    name: str
    version: str
    measuring: Measuring
    verdict: str | None
    score: float | None
    reasons: str
    prompt_sha256: str
    model: str = ""


def judge(*, proposal_id: UUID, said: Said, by: Agent, now: datetime) -> JudgeScore:
    """Keep it; the same said again has the effect of one, something else takes its place and both stay.

    Raises Proposal.DoesNotExist where the agent is not let into the workflow, WrongStatus where it was erased, Unsaid
    for what is no word of the scale and for another scale than this version of the judge has.
    """
    said.measuring.check()
    with transaction.atomic():
        proposal = _judged(proposal_id, by)
        row = _version(proposal.workflow, said, by, now)
        known = JudgeScore.objects.filter(judge=row, proposal=proposal, replaced_by__isnull=True).first()
        score = JudgeScore(
            judge=row,
            proposal=proposal,
            said=said_by_judge(
                said.measuring,
                verdict=said.verdict,
                score=said.score,
                reasons=_reasons(proposal) if said.measuring.scale is Scale.REASON else (),
            ),
            score=said.score,
            reasons=said.reasons,
            model=said.model,
            prompt_sha256=said.prompt_sha256,
            content_sha256=sha256(
                canonical([said.verdict, said.score, said.reasons, said.model, said.prompt_sha256])
            ),
            is_after_answer=has_answer(proposal),
            replaces=known,
            received_at=now,
        )
        if known is not None and known.content_sha256 == score.content_sha256:
            return known
        score.save(force_insert=True)
        # What it said stays out: people who are still to decide may read what happened to a proposal.
        audit.record(
            verb="proposal.judged",
            now=now,
            by=by,
            subject=("proposal", proposal.pk, proposal.external_id),
            workflow_id=proposal.workflow_id,
            proposal_id=proposal.pk,
            data={"judge": row.name, "version": row.version},
        )
        wake(FOLD)
        return score


def _judged(proposal_id: UUID, by: Agent) -> Proposal:
    """The locked proposal: of a workflow this agent is let into, and never a copy, which nobody knows of."""
    proposal = changes.locked(proposal_id)
    if proposal.is_copy or not by.grants.filter(workflow=proposal.workflow_id).exists():
        raise Proposal.DoesNotExist
    changes.check_has_contents(proposal)
    return proposal


def _version(workflow: Workflow, said: Said, by: Agent, now: datetime) -> Judge:
    stated = said.measuring
    row, _made = Judge.objects.get_or_create(
        workflow=workflow,
        agent=by,
        name=said.name,
        version=said.version,
        defaults={
            "scale": stated.scale,
            "low": stated.low,
            "high": stated.high,
            "right_from": stated.right_from,
            "created_at": now,
        },
    )
    if measuring_of(row) != stated:
        raise Unsaid(
            "scale", _("This version of the judge has another scale. Another scale is another version.")
        )
    return row


def measuring_of(row: Judge) -> Measuring:
    """The scale a judge has stated."""
    return Measuring(Scale(row.scale), row.low, row.high, row.right_from)


def _reasons(proposal: Proposal) -> list[str]:
    codes = ReasonCode.objects.filter(workflow=proposal.workflow_id)
    return list(codes.order_by("position", "code").values_list("code", flat=True))
