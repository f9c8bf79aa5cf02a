"""Ends a pending proposal without a decision: withdrawn by its agent, superseded, or no longer useful."""

from contextlib import suppress
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from apps.audit.sweeping import sweep
from apps.proposals import actions as proposals
from apps.proposals import changes, questions
from apps.proposals.changes import WrongStatus
from apps.proposals.examining import order
from apps.proposals.models import Proposal
from apps.proposals.states import Purpose, Status
from apps.registry.models import Agent
from apps.reviews import settling
from apps.reviews.locking import locked_of
from apps.reviews.models import Task
from apps.routing.states import Route
from apps.trust.states import Basis, NotEvidence


class _TaskCame(Exception):
    """It has a task since the look for one."""


def withdraw(*, proposal_id: UUID, by: Agent, reason: str, now: datetime) -> None:
    """Take a pending proposal of this agent back. Raises WrongStatus when it has ended."""
    end(proposal_id, because=NotEvidence.WITHDRAWN, by=by, reason=reason, now=now)


def expire_due(*, now: datetime, limit: int = 200) -> int:
    """Expire pending proposals whose time is over. Any number of sweepers may run. How many were ended."""
    due = Proposal.objects.filter(status=Status.PENDING, expires_at__lte=now).order_by("expires_at")
    return sweep(
        # Not locked here: the task has to be locked first.
        next_due=lambda failed: due.exclude(pk__in=failed).first(),
        act=lambda proposal: _expire(proposal, now),
        limit=limit,
    )


def _expire(proposal: Proposal, now: datetime) -> None:
    # Decided, withdrawn or expired by another sweeper between the look and the lock.
    with suppress(WrongStatus):
        end(proposal.pk, because=NotEvidence.EXPIRED, by=None, reason=_("No longer useful."), now=now)


def end(proposal_id: UUID, *, because: NotEvidence, by: Agent | None, reason: str, now: datetime) -> None:
    """End a pending proposal and its task. What people had decided on it and was not settled counts as little.

    Task first, then proposal: the order in which every verb locks them. Raises WrongStatus when it has ended.
    What an audit held is audited all the same, on a copy: who could take it back and send it again until no audit
    holds it would choose what is looked at.
    """
    with transaction.atomic():
        proposal = _locked(proposal_id)
        reason = questions.masked(proposal, reason)
        settling.cancel(proposal_id=proposal_id, by=by, now=now, reason=reason, not_evidence=because)
        proposals.close_unanswered(proposal_id=proposal_id, because=because, by=by, now=now, reason=reason)
        if proposal.basis == Basis.AUDIT and proposal.route == Route.REVIEW:
            order(original=proposal, purpose=Purpose.AUDIT, excluded=[], now=now)


def _locked(proposal_id: UUID) -> Proposal:
    """The proposal, locked after its task, if it has one. A veto window that closes meanwhile gives it one only now."""
    while (task := locked_of(proposal_id)) is None:
        with suppress(_TaskCame), transaction.atomic():
            proposal = changes.locked(proposal_id)
            if not Task.objects.filter(proposal_id=proposal_id).exists():
                return proposal
            # Gives the lock back: the task has to be locked first.
            raise _TaskCame
    return task.proposal
