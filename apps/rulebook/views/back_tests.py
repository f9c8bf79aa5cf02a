"""The pages of back-tests: order one, see how far it is, call it off, read what it found, and its cases."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from apps.accounts.policies import why_not
from apps.accounts.requests import PersonRequest
from apps.reviews.models import Queue
from apps.rulebook import ordering, policies
from apps.rulebook.back_test_forms import OrderForm
from apps.rulebook.case_queries import cases_of
from apps.rulebook.models import BackTest, PolicyDraft
from apps.rulebook.running import MOST_LISTED
from apps.rulebook.showing import shown
from apps.rulebook.states import DraftStatus, Kind, TestStatus

_LISTED = 50


def back_test_list(request: PersonRequest, draft_id: int) -> HttpResponse:
    """The back-tests of a draft, the newest first, and a form that orders another."""
    policies.check_read(by=request.user)
    draft = get_object_or_404(PolicyDraft.objects.select_related("workflow"), pk=draft_id)
    form = OrderForm(draft, request.POST or None)
    if request.method == "POST":
        policies.check_write(by=request.user)
        if form.is_valid():
            try:
                test = ordering.order(
                    draft_id=draft.pk,
                    last=form.cleaned_data["last"],
                    against_id=form.cleaned_data["against"].pk,
                    by=request.user,
                    now=timezone.now(),
                )
            except ordering.NotOrdered as error:
                form.add_error(None, str(error))
            else:
                return redirect("back_tests:back_test_read", test.pk)
    context = {
        "draft": draft,
        "tests": _tests(draft),
        "form": form,
        "is_open": draft.status == DraftStatus.OPEN,
        "why_not": why_not(policies.check_write, by=request.user),
    }
    return render(request, "rulebook/back_test_list.html", context, status=422 if form.errors else 200)


@require_safe
def back_test_read(request: PersonRequest, back_test_id: int) -> HttpResponse:
    """One back-test: how far it is, or what it found."""
    test = _seen(request, back_test_id)
    context = _context(request, test)
    if test.status == TestStatus.DONE:
        names = dict(Queue.objects.values_list("slug", "name"))
        context["found"] = shown(test.figures, names)
    return render(request, "rulebook/back_test_read.html", context)


@require_safe
def back_test_progress(request: PersonRequest, back_test_id: int) -> HttpResponse:
    """How far it is; when it has ended, the whole page is fetched."""
    test = _seen(request, back_test_id)
    if not test.is_unfinished:
        return HttpResponseClientRefresh()
    return render(request, "rulebook/_back_test_progress.html", _context(request, test))


@require_POST
def back_test_cancel(request: PersonRequest, back_test_id: int) -> HttpResponse:
    """Call it off."""
    test = _seen(request, back_test_id)
    try:
        ordering.cancel(back_test_id=test.pk, by=request.user, now=timezone.now())
    except ordering.AlreadyEnded as error:
        messages.info(request, str(error))
    else:
        messages.success(request, _("It is called off."))
    return redirect("back_tests:back_test_read", test.pk)


@require_safe
def back_test_cases(request: PersonRequest, back_test_id: int, kind: str) -> HttpResponse:
    """The cases of one kind, before and after in words, a page at a time."""
    test = _seen(request, back_test_id)
    if kind not in Kind.values or test.status != TestStatus.DONE:
        raise Http404
    before = _before(request)
    number = test.figures["kinds"].get(kind, 0)
    context = {
        "test": test,
        "kind": Kind(kind),
        "number": number,
        "most": MOST_LISTED if number > MOST_LISTED else 0,
        "is_first": before is None,
        "page": cases_of(test, Kind(kind), before=before, by=request.user, now=timezone.now()),
    }
    return render(request, "rulebook/back_test_cases.html", context)


def _tests(draft: PolicyDraft) -> list[BackTest]:
    tests = draft.back_tests.select_related("against__workflow", "ordered_by").defer("content", "figures")
    return list(tests.order_by("-ordered_at")[:_LISTED])


def _seen(request: PersonRequest, back_test_id: int) -> BackTest:
    policies.check_read(by=request.user)
    tests = BackTest.objects.select_related("draft__workflow", "against__workflow", "ordered_by")
    return get_object_or_404(tests, pk=back_test_id)


def _context(request: PersonRequest, test: BackTest) -> dict[str, Any]:
    return {
        "test": test,
        "percent": min(100, round(100 * test.done / test.found)) if test.found else 0,
        "why_not": why_not(policies.check_write, by=request.user),
    }


def _before(request: PersonRequest) -> UUID | None:
    """Where the page begins, None at the newest. Raises Http404 for what is no id."""
    text = request.GET.get("before", "")
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Http404 from None
