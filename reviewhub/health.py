"""Is this installation working, and how much is there to do? Two pages for machines.

`/healthz` is open and answers 503 for what stops pages and API (the database, missing migrations) and for what lets
tasks stall in silence: escalation steps that nobody takes, an auditor that does not look any more. Without the broker
nothing is lost and sweepers are late, so that reads `degraded` and stays 200 until they are too late. `/metrics` needs
its token. Every query here touches a partial index or the newest rows, whatever the size of the history.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from celery import current_app
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from apps.audit.ids import uuid7_at
from apps.delivery.models import Delivery, DeliveryStatus, Notification, OutboxEvent
from apps.escalation import queries as escalation
from apps.escalation.states import Kind
from apps.proposals.models import Examination, Proposal
from apps.proposals.states import Status, Substatus
from apps.reviews.models import Task
from apps.reviews.states import TaskStatus

# A sweeper that is later than this is not running.
_LATE_SECONDS = 60
# An escalation step this late, and nobody takes steps any more.
_STALLED_SECONDS = 120
_RECENT = timedelta(minutes=5)
_are_migrated = False


@never_cache
@login_not_required
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """`{status: ok|degraded|failing, database, migrations, broker, sweepers, escalation, auditor}`, each `ok` or a few
    words.
    """
    found = {"database": _said(_database), "migrations": _said(_migrations)}
    works = set(found.values()) == {"ok"}
    found["broker"] = _said(_broker)
    if works:
        now = timezone.now()
        found["sweepers"] = _sweepers(now)
        found["escalation"] = _said(lambda: _escalation(now))
        found["auditor"] = _said(lambda: _auditor(now))
        works = found["escalation"] == found["auditor"] == "ok"
    well = set(found.values()) == {"ok"}
    status = "ok" if well else "degraded" if works else "failing"
    return JsonResponse({"status": status, **found}, status=200 if works else 503)


@never_cache
@login_not_required
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text for the bearer of REVIEWHUB_METRICS_TOKEN; no such page while it is unset."""
    if not settings.REVIEWHUB_METRICS_TOKEN:
        raise Http404
    expected = f"Bearer {settings.REVIEWHUB_METRICS_TOKEN}"
    if not constant_time_compare(request.headers.get("Authorization", ""), expected):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    text = generate_latest(_measured(timezone.now()))
    return HttpResponse(text, content_type=CONTENT_TYPE_LATEST)


def _said(check: Callable[[], str]) -> str:
    """What a check says; a failure is its kind only, because the page is open to everyone."""
    try:
        return check()
    except Exception as error:  # a health page that fails says nothing
        return f"failed: {type(error).__name__}"


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def _migrations() -> str:
    global _are_migrated
    if not _are_migrated:
        executor = MigrationExecutor(connection)
        _are_migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return "ok" if _are_migrated else "missing"


def _broker() -> str:
    # This page is open to everybody: a broker that hangs must not hold the threads that serve people.
    quick = {"max_retries": 0, "socket_connect_timeout": 1, "socket_timeout": 1}
    options = {**current_app.conf.broker_transport_options, **quick}
    with current_app.connection_for_write(transport_options=options, connect_timeout=1) as broker:
        broker.ensure_connection(max_retries=1, timeout=1)
    return "ok"


def _sweepers(now: datetime) -> str:
    try:
        behind = max(_seconds_behind(now).values())
    except DatabaseError as error:
        return f"failed: {type(error).__name__}"
    return "ok" if behind < _LATE_SECONDS else f"{int(behind)} seconds behind"


def _escalation(now: datetime) -> str:
    late = escalation.oldest_overdue_step_seconds(now)
    return "ok" if late < _STALLED_SECONDS else f"a step is {int(late)} seconds late"


def _auditor(now: datetime) -> str:
    state = escalation.audit_state()
    if state.looked_at is None:
        return "has never looked"
    if state.has_stalled(now):
        return f"last looked {int((now - state.looked_at).total_seconds())} seconds ago"
    if state.clean_at is None:
        return "has never found everything in order"
    if state.is_doubtful(now):
        return f"last found everything in order {int((now - state.clean_at).total_seconds())} seconds ago"
    return "ok"


