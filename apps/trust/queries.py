"""What pages and other apps read about slices."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Q, QuerySet

from apps.audit.models import Event
from apps.registry.models import ActionType, Agent, Workflow
from apps.trust.models import LedgerEntry, Slice

PAGE = 50


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """`entries` newest first; `older` is the key of the next page, empty on the last one."""

    entries: list[LedgerEntry]
    older: str


def slices_of(agent: Agent, action_types: Iterable[ActionType], segment: str = "all") -> dict[int, Slice]:
    """{action type id: slice} of one agent, for those that exist. One query."""
    wanted = [action_type.pk for action_type in action_types]
    found = Slice.objects.filter(agent=agent, segment=segment, action_type_id__in=wanted)
    return {row.action_type_id: row for row in found}


def slices_in(workflows: QuerySet[Workflow]) -> list[Slice]:
    """The slices of these workflows, by workflow and title."""
    rows = Slice.objects.filter(workflow__in=workflows).select_related("workflow", "action_type", "agent")
    return list(rows.order_by("workflow__name", "action_type__title", "segment", "agent__name", "pk"))


def ledger_page(row: Slice, *, before: str = "") -> LedgerPage:
    """One page of a slice's ledger. `before` is the `older` of the page read last; anything else is the start."""
    entries = LedgerEntry.objects.filter(slice=row).select_related("agent_version").order_by("-at", "-id")
    key = _parse_key(before)
    if key is not None:
        at, number = key
        entries = entries.filter(Q(at__lt=at) | Q(id__lt=number), at__lte=at)
    found = list(entries[: PAGE + 1])
    last = found[PAGE - 1] if len(found) > PAGE else None
    return LedgerPage(found[:PAGE], f"{last.at.isoformat()}~{last.pk}" if last else "")


def stage_moves(row: Slice) -> list[Event]:
    """Every change of the slice's stage with who and why, the newest first."""
    events = Event.objects.filter(subject_kind="slice", subject_id=str(row.pk))
    return list(events.filter(verb__in=["slice.created", "slice.stage_changed"]).order_by("-at"))


def _parse_key(text: str) -> tuple[datetime, int] | None:
    moment, _tilde, number = text.partition("~")
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC), int(number)
