"""What a page shows of a standing: the table of its bands, the alarm, and two pictures.

Only figures of the ledger and of `statistics`; nothing here decides. Coordinates of pictures are plain numbers in a box
of `WIDTH` x `HEIGHT`, around which the page leaves room for words, with shares from 50 to 100 % upwards and, for the
calibration, to the right.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from django.db.models import Count, Q
from django.utils.translation import ngettext

from apps.trust.controller import Terms
from apps.trust.drawing import drawn
from apps.trust.missing import right_to_resume
from apps.trust.models import LedgerEntry, Standing
from apps.trust.states import Feeds, Source
from apps.trust.statistics import alarm, calibration, evidence, weighing
from apps.trust.terms import terms_of

WIDTH, HEIGHT = 600, 200
_POINTS = 60
_LEAST_POINT, _MOST_POINT = 4, 16
_LATEST = 5000
# How much worse than the target a slice has to become for the page's "if it turned bad".
_TURNED = 2


@dataclass(frozen=True, slots=True)
class BandRow:
    """One line of the table: what was checked, what that proves, what is missing. Errors are in percent."""

    label: str
    n: int
    k: int
    error_percent: float | None
    passes: bool
    is_last_running: bool
    needs: str


@dataclass(frozen=True, slots=True)
class Alarm:
    """How the alarm stands. `expected_wrong` actions run, on average, if it turned twice as bad as its target.

    `wrong` are mistakes that audits found; `vetoes` and `reported` raised the alarm as well.

    `error_percent`: what runs is wrong at most so often, by its audits alone, each weighted by its chance; None while
    they prove nothing.
    """

    value: float
    is_paused: bool
    right_to_resume: int
    resumes_after_one: int
    audit_percent: float
    audited: int
    wrong: int
    vetoes: int
    reported: int
    error_percent: float | None
    expected_wrong: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement and its confidence sequence over counted decisions, for a picture. Points are `x,y x,y …`."""

    line: str
    band: str
    target_y: float
    last_x: float
    n: int
    agreement_percent: float
    low_percent: float
    high_percent: float
    target_percent: float


