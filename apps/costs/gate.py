"""Whether something new may be begun: the hard stop at a spent budget, and at the last step a run may take.

Asked by intake for every proposal, so it costs nothing where a workflow has no budget, and two queries for any number
of proposals where it has. Nothing is locked: a proposal that comes with the usage that spends a budget was first.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Q
from django.utils import timezone

from apps.costs.limits import Rules, Standing, standings, what_stops
from apps.costs.models import Run, Spent
from apps.costs.periods import starts
from apps.costs.rules import rules_in
from apps.costs.states import Span
from apps.costs.wording import why_no_step, why_stopped
from apps.registry.catalogue import book_in_use
from apps.registry.models import Agent, Workflow


@dataclass(frozen=True, slots=True)
class Asked:
    """One proposal: where, in which run (empty: none named), at which of its steps."""

    workflow: Workflow
    run_name: str = ""
    step: int = 0


@dataclass(frozen=True, slots=True)
class Stop:
    """Why not: the slug of the problem and a sentence."""

    problem: str
    detail: str


def stop_of(found: Iterable[Standing], rules: Rules, *, steps: int, workflow: Workflow) -> Stop | None:
    """What stops a run with these sums; None: it may go on."""
    spent = what_stops(found)
    if spent is not None:
        why = why_stopped(spent, workflow=workflow.name, slug=workflow.slug, currency=rules.currency)
        return Stop("budget-spent", why)
    if rules.step_cap is not None and steps > rules.step_cap:
        return Stop("step-cap-reached", why_no_step(steps=steps, cap=rules.step_cap, slug=workflow.slug))
    return None


def stopped(agent: Agent, asked: Mapping[int, Asked], *, now: datetime) -> dict[int, Stop]:
    """Those of these proposals that may not be taken in, by the same keys."""
    all_rules = rules_in(book_in_use())
    asked = {index: one for index, one in asked.items() if one.workflow.pk in all_rules}
    if not asked:
        return {}
    day = timezone.localdate(now)
    spent = _spent({one.workflow.pk for one in asked.values()}, now)
    runs = _runs(agent, asked.values())
    found = {}
    for index, one in asked.items():
        amount, steps = runs.get((one.workflow.pk, one.run_name), (Decimal(0), 0))
        rules = all_rules[one.workflow.pk]
        sums = {Span.RUN: amount, **spent.get(one.workflow.pk, {})}
        stop = stop_of(
            standings(rules, sums, day=day), rules, steps=max(steps, one.step), workflow=one.workflow
        )
        if stop is not None:
            found[index] = stop
    return found


def _spent(workflow_ids: set[int], now: datetime) -> dict[int, dict[Span, Decimal]]:
    periods = Q()
    for span, on in starts(timezone.localdate(now)).items():
        periods |= Q(span=span, starts_on=on)
    found: dict[int, dict[Span, Decimal]] = {}
    for row in Spent.objects.filter(periods, workflow__in=workflow_ids):
        found.setdefault(row.workflow_id, {})[Span(row.span)] = row.amount
    return found


def _runs(agent: Agent, asked: Iterable[Asked]) -> dict[tuple[int, str], tuple[Decimal, int]]:
    names = {one.run_name for one in asked if one.run_name}
    if not names:
        return {}
    rows = Run.objects.filter(agent=agent, workflow__in={one.workflow.pk for one in asked}, name__in=names)
    return {(row.workflow_id, row.name): (row.amount, row.steps) for row in rows}
