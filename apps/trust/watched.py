"""What a page shows of the drift watch: the bins of each watched input, baseline beside now, and the rate of overrides.

Only stored figures; nothing here decides. Pictures are rows of two bars, `y` in pixels from the top; places along a
line are percent of its length.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import ceil

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.registry.models import AgentVersion, Workflow
from apps.trust.models import Baseline, DriftAlert, DriftLook, DriftStep, Slice
from apps.trust.states import Drift
from apps.trust.statistics import drift
from apps.trust.statistics.changes import Change, likely_change

ROW_HEIGHT = 44
MOST_BINS = 8
_ENDED = 20
# Below this the usual reading is: no change worth a look.
_SLIGHT = 0.10
_INPUTS = (Drift.CONFIDENCE, Drift.ACTIONS, Drift.CATEGORIES, Drift.SUBJECTS, Drift.AMOUNTS)


@dataclass(frozen=True, slots=True)
class Bin:
    """One bin: how many proposals, and what share, before and now. `y` is where its row begins."""

    label: str
    before: int
    now: int
    before_percent: float
    now_percent: float
    y: int


@dataclass(frozen=True, slots=True)
class Input:
    """One watched input. `index` is None while there is nothing newer than the baseline."""

    kind: Drift
    bins: list[Bin]
    index: float | None
    is_large: bool
    before: int
    now: int

    @property
    def height(self) -> int:
        """Of the picture."""
        return ROW_HEIGHT * len(self.bins)

    @property
    def is_plain(self) -> bool:
        """Whether all of it is of one kind, then and now: nothing to draw."""
        return len(self.bins) < 2

    @property
    def said(self) -> str | Promise:
        """What the index says, in words."""
        if self.index is None:
            return _("nothing newer to compare yet")
        if self.is_large:
            return _("changed")
        return _("a little different") if self.index >= _SLIGHT else _("as before")


@dataclass(frozen=True, slots=True)
class Overrides:
    """(decided, overridden) before and now, how much the share changed, and where that stands on a line around zero."""

    before: tuple[int, int]
    now: tuple[int, int]
    change: Change | None
    is_large: bool
    scale_points: int

    @property
    def before_percent(self) -> float:
        """The share that people overrode at first."""
        return _percent(self.before[1], self.before[0])

    @property
    def now_percent(self) -> float:
        """The share that people override now."""
        return _percent(self.now[1], self.now[0])

    @property
    def points(self) -> tuple[float, float, float]:
        """(change, lowest, highest) in percentage points. Only where there is a change to tell."""
        change = self.change or Change(0, 0, 0)
        return 100 * change.by, 100 * change.low, 100 * change.high

    @property
    def places(self) -> tuple[float, ...]:
        """The same along the line."""
        return tuple(round(50 + 50 * one / self.scale_points, 2) for one in self.points)


@dataclass(frozen=True, slots=True)
class Watched:
    """One version of the agent in a slice. `look` is None until something newer than its baseline was compared."""

    version: AgentVersion
    baseline: Baseline
    look: DriftLook | None
    inputs: list[Input]
    overrides: Overrides


@dataclass(frozen=True, slots=True)
class Alerted:
    """An alert with what it saw, and what people said about it since."""

    alert: DriftAlert
    input: Input | None
    overrides: Overrides | None
    steps: list[DriftStep]

    @property
    def key(self) -> str:
        """For ids on the page."""
        return f"alert-{self.alert.pk}"


def watched(row: Slice, *, most: int = 3) -> list[Watched]:
    """The newest versions that have a baseline. Two queries."""
    looks = {look.agent_version_id: look for look in DriftLook.objects.filter(slice=row)}
    baselines = Baseline.objects.filter(slice=row).select_related("agent_version").order_by("-at", "-pk")
    return [_watched(baseline, looks.get(baseline.agent_version_id)) for baseline in baselines[:most]]


def newest_watched(rows: Collection[Slice]) -> dict[int, Watched]:
    """{slice: the newest version that has a baseline}, of many slices. Two queries."""
    looks = {(one.slice_id, one.agent_version_id): one for one in DriftLook.objects.filter(slice__in=rows)}
    baselines = Baseline.objects.filter(slice__in=rows).select_related("agent_version")
    newest = baselines.order_by("slice", "-at", "-pk").distinct("slice")
    return {one.slice_id: _watched(one, looks.get((one.slice_id, one.agent_version_id))) for one in newest}


def alerts_of(row: Slice, *, ended: bool) -> list[Alerted]:
    """The alerts nobody has done with, or those that ended lately, the newest first. Two queries."""
    alerts = DriftAlert.objects.filter(slice=row, ended_at__isnull=not ended)
    return [_alerted(alert) for alert in _with_parts(alerts)]


def open_alerts_of(row: Slice) -> list[DriftAlert]:
    """The alerts of one slice nobody has done with, the newest first."""
    alerts = DriftAlert.objects.filter(slice=row, ended_at__isnull=True)
    return list(alerts.select_related("owner", "agent_version").order_by("-opened_at", "-pk"))


def open_alerts(workflows: QuerySet[Workflow]) -> list[DriftAlert]:
    """Those of these workflows nobody has done with, the oldest first."""
    alerts = DriftAlert.objects.filter(slice__workflow__in=workflows, ended_at__isnull=True)
    wanted = alerts.select_related(
        "slice__workflow", "slice__action_type", "slice__agent", "agent_version", "owner"
    )
    return list(wanted.order_by("opened_at", "pk"))


def input_of(kind: Drift, before: Mapping[str, int], now: Mapping[str, int] | None) -> Input:
    """The bins in the order in which they are read: by size where they have one, else the most frequent first."""
    newer = now or {}
    total, new_total = sum(before.values()), sum(newer.values())
    names = _in_order(kind, before, newer)
    shown, rest = (names, []) if len(names) <= MOST_BINS else (names[: MOST_BINS - 1], names[MOST_BINS - 1 :])
    counts = [(_label(kind, name), before.get(name, 0), newer.get(name, 0)) for name in shown]
    if rest:
        label = ngettext("%(n)d other", "%(n)d others", len(rest)) % {"n": len(rest)}
        counts.append((label, sum(before.get(n, 0) for n in rest), sum(newer.get(n, 0) for n in rest)))
    index = drift.stability_index(before, newer) if now is not None else None
    return Input(
        kind=kind,
        bins=[
            Bin(label, old, new, _percent(old, total), _percent(new, new_total), ROW_HEIGHT * place)
            for place, (label, old, new) in enumerate(counts)
        ],
        index=None if index is None else round(index, 2),
        is_large=index is not None and drift.is_large(index, baseline=total, now=new_total),
        before=total,
        now=new_total,
    )


def overrides_of(before: tuple[int, int], now: tuple[int, int]) -> Overrides:
    """Both are (decided, overridden)."""
    change = likely_change(before, now)
    widest = max(abs(change.low), abs(change.high)) if change else 0.0
    # Whole tens of points, so that pictures of one page can be compared.
    scale = max(10, 10 * ceil(10 * widest))
    return Overrides(before, now, change, drift.rates_differ(before, now), scale)


def _watched(baseline: Baseline, look: DriftLook | None) -> Watched:
    return Watched(
        version=baseline.agent_version,
        baseline=baseline,
        look=look,
        inputs=[
            input_of(kind, bins, look.bins.get(kind, {}) if look else None)
            for kind in _INPUTS
            if (bins := baseline.bins.get(kind))
        ],
        overrides=overrides_of(
            (baseline.reviewed, baseline.overridden), (look.reviewed, look.overridden) if look else (0, 0)
        ),
    )


def _with_parts(alerts: QuerySet[DriftAlert]) -> QuerySet[DriftAlert]:
    parts = alerts.select_related("slice__workflow", "owner", "agent_version").prefetch_related("steps")
    return parts.order_by("-opened_at", "-pk")[:_ENDED]


def _alerted(alert: DriftAlert) -> Alerted:
    before, now = alert.figures.get("before"), alert.figures.get("now")
    steps = sorted(alert.steps.all(), key=lambda step: step.pk)
    if before is None or now is None:
        return Alerted(alert, None, None, steps)
    if alert.kind == Drift.OVERRIDES:
        return Alerted(alert, None, overrides_of(tuple(before), tuple(now)), steps)
    return Alerted(alert, input_of(Drift(alert.kind), before, now), None, steps)


def _in_order(kind: Drift, before: Mapping[str, int], now: Mapping[str, int]) -> list[str]:
    names = before.keys() | now.keys()
    if kind in (Drift.CONFIDENCE, Drift.AMOUNTS):
        up = sorted(names, key=lambda name: (name.isdigit(), int(name) if name.isdigit() else 0))
        # The highest confidences come first, as in the table of evidence.
        return up[::-1] if kind == Drift.CONFIDENCE else up
    return sorted(names, key=lambda name: (-before.get(name, 0) - now.get(name, 0), name))


def _label(kind: Drift, name: str) -> str:
    if kind == Drift.CONFIDENCE:
        tenth = int(name)
        return _("{low} to {high}").format(low=f"0.{tenth}", high=f"0.{tenth + 1}" if tenth < 9 else "1.0")
    if kind == Drift.AMOUNTS:
        return _amount(name)
    return name or _("none named")


def _amount(name: str) -> str:
    if not name.isdigit():
        return _("no amount")
    place, ends = int(name), [f"{end:,.0f}" for end in drift.AMOUNTS]
    if place == 0:
        return ends[0]
    if place == len(ends):
        return _("above {low}").format(low=ends[-1])
    return _("above {low}, up to {high}").format(low=ends[place - 1], high=ends[place])


def _percent(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 0.0
