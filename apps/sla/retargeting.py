"""Gives targets that are under way the newest version of their SLA policy: looked at first, then applied.

Editing a policy changes nothing that has begun; this does, when an admin says so. Overdue targets keep the time they
missed. What shows due times elsewhere (tasks, proposals) follows in `reviews.retiming`, the verb pages call.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.policies import check_manage_people
from apps.audit import actions as audit
from apps.audit.insertion import insert_at_end
from apps.sla.cycle_figures import DERIVED, figures_of, take
from apps.sla.history import Figures, Happening, after
from apps.sla.known_versions import calendar_version, terms_of
from apps.sla.models import ClockCycle, ClockEvent, SlaPolicy, SlaPolicyVersion
from apps.sla.models.cycle import CycleQuerySet
from apps.sla.states import CycleStatus, EventKind


class VersionChanged(Exception):
    """The policy has a newer version than the one that was looked at."""


@dataclass(frozen=True, slots=True)
class Retiming:
    """One running target as it is, and what the new version makes of it."""

    cycle: ClockCycle
    text: str
    due_at: datetime

    @property
    def is_changed(self) -> bool:
        return self.due_at != self.cycle.due_at

    def makes_overdue(self, now: datetime) -> bool:
        """Whether there is time left now, and none then."""
        return self.due_at < now <= self.cycle.due_at


def preview(*, version: SlaPolicyVersion, now: datetime, limit: int | None = None) -> list[Retiming]:
    """What applying this version would do to running targets of older ones, the next due first."""
    cycles = _older(version).with_versions().order_by("due_at", "pk")[:limit]
    return [
        Retiming(cycle, str(figures.terms.duration), figures.due_at)
        for cycle in cycles
        for figures in [_retargeted(cycle, version, now)]
    ]


def count_older(version: SlaPolicyVersion) -> int:
    """How many running targets have an older version."""
    return _older(version).count()


@transaction.atomic
def retarget(*, policy: SlaPolicy, number: int, by: User | None, now: datetime) -> list[ClockCycle]:
    """Apply version `number`, which must be the newest, to every running target of an older one. The targets changed.

    Raises NotAllowed, VersionChanged.
    """
    check_manage_people(by)
    version = SlaPolicyVersion.objects.filter(policy=policy).select_related("policy").latest("number")
    if version.number != number:
        raise VersionChanged(_("There is a newer version of this policy: look at what it would change."))
    cycles = list(_older(version).select_for_update(no_key=True).order_by("pk"))
    for cycle in cycles:
        take(cycle, _retargeted(cycle, version, now))
        cycle.policy_version = version
    _store(cycles, now)
    audit.record(
        verb="sla_policy.applied",
        now=now,
        by=by,
        subject=("sla_policy", policy.pk, policy.name),
        data={"version": version.number, "count": len(cycles)},
    )
    return cycles


def _older(version: SlaPolicyVersion) -> CycleQuerySet:
    running = ClockCycle.objects.filter(status=CycleStatus.RUNNING, policy_version__policy=version.policy_id)
    return running.filter(policy_version__number__lt=version.number)


def _retargeted(cycle: ClockCycle, version: SlaPolicyVersion, now: datetime) -> Figures:
    terms = terms_of(version, calendar_version(cycle.calendar_version_id), cycle.target)
    return after(figures_of(cycle), Happening(EventKind.RETARGET, now, terms=terms))


def _store(cycles: Sequence[ClockCycle], now: datetime) -> None:
    ClockCycle.objects.bulk_update(cycles, ["target_text", "policy_version", *DERIVED], batch_size=500)
    insert_at_end(
        [
            ClockEvent(
                cycle=cycle,
                kind=EventKind.RETARGET,
                at=now,
                policy_version_id=cycle.policy_version_id,
                calendar_version_id=cycle.calendar_version_id,
            )
            for cycle in cycles
        ]
    )
