"""The one gate that issues grants, and the one moment in which a grant is used.

The gate asks the locked proposal and its answer; the database reads both again from their rows (trigger
`only_for_approved`). Redeeming asks once more whether the agent may still act, by its own permission too, and the
slice of what is carried out, which is another than the proposal's when people chose so. Both ask what is halted.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from apps.audit import actions as audit
from apps.audit.actors import Acting
from apps.audit.insertion import insert_at_end
from apps.halts.standing import StandingHalt, halts_in
from apps.proposals import signing
from apps.proposals.models import Grant, Proposal, Resolution
from apps.proposals.permitted import outside_scope
from apps.proposals.states import DecidedBy, Status
from apps.registry.catalogue import REVISION, Book, book_at, current_book
from apps.registry.models import Agent
from apps.registry.states import AgentStatus, Stage
from apps.routing.states import Verb
from apps.trust.granted import is_acting
from apps.trust.models import Slice

# All that redeeming asks, in one question to the database.
_ASKED = (
    "proposal__slice",
    "proposal__resolution",
    "proposal__action_type",
    "chosen_slice__action_type",
)


class NotGrantable(Exception):
    """This proposal can never carry a grant."""


class NotRedeemable(Exception):
    """The grant cannot be used (again). The text says why."""


def issue(
    *, proposal: Proposal, resolution: Resolution, now: datetime, chosen_slice: Slice | None = None
) -> Grant | None:
    """The grant of a locked, approved proposal; None when the chosen alternative is to do nothing. `chosen_slice` is
    the slice of what was chosen, where that is not the proposal's own.

    Raises NotGrantable for anything shadow, not approved, rejected, halted, or no longer useful.
    """
    is_for_real = proposal.stage != Stage.SHADOW and not proposal.is_copy
    if proposal.status != Status.APPROVED or not is_for_real or resolution.verb == Verb.REJECT:
        raise NotGrantable(_("A grant needs an approved proposal that is not in shadow."))
    if not resolution.action_name:
        return None
    halted = _halted(current_book(), proposal, resolution.action_name, chosen_slice)
    if halted is not None:
        raise NotGrantable(halted.sentence)
    # What is no longer useful must not be carried out either: the grant ends with the proposal's own time.
    ends_at = now + timedelta(minutes=settings.REVIEWHUB_GRANT_MINUTES)
    expires_at = min(ends_at, proposal.expires_at or ends_at)
    if expires_at <= now:
        raise NotGrantable(_("The proposal is no longer useful: its time is over."))
    grant = Grant(
        proposal=proposal,
        agent=proposal.agent,
        chosen_slice=chosen_slice,
        action_name=resolution.action_name,
        args_sha256=resolution.args_sha256,
        issued_at=now,
        expires_at=expires_at,
    )
    grant.token = signing.sign(grant)
    insert_at_end([grant])
    _record("proposal.grant_issued", grant, proposal, now, None)
    return grant


def redeem(*, grant_id: UUID, args_sha256: str, by: Agent, now: datetime) -> Grant:
    """Use a grant, once. Raises Grant.DoesNotExist for another agent's, NotRedeemable with the reason otherwise.

    A refusal is audited in a transaction of its own.
    """
    with transaction.atomic():
        grant = (
            Grant.objects.select_for_update(of=("self",), no_key=True)
            .select_related(*_ASKED)
            .annotate(revision=REVISION)
            .get(pk=grant_id, agent=by)
        )
        book = book_at(grant.revision)
        refusal = _refusal(book, grant, args_sha256, by, now)
        # Asked last: what is refused because of a halt alone is not the agent's doing.
        halted = (
            _halted(book, grant.proposal, grant.action_name, grant.chosen_slice) if refusal is None else None
        )
        refusal = halted.sentence if halted is not None else refusal
        if refusal is None:
            grant.redeemed_at = now
            grant.save(update_fields=["redeemed_at"])
            _record("proposal.grant_redeemed", grant, grant.proposal, now, by)
            return grant
        # Without the digest: this event is read for the figures of quality when the contents were erased, too.
        told = {"because": refusal, "is_halted": halted is not None}
        _record("proposal.redeem_refused", grant, grant.proposal, now, by, told)
    raise NotRedeemable(refusal)


def revoke(*, proposal: Proposal, because: str, now: datetime, by: Acting | None) -> None:
    """Take back the unused grant of a locked proposal, if there is one."""
    grant = Grant.objects.select_for_update(no_key=True).filter(proposal=proposal, redeemed_at=None).first()
    if grant is None or grant.revoked_at is not None:
        return
    grant.revoked_at = now
    grant.revoked_because = because
    grant.save(update_fields=["revoked_at", "revoked_because"])
    told = {"args_sha256": grant.args_sha256, "because": because}
    _record("proposal.grant_revoked", grant, proposal, now, by, told)


def _halted(
    book: Book, proposal: Proposal, action_name: str, chosen_slice: Slice | None
) -> StandingHalt | None:
    """What stops this action of the proposal's agent: where it was proposed, or where what was chosen belongs."""
    halts = halts_in(book)
    found = halts.over(
        workflow_id=proposal.workflow_id,
        agent_id=proposal.agent_id,
        slice_id=proposal.slice_id,
        instead=action_name if action_name != proposal.action_type.name else "",
    )
    return found or (halts.slices.get(chosen_slice.pk) if chosen_slice is not None else None)


def _written(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _refusal(book: Book, grant: Grant, args_sha256: str, by: Agent, now: datetime) -> str | None:
    if by.status != AgentStatus.ACTIVE:
        return _("The agent is suspended.")
    if grant.redeemed_at is not None:
        return _("The grant was used at {when}; it works once.").format(when=_written(grant.redeemed_at))
    if grant.revoked_at is not None:
        return _("The grant was taken back: {why}").format(why=grant.revoked_because)
    for row in filter(None, (grant.proposal.slice, grant.chosen_slice)):
        if row.stage in (Stage.SHADOW, Stage.SUSPENDED):
            return _("This slice of work was taken back to {stage}.").format(stage=row.get_stage_display())
    if grant.proposal.resolution.decided_by_type == DecidedBy.POLICY and not is_acting(
        grant.proposal.slice_id, grant.proposal.agent_version_id
    ):
        return _("This slice of work does not act by itself any more: it was paused or taken back.")
    if now >= grant.expires_at:
        return _("The grant expired at {when}.").format(when=_written(grant.expires_at))
    if args_sha256 != grant.args_sha256:
        return _("These are not the arguments that were approved: the digest differs.")
    chosen = grant.chosen_slice
    action_type = chosen.action_type if chosen is not None else grant.proposal.action_type
    return outside_scope(book, grant.proposal, action_type, grant.proposal.resolution.args or {}) or None


def _record(
    verb: str,
    grant: Grant,
    proposal: Proposal,
    now: datetime,
    by: Acting | None,
    data: dict[str, Any] | None = None,
) -> None:
    audit.record(
        verb=verb,
        now=now,
        by=by,
        subject=("grant", grant.pk, grant.action_name),
        workflow_id=proposal.workflow_id,
        proposal_id=proposal.pk,
        data={"args_sha256": grant.args_sha256} if data is None else data,
    )
