"""Calm pages for what goes wrong at the door."""

import re

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# What a person types, as its page calls it. Whatever else a form sends, nobody has to copy.
_TYPED: dict[str, str | Promise] = {
    "note": _("Note"),
    "reason": _("Reason"),
    "reason_code": _("Reason"),
    "why": _("Why"),
    "because": _("Why"),
    "text": _("Text"),
    "question": _("Question"),
    "emergency": _("Emergency"),
    "detail": _("What happened"),
    "source": _("Source"),
    "name": _("Name"),
    "typed": _("Typed to confirm"),
}
_ARGUMENT = re.compile(r"^(?:\w+-)?arg-(\d+)$")
_LONGEST = 5000


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page was opened in a session that ended since. Says so, and gives back what was typed.

    htmx gets the notice alone, above the page that is there still with everything on it.
    """
    if request.headers.get("HX-Request") == "true":
        response = render(request, "_csrf_notice.html", {"back": request.path}, status=403)
        response["HX-Retarget"], response["HX-Reswap"] = "#content", "afterbegin show:window:top"
        response["HX-Reselect"], response["HX-Push-Url"] = ".notice", "false"
        return response
    typed = [
        (_label(name), text[:_LONGEST])
        for name, text in request.POST.items()
        if isinstance(text, str) and text.strip() and _label(name)
    ]
    return render(request, "403_csrf.html", {"typed": typed, "back": request.path}, status=403)


def _label(name: str) -> str | Promise:
    """Empty for what nobody typed."""
    argument = _ARGUMENT.match(name)
    if argument:
        return _("Value {number}").format(number=int(argument[1]) + 1)
    return _TYPED.get(name, "")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400. Django's own looks into the form for a token, and fails again where the form cannot be read."""
    return render(request, "400.html", status=400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403 with the sentence of the rule that forbids it."""
    return render(request, "403.html", {"reason": str(exception)}, status=403)
