"""Watches whether the work still looks like the work that was judged: alert, validate, act. Moves no threshold.

The baseline of a version is frozen once, from its first proposals in the slice; afterwards the newest ones are
compared with it. Trust knows no proposals: what reads them hands over `Look`s.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import actions as audit
from apps.delivery.notifying import notify
from apps.trust import policies
from apps.trust.models import Baseline, DriftAlert, DriftLook, DriftStep, Standing
from apps.trust.states import AlertStatus, Drift
from apps.trust.statistics import drift

BASELINE = 200
WINDOW = 200
_PRESSING_TIER = 6


@dataclass(frozen=True, slots=True)
class Seen:
    """What a watcher sees of one proposal. `overridden` None: nobody has decided on the merits."""

    confidence: float
    subject: str
    categories: tuple[tuple[str, object], ...]
    amount: float | None
    overridden: bool | None


@dataclass(frozen=True, slots=True)
class Mix:
    """{kind of action: count} of a version's first proposals in the workflow, and of its newest."""

    first: Mapping[str, int]
    newest: Mapping[str, int]


def watch(
    *,
    standing: Standing,
    first: Sequence[Seen],
    newest: Sequence[Seen],
    now: datetime,
    mix: Mix = Mix({}, {}),
) -> list[DriftAlert]:
    """Freeze the baseline of a version when `first` holds enough, and compare `newest` with it. New alerts."""
    baseline = Baseline.objects.filter(
        slice_id=standing.slice_id, agent_version_id=standing.agent_version_id
    ).first()
    if baseline is None:
        if len(first) >= BASELINE:
            _freeze(standing, _work(first, mix.first), now)
        return []
    work = _work(newest, mix.newest)
    _look(standing, work, now)
    if work.proposals < drift.FEWEST:
        return []
    found = _found(baseline, work, _answered(standing))
    return [alert for kind, figures in found if (alert := _alert(standing, kind, figures, now))]


def judge_drift(
    *, alert_id: int, status: AlertStatus, by: User, note: str, now: datetime, owner: User | None = None
) -> DriftAlert:
    """Answer an alert: real (then `owner` acts, or who owns it already), harmless, or, once it is real, done.

    Raises NotAllowed.
    """
    with transaction.atomic():
        alert = (
            DriftAlert.objects.select_for_update(of=("self",), no_key=True)
            .select_related("slice__workflow", "owner")
            .get(pk=alert_id)
        )
        policies.check_judge_drift(alert, by=by)
        policies.check_drift_step(alert, to=status, note=note, owner=owner)
        before = alert.owner
        alert.status = status
        alert.owner = owner or before
        alert.note = note.strip()[:500]
        alert.ended_at = None if status is AlertStatus.REAL else now
        alert.save(update_fields=["status", "owner", "note", "ended_at"])
        DriftStep.objects.create(
            alert=alert, status=status, by_name=by.name, owner_name=alert.owner.name, note=alert.note, at=now
        )
        _record("slice.drift_answered", alert, by, now)
        if alert.owner != before:
            _tell(alert, _("It was looked at: the work has changed. You act on it."), now)
        return alert


def histograms(seen: Sequence[Seen]) -> dict[str, dict[str, int]]:
    """{kind of drift: {bin: count}} of these proposals."""
    return {
        Drift.CONFIDENCE: drift.counted(drift.tenth(one.confidence) for one in seen),
        Drift.SUBJECTS: drift.counted(one.subject for one in seen),
        Drift.CATEGORIES: drift.counted(
            f"{path} = {value}" for one in seen for path, value in one.categories
        ),
        Drift.AMOUNTS: drift.counted(
            "none" if one.amount is None else drift.amount_bin(one.amount) for one in seen
        ),
    }


@dataclass(frozen=True, slots=True)
class _Work:
    """The figures of some proposals, as they are stored."""

    proposals: int
    bins: dict[str, dict[str, int]]
    reviewed: int
    overridden: int


