"""Tells every page whether the auditor vouches for the promise."""

from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from apps.escalation.queries import AuditState, audit_state


def audit_banner(request: HttpRequest) -> dict[str, object]:
    """Context `audit_doubt`: the AuditState when the last clean look is too old or missing, else None."""
    return {"audit_doubt": SimpleLazyObject(_doubt)}


def _doubt() -> AuditState | None:
    state = audit_state()
    return state if state.is_doubtful(timezone.now()) else None
