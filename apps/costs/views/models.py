"""The cost model of a workflow: what a month should cost, three ways, beside what it did cost."""

from dataclasses import fields
from decimal import Decimal

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.policies import why_not
from apps.accounts.requests import PersonRequest
from apps.audit.csv_files import csv_response
from apps.costs import policies, queries
from apps.costs.accounts import CostError
from apps.costs.forms import ModelForm
from apps.costs.model_setup import save_model
from apps.costs.modelling import Assumed
from apps.costs.states import ScenarioKind
from apps.registry.seen import seen_workflow


@require_safe
def model_read(request: PersonRequest, slug: str) -> HttpResponse:
    """The three scenarios beside the cost by hand and what was really spent."""
    workflow = seen_workflow(request, slug)
    found = queries.model_page(workflow, now=timezone.now())
    manual = found.model.manual_cost if found.model else Decimal(0)
    context = {
        "workflow": workflow,
        "found": found,
        "columns": [
            (kind, one, one.cases * manual, one.saved(manual)) for kind, one in found.scenarios.items()
        ],
        "why_not": why_not(policies.check_set_model, workflow, by=request.user),
    }
    return render(request, "costs/model_read.html", context)


@require_safe
def model_csv(request: PersonRequest, slug: str) -> HttpResponse:
    """The scenarios as comma-separated values: what is assumed, then what follows from it."""
    workflow = seen_workflow(request, slug)
    found = queries.model_page(workflow, now=timezone.now())
    assumed = [one.name for one in fields(Assumed)]
    manual = found.model.manual_cost if found.model else Decimal(0)
    return csv_response(
        f"{slug}-cost-model.csv",
        [
            "scenario",
            "currency",
            *assumed,
            "review_a_case",
            "errors_a_case",
            "month",
            "month_by_hand",
            "a_case",
        ],
        (
            [
                *(kind.value, found.currency, *(getattr(one, name) for name in assumed)),
                *(one.people, one.errors, one.month, one.cases * manual, one.per_case),
            ]
            for kind, one in found.scenarios.items()
        ),
    )


def model_edit(request: PersonRequest, slug: str) -> HttpResponse:
    """Another assumption is another version."""
    workflow = seen_workflow(request, slug)
    policies.check_set_model(workflow, by=request.user)
    found = queries.model_page(workflow, now=timezone.now())
    manual = found.model.manual_cost if found.model else None
    form = ModelForm(found.currency, manual, found.scenarios, request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            saved = save_model(
                workflow=workflow,
                currency=given["currency"].upper(),
                manual_cost=given["manual_cost"],
                scenarios=form.scenarios(),
                note=given["note"],
                by=request.user,
                now=timezone.now(),
            )
        except CostError as error:
            form.add_error(None, str(error))
        else:
            if saved is None:
                messages.info(request, _("Nothing was changed, so there is no new version."))
            else:
                messages.success(request, _("Saved."))
            return redirect("costs:model_read", slug)
    context = {"workflow": workflow, "form": form, "kinds": ScenarioKind}
    return render(request, "costs/model_edit.html", context, status=422 if form.errors else 200)
