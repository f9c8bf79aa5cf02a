"""Whose sign-in is being tried? The name under which axes counts wrong passwords."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest


def attempted_email(request: HttpRequest, credentials: Mapping[str, Any] | None) -> str:
    """The e-mail address tried, in one spelling whether it came as credentials or from the form; "" if none.

    allauth names it `email`, axes itself `login` (its form field), Django's own tools `username`.
    """
    given = credentials or {}
    tried = (
        given.get("email") or given.get("login") or given.get("username") or request.POST.get("login") or ""
    )
    return str(tried).strip().lower()[:254].replace("\0", "")
