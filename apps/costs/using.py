"""Writes down what an agent has used in a run, and says how the run stands.

What was used was used: it is kept even where a budget is spent. Then the answer is a refusal, which says so, and the
agent has to stop. The usage that spends a budget is answered as the last good one, with `stopped`.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.audit.days import midnight
from apps.costs import telling
from apps.costs.accounts import CostError, count_in, locked_account
from apps.costs.gate import Stop, stop_of
from apps.costs.limits import Rules, Standing, standings
from apps.costs.models import Account, Benchmark, Run, Spent, SpentByAgent, Usage
from apps.costs.periods import starts
from apps.costs.rules import rules_of
from apps.costs.states import Span
from apps.proposals.resource import moment
from apps.registry.models import Agent, Workflow

NOTHING = Decimal(0)
_SUMS = ("amount", "tokens", "tool_calls", "steps")


class KeyUsed(CostError):
    """The key came before with another body."""


@dataclass(frozen=True, slots=True)
class Used:
    """What was used since the last report. An amount has its currency."""

    amount: Decimal = NOTHING
    currency: str = ""
    tokens: int = 0
    tool_calls: int = 0
    steps: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """How the run stands, as `api.answers.UsageOut`; or the problem it was answered with: its kind and its detail."""

    resource: dict[str, Any]
    problem: str
    is_replay: bool

    @property
    def detail(self) -> str:
        return str(self.resource.get("detail", ""))


def workflow_for(agent: Agent, slug: str, run_name: str) -> Workflow | None:
    """The workflow of this name, if it is granted to the agent or was when the run began."""
    found = Workflow.objects.select_related(
        "business_owner", "process_owner", "technical_owner", "governance_lead"
    ).filter(slug=slug)
    granted = found.filter(agent_grants__agent=agent, is_active=True).first()
    return granted or found.filter(runs__agent=agent, runs__name=run_name).first()


def report_usage(
    *,
    agent: Agent,
    workflow: Workflow,
    run_name: str,
    used: Used,
    key: str,
    body_sha256: str,
    now: datetime,
) -> Answer:
    """Keep it, add it up, tell whom it concerns. The same key again has the effect of one.

    Raises KeyUsed, and OtherCurrency for an amount in another currency than the workflow counts in.
    """
    for is_last in (False, True):
        try:
            with transaction.atomic():
                return _report(agent, workflow, run_name, used, key, body_sha256, now)
        except IntegrityError:
            # The same key at the same moment in another workflow: the other one was first.
            if is_last:
                raise
    raise AssertionError("the second attempt returns or raises")


def _report(
    agent: Agent, workflow: Workflow, run_name: str, used: Used, key: str, body_sha256: str, now: datetime
) -> Answer:
    account = locked_account(workflow)
    stored = Usage.objects.filter(agent=agent, key=key).first()
    if stored is not None:
        if stored.body_sha256 != body_sha256:
            raise KeyUsed(_("This Idempotency-Key was used before with another body."))
        return Answer(stored.answer, stored.problem, is_replay=True)
    if used.currency:
        # What an admin has set is never turned into another currency by what an agent says.
        count_in(account, used.currency, may_change=False)
    rules = rules_of(account)
    books = _open(workflow, agent, run_name, now)
    was_stopped = _stop(books, rules, workflow) is not None
    books.add(used)
    after = _standings(books, rules)
    _tell(books, after, rules, workflow, now)
    books.save()
    stop = _stop(books, rules, workflow) if was_stopped else None
    answer = _refusal(stop) if stop else _resource(books, after, rules, workflow, account)
    Usage.objects.create(
        run=books.run,
        agent=agent,
        key=key,
        body_sha256=body_sha256,
        **{name: getattr(used, name) for name in _SUMS},
        problem=stop.problem if stop else "",
        answer=answer,
        at=now,
    )
    return Answer(answer, stop.problem if stop else "", is_replay=False)


@dataclass(frozen=True, slots=True)
class _Books:
    """Everything a usage is added to: the run, the periods, the agent's month."""

    run: Run
    periods: dict[Span, Spent]
    by_agent: SpentByAgent

    def add(self, used: Used) -> None:
        for row in (self.run, *self.periods.values(), self.by_agent):
            for name in _SUMS:
                setattr(row, name, getattr(row, name) + getattr(used, name))

    def save(self) -> None:
        told = ("told_level", "told_limit")
        self.run.save(update_fields=[*_SUMS, *told, "dear_told", "last_at"])
        Spent.objects.bulk_update(self.periods.values(), [*_SUMS, *told, "runs"])
        self.by_agent.save(update_fields=[*_SUMS, "runs"])

    @property
    def spent(self) -> dict[Span, Decimal]:
        return {Span.RUN: self.run.amount, **{span: row.amount for span, row in self.periods.items()}}


