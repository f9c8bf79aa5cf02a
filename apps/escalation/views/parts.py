"""What the views of escalation share: the part of a page htmx asks for, and the timeline beside the steps."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from apps.accounts.requests import PersonRequest
from apps.escalation import past
from apps.escalation.forms import PlaceForm
from apps.escalation.places import Nowhere
from apps.escalation.previewing import Preview, Steps, preview, trial
from apps.escalation.reach import Reach
from apps.escalation.wording import Names
from apps.reviews.models import Task
from apps.sla.hours import CalendarError


def page_or_part(
    request: PersonRequest, template: str, parts: tuple[str, ...], context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """The page, or the part of it whose element's id htmx has as its target."""
    part = request.htmx.target if request.htmx.target in parts else ""
    response = render(request, f"{template}#{part}" if part else template, context, status=status)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def place_form(data: Mapping[str, Any], slug: str, now: datetime, reach: Reach) -> PlaceForm:
    """The fields that say for which task the timeline is; past tasks only within reach."""
    recent = past.to_choose_from(str(data.get("task", "")), reach=reach)
    return PlaceForm(data, slug=slug, recent=recent, now=now)


def timeline_of(form: PlaceForm, steps: Steps, names: Names, now: datetime) -> dict[str, Any]:
    """`{preview: Preview or None, why_not: the sentence why there is none}`."""
    where, task_id = form.where(), form.task_id()
    shown: Preview | None = None
    why_not = ""
    try:
        if task_id is not None:
            shown = trial(steps, past.find_task(task_id), names, now)
        elif where is not None:
            shown = preview(steps, where, form.moment(), names, now)
    except (Nowhere, CalendarError) as error:
        why_not = str(error)
    except Task.DoesNotExist:
        why_not = ""
    return {"preview": shown, "why_not": why_not, "place": form}


def older_url(request: HttpRequest, name: str, key: str) -> str:
    """The address of this page that goes on from a key; empty without one."""
    if not key:
        return ""
    query = request.GET.copy()
    query[name] = key
    return f"?{query.urlencode()}"
