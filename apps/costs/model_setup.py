"""Keeps what a workflow is expected to cost. Nothing is changed: another assumption is another version."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import actions as audit
from apps.costs import policies
from apps.costs.accounts import CostError, check_currency, count_in, is_planned, locked_account
from apps.costs.modelling import Assumed
from apps.costs.models import CostModel, Scenario
from apps.costs.states import ScenarioKind
from apps.registry.models import Workflow

Scenarios = Mapping[ScenarioKind, Assumed]


def save_model(
    *,
    workflow: Workflow,
    currency: str,
    manual_cost: Decimal,
    scenarios: Scenarios,
    note: str = "",
    by: User | None,
    now: datetime,
) -> CostModel | None:
    """The new version; None when it says what is there already. Raises NotAllowed, CostError."""
    policies.check_set_model(workflow, by=by)
    _check(currency, manual_cost, scenarios)
    with transaction.atomic():
        account = locked_account(workflow)
        is_same = account.currency == currency
        count_in(account, currency, may_change=not is_planned(account))
        newest = newest_model(workflow.pk)
        if is_same and newest is not None and _says(newest, manual_cost, scenarios):
            return None
        model = CostModel.objects.create(
            workflow=workflow,
            number=newest.number + 1 if newest else 1,
            manual_cost=manual_cost,
            note=note[:500],
            created_at=now,
            created_by=by,
        )
        Scenario.objects.bulk_create(
            Scenario(model=model, kind=kind, **asdict(assumed)) for kind, assumed in scenarios.items()
        )
        audit.record(
            verb="cost_model.saved",
            now=now,
            by=by,
            subject=("workflow", workflow.pk, workflow.name),
            workflow_id=workflow.pk,
            data={"version": model.number, "note": note[:500]},
        )
    return model


def newest_model(workflow_id: int) -> CostModel | None:
    """The version in force."""
    return CostModel.objects.filter(workflow=workflow_id).order_by("-number").first()


def assumed_in(model: CostModel) -> dict[ScenarioKind, Assumed]:
    """Its scenarios. One query."""
    rows = {row.kind: row for row in model.scenarios.all()}
    names = [one.name for one in fields(Assumed)]
    return {
        kind: Assumed(**{name: getattr(rows[kind], name) for name in names})
        for kind in ScenarioKind
        if kind in rows
    }


def _says(model: CostModel, manual_cost: Decimal, scenarios: Scenarios) -> bool:
    return model.manual_cost == manual_cost and assumed_in(model) == dict(scenarios)


def _check(currency: str, manual_cost: Decimal, scenarios: Scenarios) -> None:
    if set(scenarios) != set(ScenarioKind):
        raise CostError(_("A cost model has all three scenarios: expected, edge and failure."))
    check_currency(currency)
    if manual_cost < 0 or any(value < 0 for one in scenarios.values() for value in asdict(one).values()):
        raise CostError(_("Nothing in a cost model is below zero."))
    if any(one.reviewed > 100 or one.wrong > 100 for one in scenarios.values()):
        raise CostError(_("A share of the cases is at most 100 percent."))
