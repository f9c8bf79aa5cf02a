"""The figures of a back-test, as its row keeps them: what was counted, load by queue and hour, expected breaches."""

from collections.abc import Collection
from typing import Any
from zoneinfo import ZoneInfo

from apps.rulebook.answering import Book
from apps.rulebook.loads import days_between, load
from apps.rulebook.replaying import Replay, Side
from apps.rulebook.services import breaches, services, ways_of


def results(
    replay: Replay, *, before: Book, after: Book, workflow_ids: Collection[int], zone: ZoneInfo
) -> dict[str, Any]:
    """Everything the page shows, as JSON. Five queries."""
    found: dict[str, Any] = {
        "answered": replay.answered,
        "changed": replay.changed,
        "unasked": replay.unasked,
        "left_out": dict(replay.left_out),
        "kinds": dict(replay.kinds),
        "known": dict(replay.known),
        "first": replay.first,
        "last": replay.last,
        "zone": zone.key,
        "before": _counts(replay.before, before),
        "after": _counts(replay.after, after),
        "queues": {},
    }
    if replay.first is not None and replay.last is not None:
        found["queues"] = _queues(replay, workflow_ids, replay.first, replay.last, zone)
    return found


def _counts(side: Side, book: Book) -> dict[str, Any]:
    known: dict[str, dict[str, int]] = {}
    for (what, route), number in side.known.items():
        known.setdefault(what, {})[route] = number
    return {
        "routes": dict(side.routes),
        "people": {str(people): number for people, number in sorted(side.people.items())},
        "known": known,
        "audited": side.audited,
        "blind": side.blind,
        "hidden": side.hidden,
        "rules": [
            {
                "slug": rule.slug,
                "title": rule.title,
                "held": side.held[rule.slug],
                "failed": side.failed[rule.slug],
            }
            for rule in book.rules
        ],
    }


def _queues(
    replay: Replay, workflow_ids: Collection[int], first: int, last: int, zone: ZoneInfo
) -> dict[str, dict[str, Any]]:
    """{slug: what arrives in a queue on both sides}, for every queue in which something does on either."""
    sides = {"before": replay.before, "after": replay.after}
    slugs = sorted(replay.before.queues.keys() | replay.after.queues.keys())
    slas = {stream.sla for side in sides.values() for stream in side.arrivals}
    ways = ways_of(slugs, slas)
    did = services(workflow_ids, ways, since=first, until=last)
    days = days_between(first, last, zone)
    found: dict[str, dict[str, Any]] = {}
    for slug in slugs:
        service = did.get(slug)
        found[slug] = {
            "decided": service.decided if service else 0,
            "seconds_a_look": service.seconds_a_look if service else None,
        } | {
            name: _arriving(side, slug, days, zone)
            | {"breaches": breaches(side, slug, service, ways, since=first, until=last)}
            for name, side in sides.items()
        }
    return found


def _arriving(side: Side, queue: str, days: int, zone: ZoneInfo) -> dict[str, Any]:
    arrivals = (at for at, _sla, _looks in side.arrivals_in(queue))
    return {"tasks": side.queues[queue], "load": load(arrivals, days=days, zone=zone).as_json()}
