"""The cases behind a figure, a page at a time, the newest first. Reads as many rows as the page shows."""

import heapq
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q

from apps.audit.models import Event
from apps.proposals.models import Proposal
from apps.quality.models import CountedCase
from apps.quality.states import Came

_PAGE = 50
VERSIONS = ("agent", "policy")


@dataclass(frozen=True, slots=True)
class Listed:
    """One case: its row, its proposal if there is one, and else what the audit log says of it."""

    row: CountedCase
    proposal: Proposal | None
    event: Event | None


@dataclass(frozen=True, slots=True)
class CasePage:
    """A page of cases; `older` is the key of the next one, empty at the end."""

    cases: list[Listed]
    older: str


def listed(
    workflow_id: int,
    came: Collection[Came],
    *,
    between: tuple[date, date],
    after: str = "",
    of_version: tuple[str, int] | None = None,
    without: Collection[UUID] = (),
) -> CasePage:
    """The cases of a workflow to which any of these came, after the key of an earlier page. `without` are proposals
    the reader must not learn of now. `of_version` is one of `VERSIONS` and the key of a version.
    """
    rows = CountedCase.objects.filter(workflow_id=workflow_id, day__range=between)
    if of_version is not None:
        kind, version_id = of_version
        rows = rows.filter(**{f"{kind}_version_id": version_id})
    key = _read(after)
    if key is not None:
        on, number = key
        rows = rows.filter(Q(day__lt=on) | Q(day=on, pk__lt=number), day__lte=on)
    rows = rows.order_by("-day", "-pk")
    # Each by its own stretch of the index.
    parts = [list(rows.filter(came=one)[: _PAGE + 1]) for one in came]
    found = list(heapq.merge(*parts, key=lambda row: (row.day, row.pk), reverse=True))[: _PAGE + 1]
    some = found[:_PAGE]
    older = f"{some[-1].day.isoformat()}~{some[-1].pk}" if len(found) > _PAGE else ""
    return CasePage(_with_parts([row for row in some if row.proposal_id not in without]), older)


def _with_parts(rows: Sequence[CountedCase]) -> list[Listed]:
    proposals = Proposal.objects.in_bulk({row.proposal_id for row in rows if row.proposal_id})
    events = Event.objects.in_bulk({row.source for row in rows if row.source != row.proposal_id})
    return [
        Listed(row, proposals.get(row.proposal_id) if row.proposal_id else None, events.get(row.source))
        for row in rows
    ]


def _read(key: str) -> tuple[date, int] | None:
    """What a key says; None for the beginning, and for whatever is no key."""
    day, _tilde, number = key.partition("~")
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    try:
        return date.fromisoformat(day), int(number)
    except ValueError:
        return None
