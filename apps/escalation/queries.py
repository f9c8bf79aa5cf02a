"""Reads of escalation for health pages and the banner: a few indexed rows each."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count

from apps.escalation.models import AuditRun, EscalationRun, Incident
from apps.escalation.states import Finding

# An auditor that missed this many looks has stopped; one missed look is a restart.
MISSED_LOOKS = 3


@dataclass(frozen=True, slots=True)
class AuditState:
    """When the auditor last looked, and when it last found nothing broken; None: never."""

    looked_at: datetime | None
    clean_at: datetime | None
    found: dict[str, int]

    def has_stalled(self, now: datetime) -> bool:
        """Whether nobody is auditing any more."""
        return self.looked_at is None or self.looked_at < now - patience()

    def is_doubtful(self, now: datetime) -> bool:
        """Whether the promise has not been confirmed for too long, or never."""
        return self.clean_at is None or self.clean_at < now - patience()


def patience() -> timedelta:
    """How old the last look may be."""
    return MISSED_LOOKS * timedelta(seconds=settings.REVIEWHUB_AUDIT_SECONDS)


def audit_state() -> AuditState:
    """What the auditor said last. One query when the newest look was clean, else two."""
    newest = AuditRun.objects.order_by("-at").first()
    if newest is None:
        return AuditState(None, None, {})
    return state_after(newest.at, is_clean=newest.is_clean, found=newest.found)


def state_after(looked_at: datetime, *, is_clean: bool, found: dict[str, int]) -> AuditState:
    """The state after the newest look, which said this. No query when it was clean, else one."""
    if is_clean:
        return AuditState(looked_at, looked_at, found)
    clean_at = AuditRun.objects.filter(is_clean=True).order_by("-at").values_list("at", flat=True).first()
    return AuditState(looked_at, clean_at, found)


def oldest_overdue_step_seconds(now: datetime) -> float:
    """How late the step is that should have been looked at first; 0 when none is."""
    next_at = EscalationRun.objects.live().order_by("next_at").values_list("next_at", flat=True).first()
    return max(0.0, (now - next_at).total_seconds()) if next_at is not None else 0.0


def open_incidents() -> dict[str, int]:
    """{kind: how many are open}."""
    rows = Incident.objects.filter(closed_at__isnull=True).order_by()
    return dict(rows.values_list("kind").annotate(Count("id")))


def findings_of_last_audit(state: AuditState) -> dict[str, int]:
    """{finding: how many}, zeros included, for a metric that does not come and go."""
    return {finding.value: state.found.get(finding.value, 0) for finding in Finding}
