"""All workflows one may read: what each brings, and whether its owners say so."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.accounts.requests import PersonRequest
from apps.outcomes import queries


@require_safe
def portfolio(request: PersonRequest) -> HttpResponse:
    """Baseline, now and target of every KPI, workflow by workflow."""
    shares = queries.portfolio(request.user, now=timezone.now())
    return render(request, "outcomes/portfolio.html", {"shares": shares})
