"""The agents' door: all endpoints, and how every way a request can fail is answered."""

import structlog
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from apps.api import problems
from apps.api.endpoints import costs, events, grants, halts, judging, proposals, reports, slices, workflows
from apps.api.parsing import StrictParser
from apps.api.problems import Problem
from apps.api.validation import request_errors, summed_up
from apps.proposals.changes import WrongStatus
from apps.proposals.grants import NotRedeemable

log = structlog.get_logger(__name__)

api = NinjaAPI(
    title="ReviewHub",
    version="1",
    description="Agents propose, people decide, agents carry out exactly that.",
    urls_namespace="agents",
    parser=StrictParser(),
    openapi_url=None,
    docs_url=None,
)
for part in (workflows, proposals, reports, grants, slices, events, costs, judging, halts):
    api.add_router("", part.router)


@api.exception_handler(Problem)
def on_problem(request: HttpRequest, error: Problem) -> HttpResponse:
    return problems.answer(error)


@api.exception_handler(ValidationError)
def on_invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    errors = request_errors(error.errors)
    return problems.answer(Problem("invalid-request", summed_up(errors), errors=errors))


@api.exception_handler(HttpError)
def on_unparsed(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Ninja wraps what the parser raises; it raises nothing else of this kind."""
    cause = error.__cause__
    return on_problem(request, cause) if isinstance(cause, Problem) else on_anything(request, error)


@api.exception_handler(RequestDataTooBig)
def on_too_big(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    return problems.answer(Problem("body-too-large", _("A body has at most {most} bytes.").format(most=most)))


@api.exception_handler(UnreadablePostError)
def on_broken_off(request: HttpRequest, error: UnreadablePostError) -> HttpResponse:
    return problems.answer(Problem("malformed-json", _("The body broke off.")))


@api.exception_handler(WrongStatus)
def on_wrong_status(request: HttpRequest, error: WrongStatus) -> HttpResponse:
    return problems.answer(Problem("wrong-status", str(error)))


@api.exception_handler(NotRedeemable)
def on_not_redeemable(request: HttpRequest, error: NotRedeemable) -> HttpResponse:
    return problems.answer(Problem("not-redeemable", str(error)))


@api.exception_handler(Exception)
def on_anything(request: HttpRequest, error: Exception) -> HttpResponse:
    log.error("request_failed", path=request.path, exc_info=error)
    return problems.answer(problems.unexpected(error))
