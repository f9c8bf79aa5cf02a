"""Calm pages for what goes wrong at the door."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

_NOT_TEXT = {
    "csrfmiddlewaretoken",
    "lease_token",
    "version",
    "seen_sha256",
    "verb",
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


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403 with the sentence of the rule that forbids it."""
    return render(request, "403.html", {"reason": str(exception)}, status=403)
