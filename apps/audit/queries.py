"""What the pages read from the audit log. It only grows: every list is a keyset page, never an offset."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from apps.audit.models import BEGINNING, Event, Seal, SealMark
from apps.audit.page_keys import moment_and_uuid, written_key
from apps.audit.reading import Reading

_EVENTS = Reading(Event)
PAGE = 50


@dataclass(frozen=True)
class Search:
    """What to look for; an empty field does not narrow. `until` is the first moment not wanted."""

    verb: str = ""
    actor: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Page:
    """`events` newest first; `older` is the key of the next page, empty on the last."""

    events: list[Event]
    older: str


@dataclass(frozen=True)
class SealPage:
    """`seals` newest first; `older` is the seal the next page begins below, 0 on the last.

    `newest` is the newest of all; `sent` is the number of the last one whose head was written to the file outside.
    """

    seals: list[Seal]
    older: int
    newest: Seal | None
    unsealed: int
    sent: int


def story(proposal_id: UUID) -> list[Event]:
    """Everything that happened to one proposal, in order."""
    return _EVENTS.all(
        "WHERE audit_event.proposal_id = %s ORDER BY audit_event.at, audit_event.id", [proposal_id]
    )


def seals(*, before: int | None = None, size: int = PAGE) -> SealPage:
    """One page of seals, and how the log stands."""
    rows = Seal.objects.defer("ids", "leaves").order_by("-number")
    newest = rows.first()
    found = list((rows.filter(number__lt=before) if before is not None else rows)[: size + 1])
    return SealPage(
        seals=found[:size],
        older=found[size - 1].number if len(found) > size else 0,
        newest=newest,
        unsealed=Event.objects.filter(pk__gt=newest.last_id if newest else BEGINNING).count(),
        sent=SealMark.objects.values_list("sent", flat=True).first() or 0,
    )


def happened_since(verb: str, *, subject: tuple[str, object], since: datetime) -> bool:
    """Whether this was done to the subject (kind, key) after `since`; over the verb's latest events only."""
    kind, key = subject
    return Event.objects.filter(verb=verb, at__gt=since, subject_kind=kind, subject_id=str(key)).exists()


def search(wanted: Search, *, before: str = "", size: int = PAGE, without: Collection[UUID] = ()) -> Page:
    """One page of matching events, newest first. `before` is the `older` of the page read last; events of the proposals
    in `without` are left out.
    """
    rows = _matching(wanted).order_by("-at", "-id")
    if without:
        rows = rows.exclude(proposal_id__in=without)
    key = moment_and_uuid(before)
    if key is not None:
        at, ident = key
        rows = rows.filter(Q(at__lt=at) | Q(id__lt=ident), at__lte=at)
    events = list(rows[: size + 1])
    older = written_key(events[size - 1].at, events[size - 1].id) if len(events) > size else ""
    return Page(events[:size], older)


def _matching(wanted: Search) -> QuerySet[Event]:
    rows = Event.objects.all()
    if wanted.verb:
        rows = rows.filter(verb=wanted.verb)
    if wanted.actor:
        rows = rows.filter(actor_name=wanted.actor)
    if wanted.subject:
        rows = rows.filter(_about(wanted.subject))
    if wanted.since:
        rows = rows.filter(at__gte=wanted.since)
    if wanted.until:
        rows = rows.filter(at__lt=wanted.until)
    return rows


def _about(text: str) -> Q:
    """`agent:7`, the id of a proposal or task, or the exact name of what belongs to no proposal."""
    kind, colon, key = text.partition(":")
    if colon and kind.isidentifier():
        return Q(subject_kind=kind, subject_id=key.strip())
    try:
        ident = UUID(text)
    except ValueError:
        return Q(subject_label=text, proposal_id__isnull=True) & ~Q(subject_label="")
    return Q(proposal_id=ident) | Q(subject_id=str(ident))
