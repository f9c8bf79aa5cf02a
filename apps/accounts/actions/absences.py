"""Says when a person is away and who stands in."""

from datetime import datetime

from django.db import transaction

from apps.accounts import policies
from apps.accounts.models import Absence, User
from apps.audit import actions as audit


@transaction.atomic
def set_absence(
    *,
    person: User,
    starts_at: datetime,
    ends_at: datetime,
    by: User,
    now: datetime,
    delegate: User | None = None,
) -> Absence:
    """Note that a person is away. Raises NotAllowed; ValidationError, such as for an end before the start."""
    policies.check_set_absence(person, by=by)
    absence = Absence(user=person, starts_at=starts_at, ends_at=ends_at, delegate=delegate)
    absence.full_clean()
    absence.save()
    _record("absence.set", absence, by, now)
    return absence


@transaction.atomic
def cancel_absence(*, absence: Absence, by: User, now: datetime) -> None:
    """The person is not away after all. Raises NotAllowed."""
    policies.check_set_absence(absence.user, by=by)
    _record("absence.cancelled", absence, by, now)
    absence.delete()


def _record(verb: str, absence: Absence, by: User, now: datetime) -> None:
    audit.record(
        verb=verb,
        now=now,
        by=by,
        subject=("person", absence.user_id, absence.user.name),
        data={
            "starts_at": absence.starts_at.isoformat(),
            "ends_at": absence.ends_at.isoformat(),
            "delegate": absence.delegate.name if absence.delegate else "",
        },
    )
