"""What pages and other apps read about slices."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from apps.accounts.models import User
from apps.accounts.policies import why_not
from apps.audit.models import Event
from apps.audit.page_keys import moment_and_number, written_key
from apps.registry.models import ActionType, Agent, Workflow
from apps.trust.missing import missing, progress
from apps.trust.models import (
    LedgerEntry,
    Recommendation,
    Signature,
    Slice,
    Standing,
    TrustEvent,
)
from apps.trust.policies import check_decline, check_ratify
from apps.trust.showing import (
    Agreement,
    Alarm,
    BandRow,
    Calibration,
    agreement_of,
    alarm_of,
    band_rows,
    calibration_of,
)
from apps.trust.signing import Figures, figures_of
from apps.trust.states import Divergence, RecommendationStatus, Source
from apps.trust.statistics import alarm, evidence
from apps.trust.terms import rules_of, terms_of

PAGE = 20
_HISTORY = 50
_COMPARED = 500
_LATER = (Source.OUTCOME, Source.VETO)
_FIELDS = 4


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """`entries` newest first; `older` is the key of the next page, empty on the last one."""

    entries: list[LedgerEntry]
    older: str


def slices_of(agent: Agent, action_types: Iterable[ActionType]) -> dict[tuple[int, str], Slice]:
    """{(action type id, segment): slice} of one agent, for those that exist. One query."""
    wanted = {action_type.pk for action_type in action_types}
    found = Slice.objects.filter(agent=agent, action_type_id__in=wanted)
    return {(row.action_type_id, row.segment): row for row in found}


def slices_in(workflows: QuerySet[Workflow]) -> list[Slice]:
    """The slices of these workflows, by workflow and title."""
    rows = Slice.objects.filter(workflow__in=workflows).select_related("workflow", "action_type", "agent")
    return list(rows.order_by("workflow__name", "action_type__title", "segment", "agent__name", "pk"))


def ledger_page(row: Slice, *, before: str = "") -> LedgerPage:
    """One page of a slice's ledger. `before` is the `older` of the page read last; anything else is the start."""
    return _page(LedgerEntry.objects.filter(slice=row), before, PAGE)


def later_page(row: Slice, *, before: str = "", most: int = PAGE) -> LedgerPage:
    """The same of what became true later: outcomes that were reported, and actions that people stopped."""
    return _page(LedgerEntry.objects.filter(slice=row, source_kind__in=_LATER), before, most)


def _page(entries: QuerySet[LedgerEntry], before: str, most: int) -> LedgerPage:
    entries = entries.select_related("agent_version").order_by("-at", "-id")
    key = moment_and_number(before)
    if key is not None:
        at, number = key
        entries = entries.filter(Q(at__lt=at) | Q(id__lt=number), at__lte=at)
    found = list(entries[: most + 1])
    last = found[most - 1] if len(found) > most else None
    return LedgerPage(found[:most], written_key(last.at, last.pk) if last else "")


def stage_moves(row: Slice) -> list[Event]:
    """Every change of the slice's stage with who and why, the newest first."""
    events = Event.objects.filter(subject_kind="slice", subject_id=str(row.pk))
    return list(events.filter(verb__in=["slice.created", "slice.stage_changed"]).order_by("-at"))


@dataclass(frozen=True, slots=True)
class Limits:
    """The numbers that move a slice: `fewest` right decisions in a row certify it at the first attempt."""

    target_percent: float
    fewest: int
    useful_percent: float
    useful_fewest: int
    shadow_days: int
    resumes_after: int
    demotes_after: int
    audits: int
    audit_days: int
    start_over: int


@dataclass(frozen=True, slots=True)
class Compared:
    """How often people did something of this kind; `fields` are the arguments they changed most."""

    kind: Divergence
    n: int
    percent: float
    fields: list[str]


@dataclass(frozen=True, slots=True)
class Shown:
    """A standing with everything its page shows. `why_not_sign` is empty when this person may sign."""

    standing: Standing
    bands: list[BandRow]
    alarm: Alarm | None
    agreement: Agreement | None
    calibration: Calibration | None
    missing: str
    progress: float | None
    recommendation: Recommendation | None
    figures: Figures | None
    signatures: list[Signature]
    why_not_sign: str
    why_not_decline: str


def shown_standings(row: Slice, *, by: User, now: datetime, most: int = 3) -> list[Shown]:
    """The newest versions in this slice, the newest first."""
    standings = Standing.objects.filter(slice=row).select_related("agent_version").order_by("-changed_at")
    return [_shown(standing, row, by, now) for standing in standings[:most]]


def limits(row: Slice) -> Limits:
    """What moves this slice up and down by its criteria as they are now."""
    rules, terms = rules_of(row), terms_of(row)
    return Limits(
        target_percent=100 * rules.alpha,
        fewest=evidence.clean_needed(0, 0, error=terms.tested, needed=terms.need(1)),
        useful_percent=100 * rules.useful_error,
        useful_fewest=evidence.clean_needed(0, 0, error=rules.useful_error, needed=rules.useful_need),
        shadow_days=rules.shadow_days,
        resumes_after=alarm.right_to_resume(alarm.UP, error=terms.tested, resume_after=rules.resume_after),
        demotes_after=alarm.mistakes_to_demote(rules.alarm_level),
        audits=rules.thin_audits,
        audit_days=rules.thin_days,
        start_over=rules.start_over_every,
    )


def comparisons(row: Slice) -> list[Compared]:
    """How what people did lately differs from what was proposed, by kind, the most frequent first. One query."""
    entries = LedgerEntry.objects.filter(slice=row).exclude(divergence="").order_by("-at", "-pk")
    lately = list(entries.values_list("divergence", "differing")[:_COMPARED])
    kinds = Counter(kind for kind, _fields in lately)
    return [
        Compared(
            kind=Divergence(kind),
            n=n,
            percent=100 * n / len(lately),
            fields=[
                name
                for name, _times in Counter(
                    name for other, names in lately if other == kind for name in names
                ).most_common(_FIELDS)
            ],
        )
        for kind, n in kinds.most_common()
    ]


def history(row: Slice) -> list[TrustEvent]:
    """What moved in this slice, the newest first, at most fifty."""
    events = TrustEvent.objects.filter(slice=row).select_related("agent_version")
    return list(events.order_by("-at", "-pk")[:_HISTORY])


def _shown(standing: Standing, row: Slice, by: User, now: datetime) -> Shown:
    standing.slice = row
    found = standing.recommendations.filter(status=RecommendationStatus.OPEN).first()
    signatures = list(found.signatures.select_related("by").order_by("pk")) if found else []
    return Shown(
        standing=standing,
        bands=band_rows(standing),
        alarm=alarm_of(standing) if standing.running else None,
        agreement=agreement_of(standing),
        calibration=calibration_of(standing),
        missing=missing(standing, now=now),
        progress=progress(standing),
        recommendation=found,
        figures=figures_of(found, standing, signed=len(signatures)) if found else None,
        signatures=signatures,
        why_not_sign=why_not(check_ratify, found, row, by=by, now=now) if found else "",
        why_not_decline=why_not(check_decline, found, row, by=by, reason="-") if found else "",
    )
