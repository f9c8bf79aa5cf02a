"""Sets SLA policies up. A saved version is never changed; what is under way keeps its targets until an admin
applies the new ones to it (`retargeting`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.policies import check_manage_people
from apps.audit import actions as audit
from apps.audit.actors import SYSTEM
from apps.sla.durations import DurationError, Unit, parse, surely_longer
from apps.sla.fitting import check_calendars_fit
from apps.sla.models import SlaPolicy, SlaPolicyVersion

WARN_AT = (50, 75, 90)
LONGEST_PAUSE = "24h"
_MOST_WARNINGS = 9


class PolicyError(ValueError):
    """An SLA policy cannot be used; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Targets:
    """What a policy version says, in canonical form. Durations are compact text, `warn_at` percent, ascending.

    Raises PolicyError or DurationError when it cannot be meant.
    """

    claim: str
    decide: str
    result: str
    warn_at: tuple[int, ...] = WARN_AT
    longest_pause: str = LONGEST_PAUSE

    def __post_init__(self) -> None:
        for field in ("claim", "decide", "result", "longest_pause"):
            object.__setattr__(self, field, str(parse(getattr(self, field))))
        object.__setattr__(self, "warn_at", _percents(self.warn_at))
        if parse(self.longest_pause).unit is Unit.BUSINESS_DAYS:
            raise DurationError(_("A pause is counted in hours: write 8wh or 24h instead of business days."))


@transaction.atomic
def save_policy(
    *, slug: str, name: str, targets: Targets, reason: str = "", by: User | None, now: datetime
) -> SlaPolicyVersion:
    """Create the policy, or give it a new version when its targets differ; `by` None means ReviewHub itself.

    Raises NotAllowed; PolicyError for an order of targets that cannot be kept; CalendarError when a target would take
    too long on one of the calendars: any queue may take any work.
    """
    check_manage_people(by)
    check_order(targets)
    check_calendars_fit([targets.claim, targets.decide, targets.result], now)
    SlaPolicy.objects.get_or_create(slug=slug, defaults={"name": name})
    policy = SlaPolicy.objects.select_for_update().get(slug=slug)
    current = policy.versions.order_by("-number").first()
    renamed = policy.name != name
    if renamed:
        policy.name = name
        policy.save(update_fields=["name"])
    if current is None or targets_of(current) != targets:
        version = _add_version(policy, targets, reason, current.number + 1 if current else 1, by, now)
    elif renamed:
        version = current
    else:
        return current
    audit.record(
        verb="sla_policy.saved",
        now=now,
        by=by,
        subject=("sla_policy", policy.pk, policy.name),
        data={"slug": slug, "version": version.number, "reason": reason},
    )
    return version


def check_order(targets: Targets) -> None:
    """Work is claimed before it is decided. Raises PolicyError."""
    if surely_longer(parse(targets.claim), parse(targets.decide)):
        raise PolicyError(
            _(
                "Claimed within %(claim)s is longer than decided within %(decide)s: work is claimed before it is "
                "decided. Shorten the first or lengthen the second."
            )
            % {"claim": targets.claim, "decide": targets.decide}
        )


def targets_of(version: SlaPolicyVersion) -> Targets:
    """What a stored version says."""
    return Targets(
        claim=version.claim_within,
        decide=version.decide_within,
        result=version.result_within,
        warn_at=tuple(version.warn_at),
        longest_pause=version.longest_pause,
    )


def _percents(given: Sequence[int]) -> tuple[int, ...]:
    if not all(1 <= percent <= 99 for percent in given):
        raise PolicyError(_("Warnings are given in percent of the target: write whole numbers from 1 to 99."))
    if not 1 <= len(set(given)) <= _MOST_WARNINGS:
        raise PolicyError(
            _("Give between one and %(most)d moments to warn at, such as 50, 75, 90.")
            % {"most": _MOST_WARNINGS}
        )
    return tuple(sorted(set(given)))


def _add_version(
    policy: SlaPolicy, targets: Targets, reason: str, number: int, by: User | None, now: datetime
) -> SlaPolicyVersion:
    actor = by.actor if by is not None else SYSTEM
    return SlaPolicyVersion.objects.create(
        policy=policy,
        number=number,
        claim_within=targets.claim,
        decide_within=targets.decide,
        result_within=targets.result,
        warn_at=list(targets.warn_at),
        longest_pause=targets.longest_pause,
        reason=reason,
        created_at=now,
        created_by_id=actor.id,
        created_by_name=actor.name,
    )
