"""A newer proposal takes the place of an earlier one of its agent, which is still pending and about the same subject.

The earlier one ends the moment the newer one is stored, in one transaction: never are both open, never neither. What
people had decided on it and was not settled is no evidence; the newer one is placed and judged from the start.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from apps.intake import endings
from apps.intake.preparation import Prepared
from apps.intake.requests import Accepted, Answered, Refused
from apps.proposals import changes
from apps.proposals.masking import stored_forms
from apps.proposals.models import Proposal
from apps.proposals.states import Status
from apps.registry.models import Agent
from apps.reviews.locking import locked_of
from apps.trust.states import NotEvidence


def find_superseded(
    *, agent: Agent, prepared: Mapping[int, Prepared]
) -> tuple[dict[int, Proposal], dict[int, Refused]]:
    """What each of these takes the place of, locked with its task, and why others cannot; by the same keys.

    No query where nobody supersedes anything.
    """
    named = {index: item.body.supersedes for index, item in prepared.items() if item.body.supersedes}
    found: dict[int, Proposal] = {}
    refused: dict[int, Refused] = {}
    if not named:
        return found, refused
    earlier = _locked(agent, set(named.values()))
    for index, external_id in named.items():
        proposal = earlier.get(external_id)
        if proposal is None:
            refused[index] = _invalid(_("There is no proposal of yours with this external_id."))
        elif proposal in found.values():
            refused[index] = _invalid(_("Another proposal of this request takes its place."))
        elif not _is_about_the_same(prepared[index], proposal):
            refused[index] = _invalid(_("It is of another workflow or about another subject."))
        elif proposal.status != Status.PENDING:
            refused[index] = _ended(proposal)
        else:
            found[index] = proposal
    return found, refused


def supersede(
    *,
    agent: Agent,
    prepared: Mapping[int, Prepared],
    superseded: Mapping[int, Proposal],
    answers: Mapping[int, Answered],
    now: datetime,
) -> None:
    """End what those that were stored take the place of."""
    for index, proposal in superseded.items():
        if isinstance(answers[index], Accepted):
            reason = _("Replaced by {external_id}.").format(external_id=prepared[index].body.external_id)
            endings.end(proposal.pk, because=NotEvidence.SUPERSEDED, by=agent, reason=reason, now=now)


def _locked(agent: Agent, external_ids: set[str]) -> dict[str, Proposal]:
    """{external id: proposal}, always locked in the same order, so that two requests cannot block each other."""
    known = Proposal.objects.filter(agent=agent, external_id__in=external_ids, is_copy=False)
    return {row.external_id: row for row in map(_lock, known.order_by("pk").values_list("pk", flat=True))}


def _lock(proposal_id: UUID) -> Proposal:
    task = locked_of(proposal_id)
    return changes.locked(proposal_id) if task is None else task.proposal


def _is_about_the_same(item: Prepared, proposal: Proposal) -> bool:
    subject = item.body.subject
    kind, forms = (subject.kind, stored_forms([subject.id])) if subject else ("", {"": ""})
    is_one_workflow = item.action.action_type.workflow_id == proposal.workflow_id
    return is_one_workflow and kind == proposal.subject_kind and proposal.subject_id in forms


def _ended(proposal: Proposal) -> Refused:
    detail = _("{external_id} is {status}: nothing can take its place any more.").format(
        external_id=proposal.external_id, status=Status(proposal.status).label
    )
    return Refused(409, "wrong-status", detail, ({"loc": ["supersedes"], "msg": _("has ended")},))


def _invalid(message: str) -> Refused:
    return Refused(422, "invalid-request", message, ({"loc": ["supersedes"], "msg": message},))
