"""What processes do in these tests, by name: each is one call of the real verb, with values that can be written down.

An act takes `now` and plain words, and answers with a number, a word or nothing.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from unittest.mock import patch

from django.test import override_settings

from apps.accounts.models import User
from apps.audit.sealing import seal_due
from apps.delivery.packing import pack
from apps.escalation import auditing, sweeping, warning
from apps.intake import endings, examining, vetoing
from apps.intake.actions import submit
from apps.intake.requests import Accepted
from apps.privacy import retaining
from apps.privacy import running as erasures
from apps.proposals import actions as proposals
from apps.proposals import grants
from apps.proposals.models import Grant, Proposal
from apps.proposals.questions import Said
from apps.proposals.states import Disposition
from apps.registry.models import Agent
from apps.reviews import (
    asking,
    assigning,
    claiming,
    deciding,
    delegating,
    returning,
    second_reviewing,
    seeding,
    settling,
)
from apps.reviews.choosing import Conflict
from apps.reviews.models import Task
from apps.routing.states import Verb
from apps.rulebook import running
from apps.sla import actions as sla
from tests import factories


def propose(*, now: datetime, name: str, **changes: Any) -> str:
    """Send a proposal under this name, which is its external id and its idempotency key; the proposal's id."""
    sent = factories.submission(factories.proposal_body(external_id=name, **changes), key=name)
    agent = Agent.objects.get(slug="order-bot")
    (answer,) = submit(agent=agent, submissions=[sent], now=now)
    assert isinstance(answer, Accepted), answer
    return str(answer.resource["id"])


def claim(*, now: datetime, proposal: str, short: str) -> str:
    """Take the task, as this person."""
    return str(claiming.claim(task_id=_task(proposal).pk, by=_person(short), now=now).status)


def approve(*, now: datetime, proposal: str, short: str) -> str:
    """Approve a task this person holds."""
    return str(factories.decided(_held(proposal), _person(short), now).verb)


def reject(*, now: datetime, proposal: str, short: str) -> str:
    """Reject a task this person holds."""
    held = _held(proposal)
    made = factories.decided(held, _person(short), now, Verb.REJECT, reason_code="customer-changed-mind")
    return str(made.verb)


def undo(*, now: datetime, proposal: str, short: str) -> str:
    """Take back what this person has just decided."""
    return str(deciding.undo(task_id=_task(proposal).pk, by=_person(short), now=now).status)


def delegate(*, now: datetime, proposal: str, short: str) -> None:
    """Put the task this person holds into Bob's hands."""
    task = _held(proposal)
    assert task.lease_token is not None
    delegating.delegate(
        task_id=task.pk,
        to=_person("bob"),
        by=_person(short),
        note="yours",
        lease_token=task.lease_token,
        now=now,
    )


def redeem(*, now: datetime, proposal: str) -> None:
    """The agent is about to do it."""
    grant = Grant.objects.get(proposal=proposal)
    agent = Agent.objects.get(slug="order-bot")
    grants.redeem(grant_id=grant.pk, args_sha256=grant.args_sha256, by=agent, now=now)


def report_result(*, now: datetime, proposal: str) -> None:
    """The agent has done it."""
    agent = Agent.objects.get(slug="order-bot")
    proposals.report_result(
        proposal_id=Proposal.objects.get(pk=proposal).pk,
        disposition=Disposition.EXECUTED,
        occurred_at=now,
        by=agent,
        now=now,
    )


def ask(*, now: datetime, proposal: str, short: str) -> None:
    """Ask the agent about a task this person holds."""
    factories.asked(_held(proposal), _person(short), now)


def answer(*, now: datetime, proposal: str) -> None:
    """The agent's answer."""
    agent = Agent.objects.get(slug="order-bot")
    asking.answer(proposal_id=Proposal.objects.get(pk=proposal).pk, said=Said("Number 7."), by=agent, now=now)


def skip(*, now: datetime, proposal: str, short: str) -> None:
    """Skip a task this person holds."""
    returning.skip(task_id=_task(proposal).pk, by=_person(short), reason="not mine", now=now)


def withdraw(*, now: datetime, proposal: str) -> None:
    """The agent takes it back."""
    agent = Agent.objects.get(slug="order-bot")
    endings.withdraw(proposal_id=Proposal.objects.get(pk=proposal).pk, by=agent, reason="-", now=now)


def audit(*, now: datetime) -> bool:
    """One look of the auditor."""
    return auditing.audit(now=now).is_clean


def order_replays(*, now: datetime, limit: int = 2000) -> int:
    """Show known cases again: one after every decision, whatever its coin says."""
    with override_settings(REVIEWHUB_GOLD_PERCENT=100):
        return seeding.order_replays(now=now, limit=limit)


def sweep(*, now: datetime, times: int) -> int:
    """Take due steps again and again, a few at a time, as a worker does that is woken often."""
    return sum(sweeping.run_due(now=now, limit=3) for _again in range(times))


def run_back_test(*, now: datetime) -> bool:
    """Run the back-test that waits, a batch at a time of three proposals."""
    with patch.object(running, "BATCH", 3):
        return running.run_next(clock=lambda: now)


def run_erasure(*, now: datetime) -> bool:
    """Carry out the request that waits, a proposal at a time."""
    return erasures.run_next(clock=lambda: now)


SWEEPERS: dict[str, Callable[..., Any]] = {
    "run_due": sweeping.run_due,
    "warn_due": warning.warn_due,
    "mark_breaches": sla.mark_breaches,
    "settle_due": settling.settle_due,
    "return_lost_claims": returning.return_lost_claims,
    "return_unanswered": asking.return_unanswered,
    "assign_due": assigning.assign_due,
    "order_replays": order_replays,
    "order_second_reviews": second_reviewing.order_second_reviews,
    "close_windows": vetoing.close_windows,
    "open_examinations": examining.open_ordered,
    "expire_due": endings.expire_due,
    "pack": pack,
    "seal_due": seal_due,
    "erase_old": retaining.erase_old,
    "audit": audit,
}
ACTS: dict[str, Callable[..., Any]] = {
    **SWEEPERS,
    "propose": propose,
    "claim": claim,
    "approve": approve,
    "reject": reject,
    "undo": undo,
    "delegate": delegate,
    "redeem": redeem,
    "report_result": report_result,
    "ask": ask,
    "answer": answer,
    "skip": skip,
    "withdraw": withdraw,
    "sweep": sweep,
    "run_back_test": run_back_test,
    "run_erasure": run_erasure,
}


def do(act: str, *, now: datetime, **words: Any) -> Any:
    """Do it here and now."""
    return ACTS[act](now=now, **words)


def everything_due(now: datetime) -> None:
    """Let every sweeper come by once, as it would after a fault."""
    for sweeper in SWEEPERS.values():
        sweeper(now=now)


def _task(proposal: str) -> Task:
    return Task.objects.select_related("proposal").get(proposal=proposal)


def _held(proposal: str) -> Task:
    """As the page of the person who holds it knows it; they do not if their first attempt had its effect."""
    task = _task(proposal)
    if task.lease_token is None:
        raise Conflict(task, "nobody holds it")
    return task


def _person(short: str) -> User:
    return User.objects.get(short=short)