@dataclass(frozen=True, slots=True)
class Stated:
    """Stated confidences between which the same share of `n` was right, in percent; its point in the picture.

    `size` of the point is in pixels of the page, by how many they are of the most.
    """

    low_percent: float
    high_percent: float
    right_percent: float
    n: int
    x: float
    y: float
    size: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the agent says and what is, for a picture; `steps` say the same in words."""

    line: str
    steps: list[Stated]
    says_percent: float
    is_percent: float
    n: int


def band_rows(standing: Standing) -> list[BandRow]:
    """Pooled regions at or above each threshold that is tested or runs; below what runs each band by itself."""
    terms, earned = terms_of(standing.slice), standing.earned
    rows = []
    for index, edge in enumerate(terms.edges):
        is_pooled = not earned.running or index < earned.running
        first = 0 if is_pooled else index
        n, k = sum(earned.n[first : index + 1]), sum(earned.k[first : index + 1])
        upper = "" if is_pooled else f"{terms.edges[index - 1]:.2f}"
        rows.append(
            _row(
                label=f"≥ {edge:.2f}" if is_pooled else f"{edge:.2f}-{upper}",
                n=n,
                k=k,
                terms=terms,
                needed=terms.need(earned.attempt),
                is_last_running=index + 1 == earned.running,
            )
        )
    return rows


def alarm_of(standing: Standing) -> Alarm:
    """The alarm of what runs. Two queries."""
    earned, terms = standing.earned, terms_of(standing.slice)
    rules = terms.movement
    rate = rules.audit_rate(earned.audited)
    raised = LedgerEntry.objects.filter(
        slice_id=standing.slice_id,
        agent_version_id=standing.agent_version_id,
        feeds=Feeds.ALARM,
        wrong=True,
        at__gte=standing.promoted_at or standing.created_at,
    )
    found = raised.aggregate(
        wrong=Count("pk", filter=Q(is_counted=True)),
        vetoes=Count("pk", filter=Q(source_kind=Source.VETO)),
        reported=Count("pk", filter=Q(is_counted=False) & ~Q(source_kind=Source.VETO)),
    )
    return Alarm(
        value=round(earned.alarm, 2),
        is_paused=earned.is_paused,
        right_to_resume=right_to_resume(earned.alarm, terms),
        resumes_after_one=right_to_resume(alarm.UP, terms),
        audit_percent=rate * 100,
        audited=earned.audited,
        wrong=found["wrong"],
        vetoes=found["vetoes"],
        reported=found["reported"],
        error_percent=_audited_error(standing, terms),
        expected_wrong=round(
            alarm.expected_wrong(
                rate,
                error=terms.tested,
                turned=_TURNED * terms.alpha,
                level=rules.alarm_level,
                resume_after=rules.resume_after,
            )
        ),
    )


def _audited_error(standing: Standing, terms: Terms) -> float | None:
    """By the audits since the promotion. Their chances fall as the schedule says, whose last is known beforehand."""
    audits = drawn(standing, Feeds.ALARM, since=standing.promoted_at)
    upper = weighing.bound(audits, needed=1 / terms.delta, smallest=min(terms.movement.audit_rates))
    return 100 * evidence.true_error(upper, terms.misses) if upper < 1 else None


def agreement_of(standing: Standing) -> Agreement | None:
    """Agreement over the counted decisions of this attempt with its anytime-valid bounds; None before the first."""
    verdicts = [wrong for _stated, wrong in _counted(standing)][-sum(standing.n) :] if sum(standing.n) else []
    if not verdicts:
        return None
    terms, needed = terms_of(standing.slice), terms_of(standing.slice).need(standing.attempt)
    steps = sorted({max(1, round(len(verdicts) * step / _POINTS)) for step in range(1, _POINTS + 1)})
    shares, lows, highs = [], [], []
    for n in steps:
        k = sum(verdicts[:n])
        shares.append(1 - k / n)
        lows.append(1 - evidence.bound(n, k, needed=needed))
        highs.append(1 - evidence.lower_bound(n, k, needed=needed))
    xs = [WIDTH * n / len(verdicts) for n in steps]
    forth = _points(xs, highs)
    back = _points(xs[::-1], lows[::-1])
    return Agreement(
        line=_points(xs, shares),
        band=f"{forth} {back}",
        target_y=_y(1 - terms.tested),
        last_x=xs[-1],
        n=len(verdicts),
        agreement_percent=100 * shares[-1],
        low_percent=100 * lows[-1],
        high_percent=100 * highs[-1],
        target_percent=100 * (1 - terms.tested),
    )


def calibration_of(standing: Standing) -> Calibration | None:
    """The isotonic curve of the counted decisions; None before the first. For the eye: no threshold reads it."""
    decisions = _counted(standing)
    told = calibration.says_and_is(decisions)
    if told is None:
        return None
    points: list[str] = []
    steps: list[Stated] = []
    curve = calibration.isotonic(decisions)
    most = max(step.n for step in curve)
    for step in curve:
        y = _y(step.right)
        points += [f"{_x(step.low)},{y}", f"{_x(step.high)},{y}"]
        steps.append(
            Stated(
                100 * step.low,
                100 * step.high,
                100 * step.right,
                n=step.n,
                x=_x(step.stated),
                y=y,
                size=round(_LEAST_POINT + (_MOST_POINT - _LEAST_POINT) * sqrt(step.n / most), 1),
            )
        )
    return Calibration(" ".join(points), steps, 100 * told[0], 100 * told[1], len(decisions))


def _row(*, label: str, n: int, k: int, terms: Terms, needed: float, is_last_running: bool) -> BandRow:
    more = evidence.clean_needed(n, k, error=terms.tested, needed=needed)
    upper = evidence.true_error(evidence.bound(n, k, needed=needed), terms.misses) if n else None
    needs = ngettext("%(n)d more correct in a row", "%(n)d more correct in a row", more) % {"n": more}
    return BandRow(
        label=label,
        n=n,
        k=k,
        error_percent=None if upper is None else 100 * upper,
        passes=not more,
        is_last_running=is_last_running,
        needs="" if not more else needs,
    )


def _counted(standing: Standing) -> list[tuple[float, bool]]:
    """(stated confidence, wrong) of the latest decisions that feed the proof, in order."""
    entries = LedgerEntry.objects.filter(
        slice_id=standing.slice_id, agent_version_id=standing.agent_version_id, feeds=Feeds.PROOF
    )
    latest = entries.order_by("-at", "-pk").values_list("confidence", "wrong")[:_LATEST]
    return [(stated, bool(wrong)) for stated, wrong in reversed(latest)]


def _points(xs: Sequence[float], shares: Sequence[float]) -> str:
    return " ".join(f"{x:.1f},{_y(share):.1f}" for x, share in zip(xs, shares, strict=True))


def _y(share: float) -> float:
    return round(HEIGHT * (1 - _zoomed(share)), 1)


def _x(share: float) -> float:
    return round(WIDTH * _zoomed(share), 1)


def _zoomed(share: float) -> float:
    """Only the upper half is drawn: what is tested lies there."""
    return max(0.0, 2 * share - 1)
