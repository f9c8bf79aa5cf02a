"""The pages of one KPI: how it stands, what it means, its baseline, its cases, and its owner's word."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.policies import why_not
from apps.accounts.requests import PersonRequest
from apps.audit.csv_files import csv_response, csv_streamed
from apps.audit.replicas import from_replica
from apps.outcomes import freezing, policies, queries, reporting, stating
from apps.outcomes.comparing import Comparison, compare, current_version, unconfirmed
from apps.outcomes.forms import BaselineForm, EnteredBaselineForm, KpiForm, ReadingForm, StatementForm
from apps.outcomes.kpi_setup import KpiError, save_kpi
from apps.outcomes.models import Kpi, KpiVersion, Statement
from apps.outcomes.periods import Period
from apps.outcomes.process.comparing import now_period
from apps.outcomes.states import Cadence, Measure, Said
from apps.registry.models import Workflow
from apps.registry.seen import seen_workflow
from apps.registry.visibility import check_see_workflow


@require_safe
@from_replica
def kpi_read(request: PersonRequest, kpi_id: int) -> HttpResponse:
    """Before, now and target; the picture of the weeks; what the owner said."""
    return _page(request, _seen(request, kpi_id))


def kpi_add(request: PersonRequest, slug: str) -> HttpResponse:
    """A form for a new KPI of a workflow."""
    workflow = seen_workflow(request, slug)
    return _form_page(request, workflow, None)


def kpi_edit(request: PersonRequest, kpi_id: int) -> HttpResponse:
    """The same for one that exists; another meaning is a new version."""
    kpi = _seen(request, kpi_id)
    return _form_page(request, kpi.workflow, current_version(kpi))


def kpi_baseline(request: PersonRequest, kpi_id: int) -> HttpResponse:
    """Measure what was before in an imported log, look at it, and freeze it."""
    kpi = _seen(request, kpi_id)
    policies.check_set_up(kpi.workflow, by=request.user)
    version = current_version(kpi)
    is_entered = version.measure == Measure.REPORTED
    data = request.POST or None
    form: Form = EnteredBaselineForm(data) if is_entered else BaselineForm(version, data)
    shown = None
    if request.method == "POST" and form.is_valid():
        try:
            if is_entered or "freeze" in request.POST:
                _freeze(request, version, form, is_entered=is_entered)
                messages.success(request, _("The baseline is frozen."))
                return redirect("outcomes:kpi_read", kpi.pk)
            shown = freezing.measure_log(version, form.cleaned_data["log"], **_of_log(form))
        except KpiError as error:
            form.add_error(None, str(error))
    context = {"kpi": kpi, "version": version, "form": form, "shown": shown, "is_entered": is_entered}
    status = 422 if form.errors else 200
    return render(request, "outcomes/kpi_baseline.html", context, status=status)


@require_safe
@from_replica
def kpi_cases(request: PersonRequest, kpi_id: int) -> HttpResponse:
    """The cases behind the figure of now, or of the period in the address."""
    kpi = _seen(request, kpi_id)
    version, period = current_version(kpi), _asked_period(request)
    number = request.GET.get("page", "1")
    page = int(number) if number.isascii() and number.isdigit() and len(number) < 6 else 1
    cases, is_more = queries.page_of(queries.measured_cases(version, period), page=max(1, page))
    context = {
        "kpi": kpi,
        "version": version,
        "period": period,
        "asked": urlencode({"from": period.starts_on, "to": period.ends_on}),
        "cases": cases,
        "page": page,
        "is_more": is_more,
        "log": kpi.workflow.event_logs.filter(is_live=True).first(),
    }
    return render(request, "outcomes/kpi_cases.html", context)


@require_safe
def kpi_cases_csv(request: PersonRequest, kpi_id: int) -> HttpResponseBase:
    """The same cases, all of them, as comma-separated values; durations in hours."""
    kpi = _seen(request, kpi_id)
    version, period = current_version(kpi), _asked_period(request)
    is_time = version.measure == Measure.CYCLE_TIME
    rows = (
        [one.case, one.ended_on, one.hours if is_time else one.value, version.unit]
        for one in queries.measured_cases(version, period).iterator(chunk_size=2000)
    )
    return csv_streamed(f"{kpi.slug}-cases.csv", ["case", "ended on", "value", "unit of the KPI"], rows)


@require_safe
@from_replica
def kpi_statements_csv(request: PersonRequest, kpi_id: int) -> HttpResponse:
    """What its owner said of each period, with the figures as they were."""
    kpi = _seen(request, kpi_id)
    said = Statement.objects.filter(version__kpi=kpi).select_related("by", "version")
    rows = [
        [
            one.starts_on,
            one.ends_on,
            one.said,
            one.note,
            one.version.number,
            (one.figures["before"] or {}).get("value"),
            one.figures["now"]["value"],
            one.figures["now"]["n"],
            one.version.unit,
            one.by.name,
            one.at.isoformat(),
        ]
        for one in said
    ]
    waits = unconfirmed(kpi, today=timezone.localdate())
    rows += [[one.starts_on, one.ends_on, "unconfirmed", *[""] * 8] for one in waits]
    columns = ["from", "to", "said", "note", "version", "before", "now", "cases", "unit", "by", "at"]
    return csv_response(f"{kpi.slug}-statements.csv", columns, rows)


@require_safe
@from_replica
def kpi_weeks_csv(request: PersonRequest, kpi_id: int) -> HttpResponse:
    """The weeks of the picture as comma-separated values."""
    found = compare(_seen(request, kpi_id), now=timezone.now())
    drawn = queries.kpi_picture(found, now=timezone.now())
    rows = [
        [
            dot.week.on,
            "before" if dot.is_before else "now",
            f"{dot.week.value:.4f}",
            dot.week.n,
            " ".join(dot.signals),
            "; ".join(dot.changes),
        ]
        for dot in (drawn.dots if drawn else ())
    ]
    columns = ["week from", "before or now", "figure", "cases", "signals", "changes"]
    return csv_response(f"{found.kpi.slug}-weeks.csv", columns, rows)


@require_POST
def kpi_reading(request: PersonRequest, kpi_id: int) -> HttpResponse:
    """Enter the figure of a day."""
    kpi = _seen(request, kpi_id)
    form = ReadingForm(request.POST)
    if form.is_valid():
        try:
            reporting.enter_reading(
                version=current_version(kpi), by=request.user, now=timezone.now(), **form.cleaned_data
            )
        except KpiError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Entered."))
            return redirect("outcomes:kpi_read", kpi.pk)
    return _page(request, kpi, reading=form, status=422)


@require_POST
def kpi_state(request: PersonRequest, kpi_id: int) -> HttpResponse:
    """The owner confirms or disputes a period."""
    kpi = _seen(request, kpi_id)
    policies.check_state(kpi, by=request.user)
    form = StatementForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        try:
            stating.state(
                kpi_id=kpi.pk,
                starts_on=given["starts_on"],
                said=Said(given["said"]),
                note=given["note"],
                by=request.user,
                now=timezone.now(),
            )
        except KpiError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Your word is on record, with the figures as they were."))
            return redirect("outcomes:kpi_read", kpi.pk)
    return _page(request, kpi, stated=form, status=422)


def _page(
    request: PersonRequest,
    kpi: Kpi,
    *,
    stated: StatementForm | None = None,
    reading: ReadingForm | None = None,
    status: int = 200,
) -> HttpResponse:
    now = timezone.now()
    found = compare(kpi, now=now)
    is_reported = found.version.measure == Measure.REPORTED
    period = found.unconfirmed[-1] if found.unconfirmed else None
    asked = queries.period_comparison(kpi, period, now=now) if period else None
    context = {
        "kpi": kpi,
        "found": found,
        "picture": queries.kpi_picture(found, now=now),
        "asked": asked,
        "statement_form": _statement_form(asked, stated),
        "reading_form": reading or ReadingForm(initial={"day": timezone.localdate(now)}),
        "why_not_state": why_not(policies.check_state, kpi, by=request.user),
        "why_not_set_up": why_not(policies.check_set_up, kpi.workflow, by=request.user),
        "statements": Statement.objects.filter(version__kpi=kpi).select_related("by", "version")[:24],
        "readings": queries.readings(found.version, now=now) if is_reported else [],
        "versions": kpi.versions.select_related("created_by"),
        "is_reported": is_reported,
    }
    return render(request, "outcomes/kpi_read.html", context, status=status)


def _statement_form(asked: Comparison | None, sent: StatementForm | None) -> StatementForm:
    form = sent or StatementForm(starts_on=asked.period.starts_on if asked else None)
    if asked is not None and asked.now.value is None:
        form.ask_for_note()
    return form


def _form_page(request: PersonRequest, workflow: Workflow, version: KpiVersion | None) -> HttpResponse:
    policies.check_set_up(workflow, by=request.user)
    form = KpiForm(workflow, version, request.POST or None)
    if request.method == "POST" and form.is_valid() and form.meaning is not None:
        given = form.cleaned_data
        slug = version.kpi.slug if version else slugify(given["name"])[:60]
        if version is None and (not slug or Kpi.objects.filter(workflow=workflow, slug=slug).exists()):
            form.add_error("name", _("There is a KPI of this name already, or the name has no letters."))
        else:
            try:
                saved = save_kpi(
                    workflow=workflow,
                    slug=slug,
                    name=given["name"],
                    owner=given["owner"],
                    cadence=Cadence(given["cadence"]),
                    meaning=form.meaning,
                    is_active=given.get("is_active", True),
                    reason=given.get("reason", ""),
                    by=request.user,
                    now=timezone.now(),
                )
            except KpiError as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, _("Saved."))
                return redirect("outcomes:kpi_read", saved.kpi_id)
    context = {"workflow": workflow, "version": version, "form": form}
    return render(request, "outcomes/kpi_edit.html", context, status=422 if form.errors else 200)


def _freeze(request: PersonRequest, version: KpiVersion, form: Form, *, is_entered: bool) -> None:
    given = form.cleaned_data
    between = (given["starts_on"], given["ends_on"])
    if is_entered:
        freezing.enter(
            version=version,
            value=given["value"],
            n=given["n"],
            source=given["source"],
            between=between,
            by=request.user,
            now=timezone.now(),
        )
    else:
        freezing.freeze(
            version=version, log=given["log"], by=request.user, now=timezone.now(), **_of_log(form)
        )


def _of_log(form: Form) -> dict[str, Any]:
    given = form.cleaned_data
    return {"between": (given["starts_on"], given["ends_on"]), "having": given["having"].strip()}


def _asked_period(request: PersonRequest) -> Period:
    """From `from` to `to` in the address, by default now. Raises Http404 for what is no period."""
    try:
        days = [date.fromisoformat(request.GET[name]) for name in ("from", "to") if request.GET.get(name)]
    except ValueError:
        raise Http404 from None
    if not days:
        return Period(*now_period(timezone.now()))
    if len(days) < 2 or days[1] < days[0]:
        raise Http404
    return Period(*days)


def _seen(request: PersonRequest, kpi_id: int) -> Kpi:
    kpi = get_object_or_404(Kpi.objects.select_related("workflow", "owner"), pk=kpi_id)
    check_see_workflow(kpi.workflow, by=request.user)
    return kpi
