"""What did a new version of an agent, or of the routing policy, do to the override rate?

Each version is compared with the one before it in the same workflow, over what people decided of either in the last
half year. Before and after are different days and cases, so a difference is a hint to look, not a proof.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from django.db.models import Max, Min, Sum

from apps.outcomes.figures import is_better
from apps.outcomes.measuring.quantiles import Estimate
from apps.outcomes.periods import Period
from apps.quality.definitions import OVERRIDES
from apps.quality.figures import Counts, Figure, difference, figure
from apps.quality.models import CountedDay
from apps.quality.states import Came
from apps.registry.models import AgentVersion
from apps.routing.models import PolicyVersion

_DAYS = 182
_MOST = 12
NOTHING = "\N{EN DASH}"


@dataclass(frozen=True, slots=True)
class Decided:
    """What people decided of one version, and on which days."""

    version_id: int
    figure: Figure
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Effect:
    """A version beside the one before it. `by` is None while there are too few cases; then nothing is said.

    `kind` and `version_id` name it in an address; `what` says what is new about it, where it tells.
    """

    kind: str
    name: str
    version_id: int
    what: str
    now: Decided
    before: Decided
    before_name: str
    by: Estimate | None

    @property
    def is_better(self) -> bool | None:
        """Whether people override less, more, or it may be chance."""
        return is_better(self.by, OVERRIDES.direction) if self.by else None


def versions_period(today: date) -> Period:
    """How far back versions are compared."""
    return Period(today - timedelta(days=_DAYS - 1), today)


def effects_of_agents(workflow_id: int, *, today: date) -> list[Effect]:
    """Each version of an agent beside that agent's version before, the newest first. Two statements."""
    decided = _decided(workflow_id, "agent_version_id", today)
    versions = AgentVersion.objects.filter(pk__in=decided).select_related("agent")
    by_agent: dict[int, list[AgentVersion]] = {}
    for version in versions.order_by("first_seen_at", "pk"):
        by_agent.setdefault(version.agent_id, []).append(version)
    found = [
        _effect(
            "agent", f"{one.agent.name} {one}", one.pk, _news(before, one), str(before), before.pk, decided
        )
        for some in by_agent.values()
        for before, one in pairwise(some)
    ]
    return _newest(found)


def effects_of_policies(workflow_id: int, *, today: date) -> list[Effect]:
    """Each policy version beside the one in force before, the newest first. Two statements."""
    decided = _decided(workflow_id, "policy_version_id", today)
    versions = list(
        PolicyVersion.objects.filter(pk__in=decided).select_related("workflow").order_by("published_at", "pk")
    )
    found = [
        _effect("policy", str(one), one.pk, one.reason, str(before), before.pk, decided)
        for before, one in pairwise(versions)
    ]
    return _newest(found)


def _effect(
    kind: str,
    name: str,
    version_id: int,
    what: str,
    before_name: str,
    before_id: int,
    decided: Mapping[int, Decided],
) -> Effect:
    now, before = decided[version_id], decided[before_id]
    by = difference(OVERRIDES, before.figure, now.figure)
    return Effect(kind, name, version_id, what, now, before, before_name, by)


def _newest(found: Iterable[Effect]) -> list[Effect]:
    return sorted(found, key=lambda one: (one.now.first, one.version_id), reverse=True)[:_MOST]


def _decided(workflow_id: int, column: str, today: date) -> dict[int, Decided]:
    """{version: what people decided of it}. Sums of days."""
    rows: Any = CountedDay.objects.filter(
        workflow_id=workflow_id,
        day__range=versions_period(today).between,
        came__in=OVERRIDES.out_of,
        n__gt=0,
        **{f"{column}__gt": 0},
    )
    rows = rows.values(column, "came").annotate(times=Sum("n"), first=Min("day"), last=Max("day"))
    counts: dict[int, dict[Came, int]] = {}
    days: dict[int, list[date]] = {}
    for row in rows.order_by(column, "came"):
        counts.setdefault(row[column], {})[Came(row["came"])] = row["times"]
        days.setdefault(row[column], []).extend((row["first"], row["last"]))
    return {
        key: Decided(key, figure(OVERRIDES, [Counts(n)]), min(days[key]), max(days[key]))
        for key, n in counts.items()
    }


def _news(before: AgentVersion, one: AgentVersion) -> str:
    """What an agent's version says is new about it."""
    names = ("model", "prompt_version", "workflow_version", "policy_version")
    changed = [
        f"{name.replace('_', ' ')} {getattr(before, name) or NOTHING} → {getattr(one, name) or NOTHING}"
        for name in names
        if getattr(before, name) != getattr(one, name)
    ]
    if before.tools != one.tools:
        changed.append("tools")
    return "; ".join(changed)
