"""Decided cases as a test set: a form, and the file it gives."""

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from apps.accounts.policies import allows
from apps.accounts.requests import PersonRequest
from apps.evaluation.forms import SampleForm
from apps.evaluation.policies import check_sample, check_sample_uncovered
from apps.evaluation.sampling import Wanted, draw
from apps.evaluation.writing import lines
from apps.registry.seen import seen_workflow


@require_http_methods(["GET", "HEAD", "POST"])
def sample_take(request: PersonRequest, slug: str) -> HttpResponseBase:
    """Draw and send as JSON Lines. Who drew what, and by which seed, is in the audit log."""
    workflow = seen_workflow(request, slug)
    check_sample(workflow, by=request.user)
    may_uncover = allows(check_sample_uncovered, workflow, by=request.user)
    form = SampleForm(request.POST if request.method == "POST" else None, may_uncover=may_uncover)
    if not form.is_valid():
        context = {"workflow": workflow, "form": form}
        response: HttpResponse = render(request, "evaluation/sample_take.html", context)
        response.status_code = 422 if form.is_bound else 200
        return response
    now = timezone.now()
    wanted = Wanted(
        seed=form.cleaned_data["seed"],
        each=form.cleaned_data["each"],
        since=form.cleaned_data["since"],
        until=min(form.cleaned_data["until"] or now, now),
        is_uncovered=form.cleaned_data.get("uncovered", False),
    )
    drawn = draw(workflow=workflow, wanted=wanted, by=request.user, now=now)
    response_stream = StreamingHttpResponse(lines(drawn), content_type="application/jsonl; charset=utf-8")
    response_stream["Content-Disposition"] = f'attachment; filename="{slug}-cases.jsonl"'
    response_stream["X-Cases"] = str(drawn.n)
    return response_stream
