"""What the reviewers' views share: POST only for whatever changes something, and only what one may see."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers

from apps.accounts.requests import PersonRequest
from apps.desk.queries.tasks import find_task
from apps.reviews import policies
from apps.reviews.models import Task
from apps.reviews.originals import is_kept_back


def changes(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For a view that changes something: only POST does. A GET (after signing in again) leads to the task's page."""

    @wraps(view)
    def posted(request: PersonRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "POST":
            return view(request, *args, **kwargs)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["POST"])
        if "proposal_id" in kwargs:
            return redirect("desk:proposal_detail", kwargs["proposal_id"])
        task_id = kwargs.get("task_id")
        return redirect("desk:task_detail", task_id) if task_id else redirect("desk:home")

    return posted


def page_or_part(request: PersonRequest, template: str, part: str, context: dict[str, Any]) -> HttpResponse:
    """The page, or just its part when htmx asks for exactly that one (an element's id and its partial's name)."""
    is_part = request.htmx.target == part
    return varied(render(request, f"{template}#{part}" if is_part else template, context))


def varied(response: HttpResponse) -> HttpResponse:
    """For every answer of a view that answers htmx otherwise: what is kept of one is not taken for the other."""
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def seen_task(request: PersonRequest, task_id: UUID) -> Task:
    """The task, if this person may see it. Raises Http404, NotAllowed."""
    try:
        task = find_task(task_id)
    except Task.DoesNotExist:
        raise Http404 from None
    # Whoever may still decide a copy of it is to look for themselves: only of what is closed there are copies.
    if task.closed_at is not None and is_kept_back(task.proposal, by=request.user):
        raise Http404
    policies.check_see(task, by=request.user)
    return task
