"""Calm pages for what goes wrong at the door."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

_NOT_TEXT = {
    "csrfmiddlewaretoken",
    "lease_token",
    "version",
    "seen_sha256",
    "verb",
    "option",
    "step",
    "password",
    "login",
}
_LONGEST = 5000


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page was opened in a session that ended since. Says so, and gives back what was typed."""
    typed = [
        (name, text[:_LONGEST])
        for name, text in request.POST.items()
        if isinstance(text, str) and text.strip() and name not in _NOT_TEXT and "password" not in name
    ]
    return render(request, "403_csrf.html", {"typed": typed, "back": request.path}, status=403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400. Django's own looks into the form for a token, and fails again where the form cannot be read."""
    return render(request, "400.html", status=400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403 with the sentence of the rule that forbids it."""
    return render(request, "403.html", {"reason": str(exception)}, status=403)
