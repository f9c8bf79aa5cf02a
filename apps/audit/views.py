"""Pages of the audit log: search, the story of one proposal, and the seals. They only read."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.audit import policies, queries
from apps.audit.forms import SearchForm
from apps.audit.models import Event
from apps.audit.noticing import noticed
from apps.audit.seal_keys import public_keys
from apps.audit.sentences import plainly, sentence
from apps.audit.withheld import withheld_from


@dataclass(frozen=True)
class Line:
    """One event as a page shows it. `details` is a list: a template reads `data.items` as a key."""

    event: Event
    text: str
    details: list[tuple[str, str]]


def lines_of(events: Iterable[Event]) -> list[Line]:
    """The events as lines, in the order given."""
    return [Line(event, sentence(event), _details(event)) for event in events]


def _details(event: Event) -> list[tuple[str, str]]:
    return [(key, _plainly(value)) for key, value in sorted(event.data.items())]


def _plainly(value: Any) -> str:
    """Data as people read it: names one after the other, deeper things as JSON, never as Python."""
    if isinstance(value, str | bool):
        return plainly(value)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return "" if value is None else json.dumps(value, ensure_ascii=False)


@require_safe
def event_list(request: HttpRequest) -> HttpResponse:
    """Search the log; `before` is the key of a further page."""
    policies.check_read_events(request.user)  # type: ignore[arg-type]  # LoginRequiredMiddleware: a User
    form = SearchForm(request.GET)
    page = queries.Page([], "")
    if form.is_valid():
        page = queries.search(
            form.search(), before=request.GET.get("before", ""), without=withheld_from(request.user)
        )
    noticed(request.user, page.events, timezone.now())
    further = request.GET.copy()
    further["before"] = page.older
    return render(
        request,
        "audit/event_list.html",
        {
            "form": form,
            "lines": lines_of(page.events),
            "older_url": f"?{further.urlencode()}" if page.older else "",
        },
    )


@require_safe
def proposal_story(request: HttpRequest, proposal_id: UUID) -> HttpResponse:
    """Everything that happened to one proposal, oldest first."""
    policies.check_read_events(request.user)  # type: ignore[arg-type]  # LoginRequiredMiddleware: a User
    events = queries.story(proposal_id)
    if not events or proposal_id in withheld_from(request.user):
        raise Http404
    return render(
        request, "audit/proposal_story.html", {"proposal_id": proposal_id, "lines": lines_of(events)}
    )


@require_safe
def seal_list(request: HttpRequest) -> HttpResponse:
    """The seals, what is not sealed yet, and how to verify; `before` is the seal a further page begins below."""
    policies.check_read_events(request.user)  # type: ignore[arg-type]  # LoginRequiredMiddleware: a User
    before = request.GET.get("before", "")
    page = queries.seals(before=int(before) if before.isdecimal() and len(before) < 19 else None)
    return render(
        request,
        "audit/seal_list.html",
        {
            "page": page,
            "older_url": f"?before={page.older}" if page.older else "",
            "key": public_keys()[0].hex(),
            "file": settings.REVIEWHUB_SEAL_FILE,
            "command": f"manage.py audit_verify --head {page.newest.head_hex}" if page.newest else "",
        },
    )
