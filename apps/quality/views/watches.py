"""The page on drift and quality of a workflow, and the same as a file."""

from collections.abc import Iterator

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.accounts.requests import PersonRequest
from apps.audit.csv_files import csv_response
from apps.audit.replicas import from_replica
from apps.quality.definitions import BY_KEY, OVERRIDES
from apps.quality.versions import Effect
from apps.quality.watching import Watch, watch_of
from apps.registry.seen import seen_workflow

_COLUMNS = (
    *("what", "name", "version", "before", "cases before", "now", "cases now"),
    *("change", "change low", "change high", "said", "owner"),
)


@require_safe
@from_replica
def watch_read(request: PersonRequest, slug: str) -> HttpResponse:
    """Inputs, overrides, calibration, versions, and who looks after what differs; `slice` in the address."""
    workflow = seen_workflow(request, slug)
    asked = request.GET.get("slice", "")
    slice_id = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 19 else None
    found = watch_of(workflow, slice_id=slice_id, now=timezone.now())
    alerts = [(alert, BY_KEY[alert.target.figure]) for alert in found.alerts if alert.target.figure in BY_KEY]
    context = {
        "workflow": workflow,
        "found": found,
        "line": found.overrides,
        "alerts": alerts,
        "definitions": [OVERRIDES],
    }
    return render(request, "quality/watch_read.html", context)


@require_safe
@from_replica
def watch_csv(request: PersonRequest, slug: str) -> HttpResponse:
    """The tables of the page as comma-separated values; shares and changes in percent, indexes as they are."""
    found = watch_of(seen_workflow(request, slug), slice_id=None, now=timezone.now())
    return csv_response(f"{slug}-quality.csv", _COLUMNS, _rows(found))


def _rows(found: Watch) -> Iterator[list[object]]:
    line = found.overrides
    yield [
        *("override rate", "four weeks beside the four before", ""),
        *(_number(line.before.value), line.before.cases, _number(line.now.value), line.now.cases),
        *((_number(line.by.value), _number(line.by.low), _number(line.by.high)) if line.by else ("", "", "")),
        *("", ""),
    ]
    for looked in found.looked:
        if looked.watched is None:
            continue
        for one in looked.watched.inputs:
            yield [
                *("input drift", f"{looked.slice}: {one.kind.label}", str(looked.watched.version)),
                *("", one.before, "", one.now),
                *("" if one.index is None else one.index, "", "", str(one.said), ""),
            ]
    for effect in (*found.agents, *found.policies):
        yield _effect(effect)
    for alert in found.drift_alerts:
        yield [
            *("drift alert", f"{alert.slice}: {alert.get_kind_display()}", str(alert.agent_version)),
            *("", "", "", "", "", "", "", alert.get_status_display(), alert.owner.name),
        ]
    for live in found.alerts:
        said = "acknowledged" if live.acknowledged_at else "open"
        yield [
            "alert",
            live.target.figure,
            "",
            "",
            "",
            _number(live.value),
            live.cases,
            "",
            "",
            "",
            said,
            live.owner.name,
        ]


def _effect(one: Effect) -> list[object]:
    before, now, by = one.before.figure, one.now.figure, one.by
    return [
        *(f"{one.kind} version", one.before_name, one.name),
        *(_number(before.value), before.cases, _number(now.value), now.cases),
        *((_number(by.value), _number(by.low), _number(by.high)) if by else ("", "", "not enough cases")),
        *(one.what, ""),
    ]


def _number(value: float | None) -> object:
    return "" if value is None else round(value, 4)
