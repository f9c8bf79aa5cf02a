"""Says what is wanted of a figure: its target, from when on it is an alert, and who answers for it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import actions as audit
from apps.quality import policies
from apps.quality.alerting import called, end_live, hand_over
from apps.quality.definitions import BY_KEY, Definition, Unit
from apps.quality.figures import is_beyond
from apps.quality.models import Target
from apps.registry.models import Workflow
from apps.registry.visibility import visible_workflows

_MOST = Decimal(10_000_000)


class TargetError(ValueError):
    """A target cannot be meant so; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is wanted of a figure, in its unit. Raises TargetError for what is none, or contradicts itself."""

    figure: str
    target: Decimal | None
    alert_at: Decimal | None

    @property
    def is_said(self) -> bool:
        """Whether anything is wanted."""
        return self.target is not None or self.alert_at is not None

    def __post_init__(self) -> None:
        definition = BY_KEY.get(self.figure)
        if definition is None:
            raise TargetError(_("There is no figure {name}.").format(name=self.figure))
        for value in (self.target, self.alert_at):
            if value is not None and not 0 <= value <= _most(definition):
                raise TargetError(
                    _("A share is from 0 to 100 percent.")
                    if definition.unit is Unit.PERCENT
                    else _("Hours are zero or more.")
                )
        if self.target is None or self.alert_at is None:
            return
        if is_beyond(float(self.target), float(self.alert_at), definition.direction):
            raise TargetError(
                _("It would be an alert while the target is reached: put the alert on the worse side of it.")
            )


def set_target(*, workflow: Workflow, wanted: Wanted, owner: User, by: User | None, now: datetime) -> Target:
    """Make it so; without target and alert, nothing is wanted any more and a live alert ends.

    `by` None is the operator of the installation. Raises NotAllowed, and TargetError for an owner who cannot answer.
    """
    if by is not None:
        policies.check_set_targets(by=by)
    _check_owner(workflow, owner)
    with transaction.atomic():
        row, made = Target.objects.get_or_create(
            workflow=workflow, figure=wanted.figure, defaults={"owner": owner}
        )
        row = Target.objects.select_for_update().get(pk=row.pk)
        is_same = (row.target, row.alert_at, row.owner_id) == (wanted.target, wanted.alert_at, owner.pk)
        if is_same and not made:
            return row
        row.target, row.alert_at, row.owner = wanted.target, wanted.alert_at, owner
        # Looked at anew by the next sweep.
        row.looked_at = None
        row.save(update_fields=["target", "alert_at", "owner", "looked_at"])
        audit.record(
            verb="quality.target_set",
            now=now,
            by=by,
            subject=("quality_target", row.pk, called(row)),
            workflow_id=workflow.pk,
            data={
                "target": _written(wanted.target),
                "alert_at": _written(wanted.alert_at),
                "owner": owner.name,
            },
        )
        if row.alert_at is None:
            end_live(row, None, now)
        else:
            hand_over(row, now)
        return row


def _check_owner(workflow: Workflow, owner: User) -> None:
    if not owner.is_active:
        raise TargetError(_("{name} may not sign in and so cannot answer.").format(name=owner.name))
    if not visible_workflows(owner).filter(pk=workflow.pk).exists():
        raise TargetError(
            _("{name} may not read this workflow, so cannot answer for it.").format(name=owner.name)
        )


def _most(definition: Definition) -> Decimal:
    return Decimal(100) if definition.unit is Unit.PERCENT else _MOST


def _written(value: Decimal | None) -> str:
    return "-" if value is None else f"{value.normalize():f}"
