"""Celery wakes the sweepers of escalation; each calls one action."""

from celery import shared_task
from django.utils import timezone

from apps.audit.sweeping import drain
from apps.escalation import auditing, sweeping, warning


@shared_task
def run_due() -> int:
    """Take the steps whose time has come."""
    return drain(sweeping.run_due)


@shared_task
def warn_due() -> int:
    """Tell people before a target is missed."""
    return drain(warning.warn_due, limit=100)


@shared_task
def audit() -> bool:
    """Look over all open tasks; whether everything was well."""
    return auditing.audit(now=timezone.now()).is_clean
