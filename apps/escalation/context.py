"""Tells every page whether the auditor vouches for the promise, and what is halted."""

from functools import cache

from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from apps.escalation.page_top import PageTop, page_top
from apps.escalation.queries import AuditState
from apps.halts.standing import halts_in
from apps.registry.catalogue import book_at


def banners(request: HttpRequest) -> dict[str, object]:
    """Context, looked for only if a page asks, once for all three.

    `audit_doubt`: the AuditState when the last clean look is too old or missing, else None; `halted_everything`: the
    HaltOfEverything that stands, or None; `standing_halts`: the `Halts` that stand.
    """
    top = cache(page_top)
    return {
        "audit_doubt": SimpleLazyObject(lambda: _doubt(top())),
        "halted_everything": SimpleLazyObject(lambda: top().everything),
        "standing_halts": SimpleLazyObject(lambda: halts_in(book_at(top().revision))),
    }


def _doubt(top: PageTop) -> AuditState | None:
    return top.audit if top.audit.is_doubtful(timezone.now()) else None
