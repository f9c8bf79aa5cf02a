"""Says when a person is away and who stands in."""

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts import policies
from apps.accounts.models import Absence, User
from apps.audit import actions as audit

# What lies further away than this was mistyped.
FURTHEST = timedelta(days=5 * 366)


@transaction.atomic
def set_absence(
    *,
    person: User,
    starts_at: datetime,
    ends_at: datetime,
    by: User | None,
    now: datetime,
    delegate: User | None = None,
) -> Absence:
    """Note that a person is away. `by` None is the operator at the command line.

    One absence at a time: with two at once nobody could say who stands in. Raises NotAllowed; ValidationError, such as
    for an end before the start.
    """
    policies.check_set_absence(person, by=by)
    User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if starts_at < now - FURTHEST:
        raise ValidationError({"first_day": _("This is more than five years ago: write a later first day.")})
    if ends_at > now + FURTHEST:
        raise ValidationError(
            {"last_day": _("This is more than five years away: write an earlier last day.")}
        )
    if delegate is not None and delegate.pk == person.pk:
        raise ValidationError({"delegate": _("Nobody stands in for themselves: choose another person.")})
    _check_free(person, starts_at, ends_at)
    absence = Absence(user=person, starts_at=starts_at, ends_at=ends_at, delegate=delegate)
    absence.full_clean()
    absence.save()
    _record("absence.set", absence, by, now)
    return absence


@transaction.atomic
def cancel_absence(*, absence: Absence, by: User | None, now: datetime) -> None:
    """The person is not away after all. Raises NotAllowed."""
    policies.check_set_absence(absence.user, by=by)
    _record("absence.cancelled", absence, by, now)
    absence.delete()


def _check_free(person: User, starts_at: datetime, ends_at: datetime) -> None:
    """Raises ValidationError naming the days that are taken."""
    taken = person.absences.filter(starts_at__lt=ends_at, ends_at__gt=starts_at).order_by("starts_at").first()
    if taken is not None:
        days = (taken.starts_at, taken.ends_at - timedelta(microseconds=1))
        first, last = (timezone.localtime(at).date().isoformat() for at in days)
        raise ValidationError(
            _(
                "%(name)s is away from %(first)s to %(last)s already: choose other days, or cancel that absence first."
            )
            % {"name": person.name, "first": first, "last": last}
        )


def _record(verb: str, absence: Absence, by: User | None, now: datetime) -> None:
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
