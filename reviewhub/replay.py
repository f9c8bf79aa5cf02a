"""Plays proposals from a file through the HTTP API, one line after the other, and keeps count.

A line is the body of `POST /proposals`. What is wrong with one line is told with its number and does not
touch the others. The idempotency key is made from the line's `external_id`: playing a file again changes
nothing.
"""

import hashlib
import json
import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from reviewhub.client import Client, Proposed, Refused, Unavailable

# A server that is starting or busy gets about half a minute before the replay gives up.
_PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
_LONGEST_PAUSE = 60.0


class BadLine(ValueError):
    """The line is no JSON object that could be sent; the text says why."""


@dataclass(slots=True)
class Tally:
    """What came of the lines played so far; `seconds` has the time to each answer."""

    accepted: int = 0
    replayed: int = 0
    bad_lines: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)

    def percentile(self, share: float) -> float:
        """The time within which this share of the answers came (nearest rank), in seconds; 0 without any."""
        ordered = sorted(self.seconds)
        return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else 0.0

    def summary(self) -> list[str]:
        """Lines for the person at the terminal."""
        told = [f"accepted  {self.accepted}" + (f" (+ {self.replayed} sent before)" if self.replayed else "")]
        told += [f"refused   {count} {kind}" for kind, count in sorted(self.refused.items())]
        told += [f"bad lines {self.bad_lines}"] if self.bad_lines else []
        if self.seconds:
            p50, p95 = (self.percentile(share) * 1000 for share in (0.5, 0.95))
            told.append(f"latency   p50 {p50:.0f} ms, p95 {p95:.0f} ms over {len(self.seconds)} answers")
        return told


def lines(path: Path, limit: int | None = None) -> Iterator[tuple[int, bytes]]:
    """(number from 1, content) of the lines that are not blank, at most `limit` of them."""
    with path.open("rb") as file:
        for played, numbered in enumerate(_filled(file)):
            if played == limit:
                return
            yield numbered


def idempotency_key(external_id: str) -> str:
    """The key under which a line is sent, whenever and however often it is played."""
    return f"replay-{hashlib.sha256(external_id.encode(errors='surrogatepass')).hexdigest()[:40]}"


def play(
    client: Client,
    numbered: Iterator[tuple[int, bytes]],
    *,
    tally: Tally,
    per_second: float | None,
    tell: Callable[[str], None],
) -> None:
    """Send the lines in order, at most `per_second` of them each second, and count the answers in `tally`.

    Raises Unavailable when the server stays away, and Refused when it does not take the key at all.
    """
    started = time.monotonic()
    for position, (number, content) in enumerate(numbered):
        if per_second is not None:
            time.sleep(max(0.0, started + position / per_second - time.monotonic()))
        try:
            _play_one(client, content, tally)
        except ValueError as problem:
            tally.bad_lines += 1
            tell(f"line {number}: {problem}")
        except Refused as problem:
            if problem.is_about_the_key:
                raise
            tally.refused[problem.kind] += 1
            tell(f"line {number}: {problem.kind}: {problem}")


def _filled(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    return ((number, line) for number, line in enumerate(file, start=1) if line.strip())


def _play_one(client: Client, content: bytes, tally: Tally) -> None:
    body = _body(content)
    key = idempotency_key(body["external_id"])
    began = time.monotonic()
    try:
        answer = _send(client, body, key)
    finally:
        tally.seconds.append(time.monotonic() - began)
    if answer.is_replay:
        tally.replayed += 1
    else:
        tally.accepted += 1


def _body(content: bytes) -> dict[str, Any]:
    """The request body on this line. Raises BadLine."""
    try:
        body = json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise BadLine(f"not UTF-8 (byte {error.start})") from error
    except (ValueError, RecursionError) as error:
        raise BadLine(f"not JSON: {error}") from error
    if not isinstance(body, dict):
        raise BadLine("not an object")
    external_id = body.get("external_id")
    if not isinstance(external_id, str) or not external_id:
        raise BadLine("external_id is missing")
    return body


def _send(client: Client, body: dict[str, Any], key: str) -> Proposed:
    """Send until there is an answer; the same key makes that safe. Raises Unavailable in the end."""
    for pause in _PAUSES:
        try:
            return client.propose(body, idempotency_key=key)
        except Unavailable as problem:
            time.sleep(min(max(pause, problem.after or 0), _LONGEST_PAUSE))
    return client.propose(body, idempotency_key=key)
