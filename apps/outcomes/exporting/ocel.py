"""An event log as OCEL 2.0 in JSON: events that concern several objects at once. Pure, but for a temporary file.

Objects are the cases, the proposals ReviewHub's own events tell about, and the resources. An event is *of* a case,
*about* a proposal, *by* a resource; a proposal *concerns* a case. Objects are known when all events were read, and
wait in a temporary file meanwhile. What is said of an object stands at 1970, as the standard has it for what lasts.
Source: A. Berti et al., OCEL (Object-Centric Event Log) 2.0 Specification, 2023.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from apps.outcomes.exporting.events import About, Happened

CASE, PROPOSAL, RESOURCE = "case", "proposal", "resource"
OBJECT_TYPES: Mapping[str, Mapping[str, str]] = {
    CASE: {"name": "string"},
    PROPOSAL: {
        "action": "string",
        "agent": "string",
        "agent_version": "string",
        "consequence": "string",
        "reversibility": "string",
        "confidence": "float",
        "stage": "string",
        "route": "string",
        "status": "string",
        "made_at": "time",
    },
    RESOURCE: {"name": "string"},
}
"""Types of objects, and of their attributes."""

_ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)
_IN_MEMORY = 4 * 1024 * 1024


def written(events: Iterable[Happened]) -> Iterator[str]:
    """The log piece by piece. The events of a case come one after the other."""
    activities: dict[str, None] = {}
    with SpooledTemporaryFile(_IN_MEMORY, "w+", encoding="utf-8") as aside:
        objects = _Objects(aside)
        yield '{"events": ['
        for number, event in enumerate(events):
            activities[event.activity] = None
            objects.meet(event)
            yield (",\n" if number else "\n") + _json(_event(event))
        yield '\n], "objects": ['
        aside.seek(0)
        yield from aside
        yield '\n], "eventTypes": ' + _json([_type(name, {"cost": "float"}) for name in activities])
        yield ', "objectTypes": ' + _json([_type(*one) for one in OBJECT_TYPES.items()]) + "}\n"


class _Objects:
    """Writes every object once, when it is first met. A case is over when the next begins: only resources are kept."""

    def __init__(self, aside: IO[str]) -> None:
        self._aside = aside
        self._resources: set[str] = set()
        self._case: str | None = None
        self._proposals: set[Any] = set()
        self._is_first = True

    def meet(self, event: Happened) -> None:
        if event.case != self._case:
            self._case = event.case
            self._proposals.clear()
            self._write(CASE, event.case, {"name": event.case})
        if event.resource and event.resource not in self._resources:
            self._resources.add(event.resource)
            self._write(RESOURCE, event.resource, {"name": event.resource})
        if event.about is not None and event.about.id not in self._proposals:
            self._proposals.add(event.about.id)
            self._write(PROPOSAL, event.about.id, _said(event.about), [(CASE, event.case, "concerns")])

    def _write(
        self,
        kind: str,
        name: object,
        attributes: Mapping[str, object],
        related: Sequence[tuple[str, object, str]] = (),
    ) -> None:
        row = {
            "id": _id(kind, name),
            "type": kind,
            "attributes": [
                {"name": key, "value": value, "time": _moment(_ALWAYS)} for key, value in attributes.items()
            ],
            "relationships": [_related(*one) for one in related],
        }
        self._aside.write(("\n" if self._is_first else ",\n") + _json(row))
        self._is_first = False


def _event(event: Happened) -> dict[str, Any]:
    related = [(CASE, event.case, "of")]
    by = [(RESOURCE, event.resource, "by")] if event.resource else []
    about = [(PROPOSAL, event.about.id, "about")] if event.about is not None else []
    return {
        "id": f"event:{event.key}",
        "type": event.activity,
        "time": _moment(event.at),
        "attributes": [{"name": "cost", "value": float(event.cost)}] if event.cost is not None else [],
        "relationships": [_related(*one) for one in chain(related, about, by)],
    }


def _said(about: About) -> dict[str, object]:
    found = {name: getattr(about, name) for name in OBJECT_TYPES[PROPOSAL]}
    return found | {"made_at": _moment(about.made_at)}


def _type(name: str, attributes: Mapping[str, str]) -> dict[str, Any]:
    return {"name": name, "attributes": [{"name": key, "type": kind} for key, kind in attributes.items()]}


def _related(kind: str, name: object, qualifier: str) -> dict[str, str]:
    return {"objectId": _id(kind, name), "qualifier": qualifier}


def _id(kind: str, name: object) -> str:
    return f"{kind}:{name}"


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
