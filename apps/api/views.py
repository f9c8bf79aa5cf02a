"""What surrounds the endpoints: document, page made from it, public keys, answers to wrong addresses."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.urls import URLPattern
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from apps.api import problems
from apps.api.document import document
from apps.api.page import page
from apps.api.problems import Problem
from apps.api.reading import as_bytes
from apps.proposals.signing import public_keys

View = Callable[..., HttpResponse]
_FIVE_MINUTES = {"Cache-Control": "public, max-age=300"}


def for_agents(view: View) -> View:
    """A view that needs no signed-in person and answers a wrong method as agents are answered."""

    @csrf_exempt
    @login_not_required
    def opened(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if "Transfer-Encoding" in request.headers and "Content-Length" not in request.headers:
            return problems.answer(Problem("length-required", _("The body came without its length.")))
        response = view(request, **kwargs)
        if isinstance(response, HttpResponseNotAllowed):
            allow = ", ".join(sorted(response["Allow"].split(", ")))
            detail = _("{method} is not possible here.").format(method=request.method)
            return problems.answer(Problem("method-not-allowed", detail, headers={"Allow": allow}))
        return response

    return opened


def open_to_agents(pattern: URLPattern) -> URLPattern:
    """The same address, its view wrapped with `for_agents`."""
    return URLPattern(pattern.pattern, for_agents(pattern.callback), pattern.default_args, pattern.name)


@for_agents
@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """The OpenAPI 3.1 document."""
    return HttpResponse(as_bytes(document()), content_type="application/json", headers=_FIVE_MINUTES)


@for_agents
@require_safe
def key_set(request: HttpRequest) -> HttpResponse:
    """The public keys of grants, as a JWK set."""
    return HttpResponse(as_bytes(public_keys()), content_type="application/json", headers=_FIVE_MINUTES)


@login_not_required
@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The document as a page for people."""
    return render(request, "api/docs.html", {"page": page(document())})


@for_agents
def unknown(request: HttpRequest) -> HttpResponse:
    """No endpoint has this address."""
    return problems.answer(Problem("not-found", _("There is no endpoint at this address.")))