def _seconds_behind(now: datetime) -> dict[str, float]:
    """How late the oldest thing is that a sweeper should have done."""
    outbox = OutboxEvent.objects.filter(fanned_out_at__isnull=True).order_by("id")
    closing = Task.objects.filter(status=TaskStatus.DECIDED).order_by("settles_at")
    leases = Task.objects.filter(status=TaskStatus.CLAIMED).order_by("lease_expires_at")
    untold = Notification.objects.filter(parcel__isnull=True).order_by("next_at")
    vetoed = Proposal.objects.filter(status=Status.PENDING, substatus=Substatus.VETO_WINDOW)
    ordered = Examination.objects.filter(opened_at__isnull=True).order_by("ordered_at")
    oldest = {
        "tell": untold.values_list("next_at", flat=True).first(),
        "deliver": outbox.values_list("created_at", flat=True).first(),
        "settle": closing.values_list("settles_at", flat=True).first(),
        "return_claims": leases.values_list("lease_expires_at", flat=True).first(),
        "close_windows": vetoed.order_by("veto_until").values_list("veto_until", flat=True).first(),
        "open_ordered": ordered.values_list("ordered_at", flat=True).first(),
    }
    return {
        sweeper: max(0.0, (now - moment).total_seconds()) if moment else 0.0
        for sweeper, moment in oldest.items()
    }


def _measure_escalation(gauge: Callable[..., Gauge], now: datetime) -> None:
    overdue = escalation.oldest_overdue_step_seconds(now)
    gauge("oldest_overdue_step_seconds", "How late the oldest escalation step is").set(overdue)
    state = escalation.audit_state()
    for name, text, moment in (
        ("audit_age_seconds", "Time since the auditor looked; -1: never", state.looked_at),
        ("clean_audit_age_seconds", "Time since the auditor found nothing broken; -1: never", state.clean_at),
    ):
        gauge(name, text).set((now - moment).total_seconds() if moment is not None else -1)
    found = gauge("audit_found", "What the auditor found at its last look", "finding")
    for finding, count in escalation.findings_of_last_audit(state).items():
        found.labels(finding).set(count)
    incidents = gauge("incidents_open", "Incidents nobody has closed, by kind", "kind")
    counted = escalation.open_incidents()
    for kind in Kind:
        incidents.labels(kind.value).set(counted.get(kind.value, 0))


def _measured(now: datetime) -> CollectorRegistry:
    started = time.monotonic()
    registry = CollectorRegistry()

    def gauge(name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"reviewhub_{name}", text, labels, registry=registry)

    tasks = gauge("tasks", "Tasks that are not closed, by status", "status")
    live = Task.objects.filter(closed_at__isnull=True)
    counted = dict(live.order_by().values_list("status").annotate(Count("id")))
    for status in (TaskStatus.OPEN, TaskStatus.CLAIMED, TaskStatus.ASKED, TaskStatus.DECIDED):
        tasks.labels(status.value).set(counted.get(status, 0))
    overdue = Task.objects.filter(status=TaskStatus.OPEN, due_at__lt=now)
    gauge("tasks_overdue", "Open tasks whose due time has passed").set(overdue.count())

    _measure_escalation(gauge, now)

    deliveries = gauge("deliveries", "Messages not sent, by status", "status")
    unsent = Delivery.objects.filter(status__in=[DeliveryStatus.WAITING, DeliveryStatus.DEAD]).order_by()
    counted = dict(unsent.values_list("status").annotate(Count("id")))
    for unsent_status in (DeliveryStatus.WAITING, DeliveryStatus.DEAD):
        deliveries.labels(unsent_status.value).set(counted.get(unsent_status, 0))
    waiting = Delivery.objects.filter(status=DeliveryStatus.WAITING).order_by("id")
    oldest = waiting.values_list("created_at", flat=True).first()
    age = max(0.0, (now - oldest).total_seconds()) if oldest else 0
    gauge("delivery_oldest_waiting_seconds", "Age of the oldest message that waits").set(age)

    behind = gauge("sweeper_behind_seconds", "How late the oldest work of a sweeper is", "sweeper")
    for sweeper, seconds in _seconds_behind(now).items():
        behind.labels(sweeper).set(seconds)

    proposals = gauge("proposals_recent", "Proposals received in the last five minutes, by status", "status")
    recent = Proposal.objects.filter(pk__gte=uuid7_at(now - _RECENT)).order_by()
    counted = dict(recent.values_list("status").annotate(Count("id")))
    for proposal_status in Status:
        proposals.labels(proposal_status.value).set(counted.get(proposal_status, 0))
    gauge("metrics_seconds", "How long this page took").set(time.monotonic() - started)
    return registry
