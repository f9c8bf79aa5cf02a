"""The help: what each page is for, who does what there, and what its words mean."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.requests import PersonRequest
from apps.desk.help import BY_SLUG, TOPICS


@require_safe
def help_list(request: PersonRequest) -> HttpResponse:
    """All topics, and the way from nothing to a first workflow."""
    return render(request, "help/help_list.html", {"topics": TOPICS})


@require_safe
def help_read(request: PersonRequest, slug: str) -> HttpResponse:
    """One topic."""
    topic = BY_SLUG.get(slug)
    if topic is None:
        raise Http404
    context = {"topic": topic, "topics": TOPICS, "about": f"help/{topic.slug}.html"}
    return render(request, "help/help_read.html", context)