def _open(workflow: Workflow, agent: Agent, run_name: str, now: datetime) -> _Books:
    """The rows, made where there are none. Whoever holds the account is alone with them."""
    first_days = starts(timezone.localdate(now))
    month = first_days[Span.MONTH]
    run, is_new = Run.objects.get_or_create(
        agent=agent,
        workflow=workflow,
        name=run_name,
        defaults={"month": month, "first_at": now, "last_at": now},
    )
    run.agent, run.last_at = agent, max(run.last_at, now)
    wanted = [Spent(workflow=workflow, span=span, starts_on=on) for span, on in first_days.items()]
    Spent.objects.bulk_create(wanted, ignore_conflicts=True)
    rows = Spent.objects.filter(workflow=workflow, starts_on__in=first_days.values())
    periods = {Span(row.span): row for row in rows if first_days[Span(row.span)] == row.starts_on}
    by_agent, _made = SpentByAgent.objects.get_or_create(workflow=workflow, agent=agent, month=month)
    if is_new:
        by_agent.runs += 1
        for row in periods.values():
            row.runs += 1
    return _Books(run, periods, by_agent)


def _standings(books: _Books, rules: Rules) -> list[Standing]:
    return standings(rules, books.spent, day=books.periods[Span.DAY].starts_on)


def _stop(books: _Books, rules: Rules, workflow: Workflow) -> Stop | None:
    return stop_of(_standings(books, rules), rules, steps=books.run.steps, workflow=workflow)


def _tell(books: _Books, found: list[Standing], rules: Rules, workflow: Workflow, now: datetime) -> None:
    page, run_page = f"/costs/{workflow.slug}/", f"/costs/run/{books.run.pk}/"
    how: dict[str, Any] = {"workflow": workflow, "currency": rules.currency, "now": now}
    for one in found:
        if one.span is Span.RUN:
            telling.tell_level(books.run, one, link=run_page, **how)
        else:
            telling.tell_level(books.periods[one.span], one, link=page, **how)
    benchmark = Benchmark.objects.filter(workflow=workflow, agent=books.run.agent).first()
    telling.tell_dear(books.run, benchmark.amount if benchmark else None, link=run_page, **how)


def _refusal(stop: Stop) -> dict[str, Any]:
    return {"detail": _("What you reported is on record. {why}").format(why=stop.detail)}


def _resource(
    books: _Books, found: list[Standing], rules: Rules, workflow: Workflow, account: Account
) -> dict[str, Any]:
    run = books.run
    return {
        "run": run.name,
        "workflow": workflow.slug,
        "amount": _exact(run.amount),
        "currency": account.currency,
        "tokens": run.tokens,
        "tool_calls": run.tool_calls,
        "steps": run.steps,
        "step_cap": rules.step_cap,
        "budgets": [
            {
                "span": one.span.value,
                "limit": _exact(one.limit),
                "spent": _exact(one.spent),
                "until": moment(midnight(one.free_on).astimezone(UTC)) if one.free_on else None,
            }
            for one in found
        ],
        "stopped": stop_of(found, rules, steps=run.steps, workflow=workflow) is not None,
    }


def _exact(amount: Decimal) -> str:
    return f"{amount:.6f}"
