"""The verbs that say how long a workflow keeps each kind of data: shorter only by two people."""

import hashlib
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.models import User
from apps.audit import actions as audit
from apps.audit.canonical import canonical
from apps.privacy import policies
from apps.privacy.models import Retention
from apps.privacy.telling import ask_a_second
from apps.registry.models import Workflow

MOST_DAYS = 36_500
_PAGE = "/privacy/retention/"


@dataclass(frozen=True, slots=True)
class Keeping:
    """For how many days after a proposal has ended each kind of data is kept; None: for good."""

    contents_days: int | None = None
    messages_days: int | None = None
    traces_days: int | None = None

    def is_shorter_than(self, other: "Keeping") -> bool:
        """Whether any kind of data would be kept for fewer days."""
        for_good = MOST_DAYS + 1
        mine, theirs = asdict(self), asdict(other)
        return any((mine[name] or for_good) < (theirs[name] or for_good) for name in mine)


FOR_GOOD = Keeping()


class BadDays(ValueError):
    """A number of days that is none; the message says so."""


def keeping_of(row: Retention | None) -> Keeping:
    """The row as a value; without one everything is kept."""
    return FOR_GOOD if row is None else Keeping(row.contents_days, row.messages_days, row.traces_days)


class Result(StrEnum):
    """What came of saying how long."""

    NOTHING = "nothing"
    SET = "set"
    ORDERED = "ordered"


class ChangedSince(ValueError):
    """Something else is asked for since it was seen; the message says so."""


def digest_of(row: Retention) -> str:
    """Of what is asked for, by whom and when: 64 hex digits."""
    asked = {"days": row.ordered, "by": row.ordered_by_id, "at": str(row.ordered_at)}
    return hashlib.sha256(canonical(asked)).hexdigest()


def wanted_by(row: Retention) -> Keeping:
    """What somebody asked for that waits for a second person."""
    return Keeping(**(row.ordered or {}))


def set_retention(*, workflow: Workflow, keeping: Keeping, by: User | None, now: datetime) -> Result:
    """Say it. A longer time counts at once; a shorter one waits for a second person, since nobody can bring back what
    the next sweep erases, but for the operator at the command line (None). Raises NotAllowed, BadDays.
    """
    if any(days is not None and not 1 <= days <= MOST_DAYS for days in asdict(keeping).values()):
        raise BadDays(_("A number of days lies between 1 and {most}.").format(most=f"{MOST_DAYS:,}"))
    with transaction.atomic():
        Retention.objects.get_or_create(workflow=workflow)
        row = locked(workflow)
        policies.check_set_retention(by=by)
        if keeping_of(row) == keeping and row.ordered is None:
            return Result.NOTHING
        if by is None or not keeping.is_shorter_than(keeping_of(row)):
            _set(row, keeping, by, now)
            return Result.SET
        row.ordered, row.ordered_at, row.ordered_by = asdict(keeping), now, by
        row.save(update_fields=["ordered", "ordered_at", "ordered_by"])
        _record(row, "retention.ordered", by, now, text=in_words(keeping))
        title = _("{workflow}: data is to be kept for a shorter time").format(workflow=workflow.name)
        ask_a_second(title=title, link=_PAGE, by=by, now=now, workflow_id=workflow.pk)
        return Result.ORDERED


def confirm_retention(*, workflow: Workflow, seen: str, by: User, now: datetime) -> None:
    """A second person has looked at it: it counts from the next sweep on. `seen` is the `digest_of` what they saw.

    Raises NotAllowed, ChangedSince, Retention.DoesNotExist.
    """
    with transaction.atomic():
        row = locked(workflow)
        policies.check_confirm_retention(row, by=by)
        if digest_of(row) != seen:
            raise ChangedSince(_("Something else is asked for since you looked: look at it again."))
        _set(row, wanted_by(row), by, now)


def decline_retention(*, workflow: Workflow, by: User, now: datetime) -> None:
    """Everything is kept as before. Raises NotAllowed, Retention.DoesNotExist."""
    with transaction.atomic():
        row = locked(workflow)
        policies.check_decline_retention(row, by=by)
        text = in_words(wanted_by(row))
        row.ordered = row.ordered_at = row.ordered_by = None
        row.save(update_fields=["ordered", "ordered_at", "ordered_by"])
        _record(row, "retention.declined", by, now, text=text)


def locked(workflow: Workflow) -> Retention:
    """The workflow's row, locked. Raises Retention.DoesNotExist."""
    rows = Retention.objects.select_for_update(of=("self",)).select_related("workflow", "ordered_by")
    return rows.get(workflow=workflow)


def _set(row: Retention, keeping: Keeping, by: User | None, now: datetime) -> None:
    ordered_by = row.ordered_by.name if row.ordered_by is not None else ""
    for name, days in asdict(keeping).items():
        setattr(row, name, days)
    row.ordered = row.ordered_at = row.ordered_by = None
    row.save()
    _record(row, "retention.set", by, now, text=in_words(keeping), ordered_by=ordered_by)


def _record(row: Retention, verb: str, by: User | None, now: datetime, **data: str) -> None:
    audit.record(
        verb=verb,
        now=now,
        by=by,
        subject=("workflow", row.workflow_id, row.workflow.name),
        workflow_id=row.workflow_id,
        data=data,
    )


def in_words(keeping: Keeping) -> str:
    """As the audit log says it."""
    told = (
        (_("contents"), keeping.contents_days),
        (_("messages"), keeping.messages_days),
        (_("traces"), keeping.traces_days),
    )
    return ", ".join(
        ngettext("{what} {days} day", "{what} {days} days", days).format(what=what, days=days)
        if days
        else _("{what} for good").format(what=what)
        for what, days in told
    )
