"""The pages of event logs: upload, say what the columns are, look at what was read, and what could not be."""

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from apps.accounts.policies import allows, why_not
from apps.accounts.requests import PersonRequest
from apps.audit.csv_files import csv_response
from apps.outcomes import policies, queries, uploading
from apps.outcomes.exporting.actions import ExportError, export_log
from apps.outcomes.forms import ExportForm, MappingForm, UploadForm
from apps.outcomes.importing import progress_of
from apps.outcomes.models import EventLog, LogEvent
from apps.outcomes.reading.rows import LogError
from apps.outcomes.states import ExportFormat, LogStatus, LogUse
from apps.registry.seen import seen_workflow
from apps.registry.visibility import check_see_workflow


def log_list(request: PersonRequest, slug: str) -> HttpResponse:
    """The event logs of a workflow, and a form to upload another."""
    workflow = seen_workflow(request, slug)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        policies.check_set_up(workflow, by=request.user)
        if form.is_valid():
            given = form.cleaned_data
            try:
                log = uploading.upload(
                    workflow=workflow,
                    name=given["name"],
                    use=LogUse(given["use"]),
                    filename=given["file"].name,
                    chunks=given["file"].chunks(1024 * 1024),
                    by=request.user,
                    now=timezone.now(),
                )
            except LogError as error:
                form.add_error("file", str(error))
            else:
                return redirect("outcomes:log_read", log.pk)
    context = {
        "workflow": workflow,
        "logs": workflow.event_logs.select_related("created_by").order_by("-created_at"),
        "form": form,
        "why_not": why_not(policies.check_set_up, workflow, by=request.user),
    }
    return render(request, "outcomes/log_list.html", context, status=422 if form.errors else 200)


@require_safe
def log_list_csv(request: PersonRequest, slug: str) -> HttpResponse:
    """The event logs of a workflow as comma-separated values."""
    workflow = seen_workflow(request, slug)
    rows = [
        [
            log.name,
            "live" if log.is_live else log.use,
            log.status,
            "" if log.is_live else log.cases,
            "" if log.is_live else log.events,
            log.rows_bad,
            log.starts_at.isoformat() if log.starts_at else "",
            log.ends_at.isoformat() if log.ends_at else "",
            log.created_by.name if log.created_by else "",
            log.created_at.isoformat(),
            log.sha256,
        ]
        for log in workflow.event_logs.select_related("created_by").order_by("-created_at")
    ]
    columns = ["log", "use", "status", "cases", "events", "left out", "from", "to", "by", "at", "sha256"]
    return csv_response(f"{slug}-logs.csv", columns, rows)


def log_read(request: PersonRequest, log_id: int) -> HttpResponse:
    """One log: its columns to name, how its import stands, or what is in it."""
    log = _seen(request, log_id)
    if log.status in (LogStatus.UPLOADED, LogStatus.FAILED) and allows(
        policies.check_set_up, log.workflow, by=request.user
    ):
        form, status = _mapped(request, log)
        if form is None:
            return redirect("outcomes:log_read", log.pk)
        context = _context(request, log) | {"form": form, **_preview(log, form)}
        return render(request, "outcomes/log_read.html", context, status=status)
    if request.method == "POST":
        policies.check_set_up(log.workflow, by=request.user)
        return redirect("outcomes:log_read", log.pk)
    return render(request, "outcomes/log_read.html", _context(request, log))


@require_POST
def log_export(request: PersonRequest, log_id: int) -> HttpResponseBase:
    """The log as a file that other tools read. It is posted, since it is kept who took it."""
    log = _seen(request, log_id)
    if log.status != LogStatus.READY:
        raise Http404
    form = ExportForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        try:
            found = export_log(
                log=log,
                format=ExportFormat(given["format"]),
                since=given["since"],
                until=given["until"],
                by=request.user,
                now=timezone.now(),
            )
        except ExportError as error:
            form.add_error(None, str(error))
        else:
            response = StreamingHttpResponse(found.pieces, content_type=found.content_type)
            response["Content-Disposition"] = f'attachment; filename="{found.name}"'
            return response
    return render(request, "outcomes/log_read.html", _context(request, log, export=form), status=422)


@require_safe
def log_progress(request: PersonRequest, log_id: int) -> HttpResponse:
    """How far the import is; when it is over, the whole page is fetched."""
    log = _seen(request, log_id)
    if log.status != LogStatus.QUEUED:
        return HttpResponseClientRefresh()
    return render(request, "outcomes/_progress.html", {"log": log, "progress": progress_of(log)})


@require_safe
def log_case(request: PersonRequest, log_id: int) -> HttpResponse:
    """The events of one case."""
    log = _seen(request, log_id)
    case, events = _events(request, log)
    return render(request, "outcomes/log_case.html", {"log": log, "case": case, "events": events})


@require_safe
def log_case_csv(request: PersonRequest, log_id: int) -> HttpResponse:
    """The same as comma-separated values."""
    log = _seen(request, log_id)
    _case, events = _events(request, log)
    rows = [[one.case, one.activity, one.at.isoformat(), one.resource, one.cost] for one in events]
    return csv_response("case.csv", ["case", "activity", "timestamp", "resource", "cost"], rows)


def _events(request: PersonRequest, log: EventLog) -> tuple[str, list[LogEvent]]:
    """The case in the address and its events. Raises Http404 when it has none."""
    case = request.GET.get("case", "")
    events = queries.events_of(log, case, by=request.user) if "\x00" not in case else []
    if not events:
        raise Http404
    return case, events


def _context(request: PersonRequest, log: EventLog, *, export: ExportForm | None = None) -> dict[str, object]:
    return {
        "log": log,
        "progress": progress_of(log),
        "bad_rows": log.bad_rows.all(),
        "why_not": why_not(policies.check_set_up, log.workflow, by=request.user),
        "export": export or ExportForm(),
    }


def _mapped(request: PersonRequest, log: EventLog) -> tuple[MappingForm | None, int]:
    """The form to show and its status; no form when the import was queued."""
    try:
        names = uploading.columns_of(log)
    except LogError:
        names = ()
    data = request.POST or None
    form = MappingForm(log, names, data)
    if data is None:
        return form, 200
    if form.is_valid() and "import" in data:
        try:
            uploading.queue_import(
                log_id=log.pk,
                mapping=form.mapping,
                leaves_bad_out=form.cleaned_data["leaves_bad_out"],
                by=request.user,
                now=timezone.now(),
            )
        except LogError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The import begins. You may leave this page."))
            return None, 200
    return form, 422 if form.errors else 200


def _preview(log: EventLog, form: MappingForm) -> dict[str, object]:
    mapping = form.mapping if form.is_bound and form.is_valid() else log.mapping
    try:
        uploading.check_mapping(log, mapping)
        good, bad = uploading.preview(log, mapping)
    except LogError as error:
        return {"unreadable": str(error)}
    return {"good": good, "bad": bad}


def _seen(request: PersonRequest, log_id: int) -> EventLog:
    log = get_object_or_404(EventLog.objects.select_related("workflow", "created_by"), pk=log_id)
    check_see_workflow(log.workflow, by=request.user)
    return log
