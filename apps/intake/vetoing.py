"""Closes veto windows: what nobody stopped is carried out, unless its slice or its agent does not act any more, or
a halt stands over it.
"""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from apps.audit import actions as audit
from apps.audit.sentences import plainly
from apps.audit.sweeping import sweep
from apps.audit.turns import together
from apps.halts.standing import halts_in
from apps.intake.reviewing import ToReview, open_review
from apps.proposals import changes, examining
from apps.proposals.acting import by_policy
from apps.proposals.actions import settle
from apps.proposals.models import Proposal
from apps.proposals.permitted import outside_scope
from apps.proposals.states import Purpose, Status, Substatus
from apps.registry.catalogue import current_book
from apps.registry.states import AgentStatus
from apps.reviews.expecting import expect_results
from apps.trust.granted import Held, is_acting, why_held
from apps.trust.states import Basis

_WHY = {
    Held.PAUSED: _lazy("The slice is paused since {since}: a person decides instead."),
    Held.LOOKED_AT: _lazy(
        "A suspected mistake in what the slice does is looked at again: a person decides instead."
    ),
    Held.OVER: _lazy("The slice does not act any more since {since}: a person decides instead."),
}


def close_windows(*, now: datetime, limit: int = 200) -> int:
    """Let act what waited its window out, or bring it before a person. Any number of sweepers may run. How many."""
    waiting = Proposal.objects.filter(
        status=Status.PENDING, substatus=Substatus.VETO_WINDOW, veto_until__lte=now
    ).order_by("veto_until")
    # What has expired meanwhile ends as such, by another sweeper.
    due = waiting.exclude(expires_at__lte=now)
    locked = due.select_for_update(skip_locked=True, of=("self",), no_key=True)
    wanted = locked.select_related("agent", "action_type", "workflow")
    return sweep(
        next_due=lambda failed: wanted.exclude(pk__in=failed).first(),
        act=lambda proposal: _close(proposal, now),
        limit=limit,
    )


def _close(proposal: Proposal, now: datetime) -> None:
    with together():
        why = _why_not(proposal)
        if why:
            task = open_review(ToReview(proposal, basis=Basis(proposal.basis)), now=now)
            changes.set_substatus(proposal, Substatus.QUEUED, due_at=task.due_at)
            _say(why, proposal, now)
            return
        settle(proposal=proposal, answer=by_policy(proposal, now), by=None, now=now)
        expect_results([proposal], now=now)
        if proposal.basis == Basis.AUDIT:
            examining.order(original=proposal, purpose=Purpose.AUDIT, excluded=[], now=now)


def _why_not(proposal: Proposal) -> str:
    """Why it does not act after all; empty: it does."""
    halted = halts_in(current_book()).over(
        workflow_id=proposal.workflow_id, agent_id=proposal.agent_id, slice_id=proposal.slice_id
    )
    if halted is not None:
        return _("{halted} A person decides instead.").format(halted=halted.sentence)
    if proposal.agent.status != AgentStatus.ACTIVE:
        return _("Its agent is suspended: a person decides instead.")
    outside = outside_scope(current_book(), proposal, proposal.action_type, proposal.args)
    if outside:
        return _("{why} A person decides instead.").format(why=outside)
    if is_acting(proposal.slice_id, proposal.agent_version_id):
        return ""
    because, since = why_held(proposal.slice_id, proposal.agent_version_id)
    return str(_WHY[because]).format(since=plainly(since.isoformat()) if since else "?")


def _say(why: str, proposal: Proposal, now: datetime) -> None:
    """The assessment of its arrival stays as it is; that it did not act after all, and why, is told beside it."""
    audit.record(
        verb="proposal.brought_to_person",
        now=now,
        subject=("proposal", proposal.pk, proposal.external_id),
        workflow_id=proposal.workflow_id,
        proposal_id=proposal.pk,
        data={"reason": why},
    )
