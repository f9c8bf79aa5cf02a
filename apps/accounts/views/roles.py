"""The page a lawyer could read: which roles there are, what each may do, and who holds it where."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts import queries


@require_safe
def role_list(request: HttpRequest) -> HttpResponse:
    """Every role with its sentences and holders."""
    return render(request, "accounts/role_list.html", {"holdings": queries.holdings()})
