"""What the top of every page shows of a person's notifications: how many are unread."""

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from apps.accounts.models import User
from apps.delivery import queries


def unread(request: HttpRequest) -> dict[str, object]:
    """Context `unread_notifications`: the bell's number as text, empty for none; counted only if a page asks."""
    return {"unread_notifications": SimpleLazyObject(lambda: _unread(request))}


def _unread(request: HttpRequest) -> str:
    person = getattr(request, "user", None)
    count = queries.unread_count(person) if isinstance(person, User) else 0
    if count >= queries.MOST_COUNTED:
        return f"{queries.MOST_COUNTED - 1}+"
    return str(count or "")
