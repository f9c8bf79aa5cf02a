"""The forms of costs. What can be meant is said by the verbs; these read fields."""

from dataclasses import fields
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.costs.accounts import CostError
from apps.costs.model_setup import Scenarios
from apps.costs.modelling import Assumed
from apps.costs.plan_setup import MOST_STEPS, Plan
from apps.costs.states import ScenarioKind, Span
from apps.registry.models import Agent

_BUDGETS = {
    Span.RUN: _("One run"),
    Span.DAY: _("A day"),
    Span.WEEK: _("A week"),
    Span.MONTH: _("A month"),
    Span.EVER: _("In all, from the beginning"),
}
_FIGURES = {
    "cases": _("Cases a month"),
    "agent_cost": _("Agent, a case"),
    "reviewed": _("Reviewed, percent"),
    "minutes": _("Minutes of review"),
    "hour_cost": _("An hour of review"),
    "wrong": _("Wrong, percent"),
    "error_cost": _("An error"),
    "fixed": _("Fixed, a month"),
}


def _currency() -> forms.CharField:
    return forms.CharField(
        label=_("Currency"),
        max_length=3,
        min_length=3,
        help_text=_("Its code of three letters, such as EUR."),
    )


class _Amount(forms.DecimalField):
    """An amount, shown without the zeros it is stored with."""

    def prepare_value(self, value: Any) -> Any:
        return f"{value.normalize():f}" if isinstance(value, Decimal) else value


def _amount(
    label: Any, *, is_needed: bool = False, most_digits: int = 14, digits: int = 2, help_text: Any = ""
) -> forms.DecimalField:
    return _Amount(
        label=label,
        required=is_needed,
        min_value=Decimal(0),
        max_digits=most_digits,
        decimal_places=digits,
        help_text=help_text,
    )


class PlanForm(forms.Form):
    """Budgets, the step cap, and what a run of each agent of the workflow usually costs."""

    def __init__(self, plan: Plan | None, agents: list[Agent], data: Any = None) -> None:
        super().__init__(data)
        self.agents = agents
        self.fields["currency"] = _currency()
        for span, label in _BUDGETS.items():
            self.fields[span.value] = _amount(label)
        self.fields["run"].help_text = _("Empty: no budget.")
        self.fields["step_cap"] = forms.IntegerField(
            label=_("Steps a run may take"),
            required=False,
            min_value=1,
            max_value=MOST_STEPS,
            help_text=_("Empty: any number."),
        )
        for agent in agents:
            self.fields[f"agent-{agent.pk}"] = _amount(
                _("A run of {name} usually costs").format(name=agent.name), digits=6
            )
        if plan is not None:
            self.initial = {
                "currency": plan.currency,
                "step_cap": plan.step_cap,
                **{span.value: amount for span, amount in plan.budgets.items()},
                **{f"agent-{agent.pk}": plan.benchmarks.get(agent.slug) for agent in agents},
            }

    def plan(self) -> Plan | None:
        """What was typed; None with an error at the form."""
        given = self.cleaned_data
        budgets = {span: given[span.value] for span in _BUDGETS if given[span.value] is not None}
        usual = {agent.slug: given[f"agent-{agent.pk}"] for agent in self.agents}
        try:
            return Plan(
                given["currency"].upper(),
                budgets,
                given["step_cap"],
                {slug: amount for slug, amount in usual.items() if amount is not None},
            )
        except CostError as error:
            self.add_error(None, str(error))
            return None


class ModelForm(forms.Form):
    """The three scenarios, and the cost by hand."""

    def __init__(
        self, currency: str, manual_cost: Decimal | None, scenarios: Scenarios, data: Any = None
    ) -> None:
        super().__init__(data)
        self.fields["currency"] = _currency()
        self.fields["manual_cost"] = _amount(_("A case by hand costs"), is_needed=True, digits=4)
        self.initial = {"currency": currency, "manual_cost": manual_cost}
        for kind in ScenarioKind:
            for name, label in _FIGURES.items():
                field: forms.Field = _amount(label, is_needed=True, digits=4 if name == "agent_cost" else 2)
                if name == "cases":
                    field = forms.IntegerField(label=label, min_value=0, max_value=10**8)
                if name == "minutes":
                    field = _amount(label, is_needed=True, most_digits=8)
                self.fields[f"{kind}-{name}"] = field
                field.widget.attrs |= {"aria-label": f"{label}, {kind.label}", "class": "input"}
                if kind in scenarios:
                    self.initial[f"{kind}-{name}"] = getattr(scenarios[kind], name)
        self.fields["note"] = forms.CharField(
            label=_("Why?"), required=False, max_length=500, help_text=_("Kept with the new version.")
        )

    def rows(self) -> list[tuple[Any, list[forms.BoundField]]]:
        """Figure by figure: its label and its fields, a scenario each."""
        return [
            (label, [self[f"{kind}-{name}"] for kind in ScenarioKind]) for name, label in _FIGURES.items()
        ]

    def scenarios(self) -> Scenarios:
        """What was typed."""
        names = [one.name for one in fields(Assumed)]
        return {
            kind: Assumed(**{name: self.cleaned_data[f"{kind}-{name}"] for name in names})
            for kind in ScenarioKind
        }
