"""What must every page say at its top? Whether everything is halted, and whether the auditor vouches for the promise.

Both come with one query of one row, the registry's revision, so that a page costs no more for it; with the revision the
page also knows which halts kept by its process still hold.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Subquery
from django.db.models.functions import JSONObject

from apps.escalation.models import AuditRun
from apps.escalation.queries import AuditState, audit_state, state_after
from apps.halts.models import Halt
from apps.halts.states import HaltScope
from apps.registry.models import Revision


@dataclass(frozen=True, slots=True)
class HaltOfEverything:
    """Who stopped everything, when and why."""

    by_name: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PageTop:
    """What is true now; `revision` is None while nothing is registered, and so nothing halted."""

    audit: AuditState
    revision: UUID | None
    everything: HaltOfEverything | None


def page_top() -> PageTop:
    """One query when the newest look was clean, else two."""
    newest = AuditRun.objects.order_by("-at").values(
        said=JSONObject(at="at", is_clean="is_clean", found="found")
    )
    halted = (
        Halt.objects.standing()
        .filter(scope=HaltScope.EVERYTHING)
        .values(said=JSONObject(by_name="by_name", reason="reason", at="at"))
    )
    row = (
        Revision.objects.annotate(audit=Subquery(newest[:1]), halted=Subquery(halted[:1]))
        .values_list("value", "audit", "halted")
        .first()
    )
    if row is None:
        return PageTop(audit_state(), None, None)
    revision, audit, everything = row
    return PageTop(_audit(audit), revision, _halted(everything))


def _audit(said: dict[str, Any] | None) -> AuditState:
    if said is None:
        return AuditState(None, None, {})
    return state_after(datetime.fromisoformat(said["at"]), is_clean=said["is_clean"], found=said["found"])


def _halted(said: dict[str, Any] | None) -> HaltOfEverything | None:
    return HaltOfEverything(**said | {"at": datetime.fromisoformat(said["at"])}) if said else None
