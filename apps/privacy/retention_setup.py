"""The verb that says how long a workflow keeps each kind of data."""

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import actions as audit
from apps.privacy import policies
from apps.privacy.models import Retention
from apps.registry.models import Workflow

MOST_DAYS = 36_500


@dataclass(frozen=True, slots=True)
class Keeping:
    """For how many days after a proposal has ended each kind of data is kept; None: for good."""

    contents_days: int | None = None
    messages_days: int | None = None
    traces_days: int | None = None


FOR_GOOD = Keeping()


class BadDays(ValueError):
    """A number of days that is none; the message says so."""


def keeping_of(row: Retention | None) -> Keeping:
    """The row as a value; without one everything is kept."""
    return FOR_GOOD if row is None else Keeping(row.contents_days, row.messages_days, row.traces_days)


def set_retention(*, workflow: Workflow, keeping: Keeping, by: User | None, now: datetime) -> bool:
    """Say it; whether that changed anything. What is older goes with the next sweep. Raises NotAllowed, BadDays."""
    policies.check_set_retention(by=by)
    if any(days is not None and not 1 <= days <= MOST_DAYS for days in asdict(keeping).values()):
        raise BadDays(_("A number of days lies between 1 and {most}.").format(most=f"{MOST_DAYS:,}"))
    with transaction.atomic():
        Retention.objects.get_or_create(workflow=workflow)
        row = Retention.objects.select_for_update().get(workflow=workflow)
        if keeping_of(row) == keeping:
            return False
        for name, days in asdict(keeping).items():
            setattr(row, name, days)
        row.save()
        audit.record(
            verb="retention.set",
            now=now,
            by=by,
            subject=("workflow", workflow.pk, workflow.name),
            workflow_id=workflow.pk,
            data={"text": in_words(keeping)},
        )
        return True


def in_words(keeping: Keeping) -> str:
    """As the audit log says it."""
    told = (
        (_("contents"), keeping.contents_days),
        (_("messages"), keeping.messages_days),
        (_("traces"), keeping.traces_days),
    )
    return ", ".join(
        _("{what} {days} days").format(what=what, days=days)
        if days
        else _("{what} for good").format(what=what)
        for what, days in told
    )
