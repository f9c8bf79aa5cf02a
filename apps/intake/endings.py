"""Ends a pending proposal without a decision: the agent withdraws it, or it is no longer useful."""

from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from apps.proposals import actions as proposals
from apps.proposals.changes import WrongStatus
from apps.proposals.models import Proposal
from apps.proposals.states import Status
from apps.registry.models import Agent
from apps.reviews import settling
from apps.trust.states import NotEvidence

log = structlog.get_logger(__name__)


def withdraw(*, proposal_id: UUID, by: Agent, reason: str, now: datetime) -> None:
    """Take a pending proposal of this agent back. Raises WrongStatus when it has ended."""
    _end(proposal_id, to=Status.CANCELLED, by=by, reason=reason, now=now)


def expire_due(*, now: datetime, limit: int = 200) -> int:
    """Expire pending proposals whose time is over. Any number of sweepers may run. How many were ended."""
    due = Proposal.objects.filter(status=Status.PENDING, expires_at__lte=now).order_by("expires_at")
    ended = 0
    for proposal_id in due.values_list("pk", flat=True)[:limit]:
        try:
            _end(proposal_id, to=Status.EXPIRED, by=None, reason=_("No longer useful."), now=now)
        except WrongStatus:
            # Decided, withdrawn or expired by another sweeper between the look and the lock.
            continue
        except Exception:
            # One poison row must not stop the others; the next sweep tries it again.
            log.exception("row_failed", table="proposals_proposal", key=str(proposal_id))
            continue
        ended += 1
    return ended


def _end(proposal_id: UUID, *, to: Status, by: Agent | None, reason: str, now: datetime) -> None:
    """Task first, then proposal: the order in which every verb locks them."""
    with transaction.atomic():
        settling.cancel(
            proposal_id=proposal_id,
            by=by,
            now=now,
            reason=reason,
            not_evidence=NotEvidence.EXPIRED if to is Status.EXPIRED else NotEvidence.WITHDRAWN,
        )
        proposals.close_unanswered(proposal_id=proposal_id, to=to, by=by, now=now, reason=reason)
