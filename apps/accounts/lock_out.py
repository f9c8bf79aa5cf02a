"""Whose sign-in is being tried, and from where? What axes counts wrong passwords by."""

from collections.abc import Mapping
from typing import Any

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest


def attempted_email(request: HttpRequest, credentials: Mapping[str, Any] | None) -> str:
    """The e-mail address tried, in one spelling whether it came as credentials or from the form; "" if none.

    allauth names it `email`, axes itself `login` (its form field), Django's own tools `username`.
    """
    given = credentials or {}
    named = given.get("email") or given.get("login") or given.get("username")
    return str(named or request.POST.get("login") or "").strip().lower()[:254].replace("\0", "")


def client_address(request: HttpRequest) -> str | None:
    """The visitor's network address, past as many proxies as REVIEWHUB_PROXIES says; None if unknown."""
    try:
        return str(get_adapter(request).get_client_ip(request))
    except PermissionDenied:
        return None
