"""How allauth behaves here: nobody signs up by themselves, and axes, not allauth, counts wrong passwords."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from apps.accounts.models import User


class ClosedSignup(DefaultAccountAdapter):
    """People are added by an admin or from a configuration file."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Leave the counting to axes. allauth's own `login_failed` limit stays on for one-time codes."""

    def reauthenticate(self, user: User, password: str) -> bool:
        """allauth would look for the address in its own e-mail table, which is empty here."""
        found = self.authenticate(self.request, email=user.email, password=password)
        return found is not None and found.pk == user.pk