def _work(seen: Sequence[Seen], mix: Mapping[str, int]) -> _Work:
    reviewed = [one.overridden for one in seen if one.overridden is not None]
    bins = {str(kind): found for kind, found in histograms(seen).items()}
    return _Work(len(seen), bins | {str(Drift.ACTIONS): dict(mix)}, len(reviewed), sum(reviewed))


def _freeze(standing: Standing, first: _Work, now: datetime) -> None:
    Baseline.objects.get_or_create(
        slice_id=standing.slice_id,
        agent_version_id=standing.agent_version_id,
        defaults=asdict(first) | {"until": now, "at": now},
    )


def _look(standing: Standing, newest: _Work, now: datetime) -> None:
    """Kept for the page: how the work looks now."""
    DriftLook.objects.update_or_create(
        slice_id=standing.slice_id,
        agent_version_id=standing.agent_version_id,
        defaults=asdict(newest) | {"at": now},
    )


def _answered(standing: Standing) -> dict[str, Any]:
    """{kind: the figures} of the newest alert of each kind that somebody has answered for good."""
    ended = DriftAlert.objects.filter(
        slice_id=standing.slice_id, agent_version_id=standing.agent_version_id, ended_at__isnull=False
    )
    return {alert.kind: alert.figures for alert in ended.order_by("ended_at")}


def _found(
    baseline: Baseline, newest: _Work, answered: Mapping[str, Any]
) -> list[tuple[Drift, dict[str, Any]]]:
    """What differs from the baseline, and also from what an answered alert of its kind was about: nobody is asked twice
    about the same.
    """
    found: list[tuple[Drift, dict[str, Any]]] = []
    for kind, bins in newest.bins.items():
        before = baseline.bins.get(kind, {})
        index = drift.stability_index(before, bins)
        if _is_large(before, bins) and (kind not in answered or _is_large(answered[kind]["now"], bins)):
            found.append((Drift(kind), {"index": round(index, 3), "before": before, "now": bins}))
    before_rate, rate = (baseline.reviewed, baseline.overridden), (newest.reviewed, newest.overridden)
    known = answered.get(Drift.OVERRIDES)
    if drift.rates_differ(before_rate, rate) and (known is None or drift.rates_differ(known["now"], rate)):
        found.append((Drift.OVERRIDES, {"before": before_rate, "now": rate}))
    return found


def _is_large(before: Mapping[str, int], now: Mapping[str, int]) -> bool:
    index = drift.stability_index(before, now)
    return drift.is_large(index, baseline=sum(before.values()), now=sum(now.values()))


def _alert(standing: Standing, kind: Drift, figures: dict[str, Any], now: datetime) -> DriftAlert | None:
    """A new alert, owned by who operates the workflow; None while one of this kind is not answered."""
    row = standing.slice
    owner = row.workflow.technical_owner
    with transaction.atomic():
        alert, made = DriftAlert.objects.get_or_create(
            slice=row,
            agent_version_id=standing.agent_version_id,
            kind=kind,
            ended_at=None,
            defaults={"owner": owner, "figures": figures, "opened_at": now},
        )
        if not made:
            return None
        _record("slice.drift_seen", alert, None, now)
        _tell(alert, _("It differs from the time the slice was judged by. Look whether that matters."), now)
        return alert


def _tell(alert: DriftAlert, text: str, now: datetime) -> None:
    row = alert.slice
    notify(
        people=[alert.owner],
        kind="drift",
        title=_("{slice}: the {what} changed").format(slice=row, what=Drift(alert.kind).label),
        text=text,
        link=f"/slices/{row.pk}/drift/",
        tier=_PRESSING_TIER,
        now=now,
        workflow_id=row.workflow_id,
    )


def _record(verb: str, alert: DriftAlert, by: User | None, now: datetime) -> None:
    row = alert.slice
    audit.record(
        verb=verb,
        now=now,
        by=by,
        subject=("slice", row.pk, str(row)),
        workflow_id=row.workflow_id,
        data={
            "kind": str(Drift(alert.kind).label),
            "status": alert.status,
            "owner": alert.owner.name,
            "note": alert.note,
        },
    )
