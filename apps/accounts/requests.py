"""The request a page sees: whoever gets past LoginRequiredMiddleware is a person."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from apps.accounts.models import User


class PersonRequest(HttpRequest):
    """A request of a signed-in person, with what HtmxMiddleware says about it; for the type checker only."""

    user: User
    htmx: HtmxDetails
