"""The request a page sees: whoever gets past LoginRequiredMiddleware is a person."""

from django.http import HttpRequest

from apps.accounts.models import User


class PersonRequest(HttpRequest):
    """A request of a signed-in person; for the type checker only."""

    user: User
