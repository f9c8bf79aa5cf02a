"""What the addresses of evaluation ask for. What nobody could have meant is not found."""

from uuid import UUID

from django.db.models import TextChoices
from django.http import Http404

from apps.accounts.requests import PersonRequest

_LARGEST = 2**63 - 1


def number(request: PersonRequest, name: str) -> int | None:
    """The id in the address, None without one. Raises Http404 for anything else."""
    text = request.GET.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and int(text[:20]) <= _LARGEST and len(text) < 20):
        raise Http404
    return int(text)


def before(request: PersonRequest) -> UUID | None:
    """Where the page begins, None at the newest."""
    text = request.GET.get("before", "")
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Http404 from None


def word(request: PersonRequest, name: str, words: type[TextChoices]) -> str | None:
    """One of these values, None without one."""
    text = request.GET.get(name)
    if text is None:
        return None
    if text not in {one.value for one in words}:
        raise Http404
    return text
