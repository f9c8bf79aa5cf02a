"""Sets KPIs up. What a KPI means is never changed: another meaning is a new version, measured anew from the start."""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import actions as audit
from apps.delivery.waking import wake
from apps.outcomes import folding, policies
from apps.outcomes.live_log import live_log_of
from apps.outcomes.models import Kpi, KpiVersion
from apps.outcomes.states import UNITS, Cadence, Direction, Measure
from apps.registry.models import Workflow

_CURRENCY = re.compile("[A-Z]{3}")


class KpiError(ValueError):
    """A KPI cannot be meant so; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a version of a KPI says. Raises KpiError when it says nothing that can be measured.

    `target` is in the unit of the measure. The unit of a cost is its currency; of what is reported it is one's own.
    """

    measure: Measure
    direction: Direction
    definition: str
    unit: str = ""
    ends_with: str = ""
    target: Decimal | None = None

    def __post_init__(self) -> None:
        if not self.definition.strip():
            raise KpiError(_("Write down what is measured: whoever confirms it has to know what it says."))
        if self.measure == Measure.REPORTED:
            if self.ends_with:
                raise KpiError(_("A reported figure is not measured in events: leave “measured to” empty."))
        elif self.measure == Measure.COST:
            if not _CURRENCY.fullmatch(self.unit):
                raise KpiError(
                    _("Give the currency of the amounts as the unit, in three letters, such as EUR.")
                )
        else:
            object.__setattr__(self, "unit", UNITS[self.measure])
        if self.target is not None and self.target < 0:
            raise KpiError(_("A target is zero or more."))
        if self.measure == Measure.REWORK and self.target is not None and self.target > 100:
            raise KpiError(_("A rework rate is given in percent: at most 100."))


def save_kpi(
    *,
    workflow: Workflow,
    slug: str,
    name: str,
    owner: User,
    cadence: Cadence,
    meaning: Meaning,
    by: User | None,
    now: datetime,
    is_active: bool = True,
    reason: str = "",
) -> KpiVersion:
    """Make the KPI, or change it; with another meaning it gets a new version. The version in force afterwards.

    Raises NotAllowed, and KpiError for an owner who may not sign in.
    """
    policies.check_set_up(workflow, by=by)
    if not owner.is_active:
        raise KpiError(_("{name} may not sign in and so cannot confirm anything.").format(name=owner.name))
    with transaction.atomic():
        kpi, made = Kpi.objects.get_or_create(
            workflow=workflow, slug=slug, defaults={"name": name, "owner": owner, "created_at": now}
        )
        kpi = Kpi.objects.select_for_update().get(pk=kpi.pk)
        kpi.name, kpi.owner, kpi.cadence, kpi.is_active = name, owner, cadence, is_active
        kpi.save(update_fields=["name", "owner", "cadence", "is_active"])
        current = kpi.versions.order_by("-number").first()
        if current is not None and meaning_of(current) == meaning:
            version = current
        else:
            version = _new_version(kpi, current, meaning, reason, by, now)
        audit.record(
            verb="kpi.saved",
            now=now,
            by=by,
            subject=("kpi", kpi.pk, kpi.name),
            workflow_id=workflow.pk,
            data={"version": version.number, "owner": owner.short, "is_new": made, "reason": reason},
        )
    return version


def meaning_of(version: KpiVersion) -> Meaning:
    """What a stored version says."""
    return Meaning(
        Measure(version.measure),
        Direction(version.direction),
        version.definition,
        version.unit,
        version.ends_with,
        version.target,
    )


def _new_version(
    kpi: Kpi, current: KpiVersion | None, meaning: Meaning, reason: str, by: User | None, now: datetime
) -> KpiVersion:
    version = KpiVersion.objects.create(
        kpi=kpi,
        number=current.number + 1 if current else 1,
        measure=meaning.measure,
        unit=meaning.unit,
        direction=meaning.direction,
        definition=meaning.definition,
        ends_with=meaning.ends_with,
        target=meaning.target,
        reason=reason,
        created_at=now,
        created_by=by,
    )
    if meaning.measure != Measure.REPORTED:
        folding.touch_all(live_log_of(kpi.workflow))
        wake(folding.FOLD)
    return version
