"""One proposal as it goes over the wire: read, serialised once, answered with its ETag.

A snapshot is plain bytes, so that any number of requests that wait for the same proposal can be answered
from one.
"""

import json
from collections.abc import Collection
from typing import Any, NamedTuple
from uuid import UUID

from django.http import HttpResponse
from django.utils.http import parse_etags
from django.utils.translation import gettext as _

from apps.api.problems import Problem
from apps.proposals.resource import as_resource, etag, readable
from apps.proposals.states import Status

# What a client that polls without `?wait=` should leave between two looks at a pending proposal.
RETRY_SECONDS = 5


class Snapshot(NamedTuple):
    """A proposal at one moment: whose it is, its ETag, whether it still waits for an answer, and its JSON."""

    agent_id: int
    etag: str
    is_pending: bool
    content: bytes


def snapshots(proposal_ids: Collection[UUID]) -> dict[UUID, Snapshot]:
    """The snapshots of those that exist. One query."""
    return {
        row.pk: Snapshot(row.agent_id, etag(row), row.status == Status.PENDING, as_bytes(as_resource(row)))
        for row in readable().filter(pk__in=proposal_ids)
    }


def own(snapshot: Snapshot | None, agent_id: int) -> Snapshot:
    """The snapshot, if it is this agent's. Raises Problem: what belongs to others does not exist."""
    if snapshot is None or snapshot.agent_id != agent_id:
        raise not_found()
    return snapshot


def not_found() -> Problem:
    """The agent has no proposal of this id."""
    return Problem("not-found", _("There is no proposal with this id."))


def known_etags(if_none_match: str) -> frozenset[str]:
    """The versions a client holds, from its If-None-Match header."""
    return (
        frozenset(known.removeprefix("W/") for known in parse_etags(if_none_match))
        if if_none_match
        else frozenset()
    )


def is_known(snapshot: Snapshot, known: Collection[str]) -> bool:
    """Whether the client holds this very version already."""
    return snapshot.etag in known or "*" in known


def headers_of(snapshot: Snapshot) -> dict[str, str]:
    """What is told about the version, whether or not the client holds it."""
    headers = {"ETag": snapshot.etag, "Cache-Control": "private, no-cache"}
    if snapshot.is_pending:
        headers["Retry-After"] = str(RETRY_SECONDS)
    return headers


def answer(snapshot: Snapshot, known: Collection[str] = ()) -> HttpResponse:
    """200 with the resource, or 304 when the client holds it already."""
    if is_known(snapshot, known):
        return HttpResponse(status=304, headers=headers_of(snapshot))
    return as_json(snapshot.content, headers=headers_of(snapshot))


def as_bytes(value: Any) -> bytes:
    """Compact JSON in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def as_json(value: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> HttpResponse:
    """A JSON response; `value` may be serialised already. Kept nowhere on the way, unless headers say so."""
    content = value if isinstance(value, bytes) else as_bytes(value)
    headers = {"Cache-Control": "no-store", **(headers or {})}
    return HttpResponse(content, status=status, content_type="application/json", headers=headers)
