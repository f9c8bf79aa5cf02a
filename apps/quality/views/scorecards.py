"""The scorecard of a workflow: as a page, as a file, and the cases behind each figure."""

from decimal import Decimal

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.policies import why_not
from apps.accounts.requests import PersonRequest
from apps.audit.csv_files import csv_response
from apps.audit.replicas import from_replica
from apps.audit.withheld import withheld_from
from apps.quality import policies
from apps.quality.case_list import VERSIONS, listed
from apps.quality.definitions import BY_KEY, COST_MEANING, DEFINITIONS, OVERRIDES, Group
from apps.quality.forms import AcknowledgeForm
from apps.quality.scorecard import Line, Scorecard, now_period, scorecard
from apps.quality.versions import versions_period
from apps.registry.seen import seen_workflow

_COLUMNS = (
    *("group", "figure", "unit", "now", "low", "high", "hits", "cases"),
    *("before", "low before", "high before", "hits before", "cases before"),
    *("change", "change low", "change high", "target", "alert from", "owner", "alert since", "definition"),
)


@require_safe
@from_replica
def scorecard_read(request: PersonRequest, slug: str) -> HttpResponse:
    """Each figure in the last four weeks beside the four before, by group; and how each is defined."""
    workflow = seen_workflow(request, slug)
    found = scorecard(workflow, now=timezone.now())
    context = {
        "workflow": workflow,
        "found": found,
        "definitions": DEFINITIONS,
        "cost_meaning": COST_MEANING,
        "alerts": [
            (line, why_not(policies.check_acknowledge, line.alert, by=request.user), AcknowledgeForm())
            for line in found.alerts
            if line.alert is not None
        ],
        "can_set_targets": not why_not(policies.check_set_targets, by=request.user),
    }
    return render(request, "quality/scorecard_read.html", context)


@require_safe
@from_replica
def scorecard_csv(request: PersonRequest, slug: str) -> HttpResponse:
    """The same as comma-separated values, figures in percent or hours a week."""
    found = scorecard(seen_workflow(request, slug), now=timezone.now())
    rows = [*(_row(line) for line in found.lines), _cost_row(found)]
    return csv_response(f"{slug}-scorecard.csv", _COLUMNS, rows)


@require_safe
@from_replica
def figure_cases(request: PersonRequest, slug: str, key: str) -> HttpResponse:
    """The cases a figure of the last four weeks counts, a page at a time; with `of=all` those it is out of.

    With `agent` or `policy`, of that version, as long as the comparison of versions looks back.
    """
    workflow = seen_workflow(request, slug)
    definition = OVERRIDES if key == OVERRIDES.key else BY_KEY.get(key)
    if definition is None:
        raise Http404
    of_version = _version(request)
    is_all = request.GET.get("of") == "all" and bool(definition.out_of)
    today = timezone.localdate()
    period = versions_period(today) if of_version else now_period(today)
    page = listed(
        workflow.pk,
        definition.out_of if is_all else definition.hits,
        between=period.between,
        after=request.GET.get("after", ""),
        of_version=of_version,
        without=withheld_from(request.user),
    )
    context = {
        "workflow": workflow,
        "definition": definition,
        "is_all": is_all,
        "is_watched": definition is OVERRIDES or of_version is not None,
        "period": period,
        "page": page,
        "version": f"{of_version[0]}={of_version[1]}" if of_version else "",
    }
    return render(request, "quality/figure_cases.html", context)


def _row(line: Line) -> list[object]:
    definition, now, before, by = line.definition, line.now, line.before, line.by
    return [
        *(str(definition.group.label), str(definition.label), str(definition.unit)),
        *(_number(now.value), _number(now.low), _number(now.high), now.hits, now.cases),
        *(_number(before.value), _number(before.low), _number(before.high), before.hits, before.cases),
        *((_number(by.value), _number(by.low), _number(by.high)) if by else ("", "", "")),
        *(_number(line.target), _number(line.alert_at)),
        line.wanted.owner.name if line.wanted else "",
        line.alert.opened_at.isoformat() if line.alert else "",
        str(definition.meaning),
    ]


def _cost_row(found: Scorecard) -> list[object]:
    """Agents and people a task; the cost by hand stands where others have their target."""
    now, before = found.cost, found.cost_before
    return [
        *(str(Group.CONTROL.label), str(_("Cost of a task")), now.currency),
        *(_money(now.whole), "", "", "", now.tasks, _money(before.whole), "", "", "", before.tasks),
        *("", "", "", _money(now.manual), "", "", "", str(COST_MEANING)),
    ]


def _money(value: Decimal | None) -> object:
    return "" if value is None else round(value, 4)


def _number(value: float | None) -> object:
    return "" if value is None else round(value, 4)


def _version(request: PersonRequest) -> tuple[str, int] | None:
    """Which version the address asks for. Raises Http404 for what is no number."""
    for kind in VERSIONS:
        asked = request.GET.get(kind, "")
        if asked:
            if not (asked.isascii() and asked.isdigit() and len(asked) < 19):
                raise Http404
            return kind, int(asked)
    return None
