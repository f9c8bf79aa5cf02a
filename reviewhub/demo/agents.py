"""The demo's agents: somebody proposes every half minute, and each proposal is followed to its end.

At most so many proposals are open at a time, so a demo left alone overnight is as it was in the evening.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import uuid4

import structlog

from reviewhub.client import Client, Refused, Seen
from reviewhub.demo import past
from reviewhub.demo.case import Case
from reviewhub.demo.conversation import follow, patiently

MOST_OPEN = 40
PACE = (20.0, 40.0)
# An agent that was refused altogether (suspended, key revoked) is left alone for so long.
_REST = 60.0

log = structlog.get_logger(__name__)


class Stopped(Exception):
    """Somebody wants the agents to stop."""


@dataclass
class Agents:
    """All agents of the demo. `credentials` is called whenever an agent needs its address and keys."""

    credentials: Callable[[], dict[str, Any]]
    random: Random = field(default_factory=Random)
    pace: tuple[float, float] = PACE
    stop: threading.Event = field(default_factory=threading.Event)
    _open: dict[str, threading.Thread] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self) -> None:
        """Propose and follow until `stop` is set."""
        try:
            for slug in self.credentials()["agents"]:
                self._take_up(slug)
            while True:
                self._pause(self.random.uniform(*self.pace))
                if self.open_count() < MOST_OPEN:
                    self._propose(self.random.choice(past.KINDS)(self.random))
        except Stopped:
            return

    def open_count(self) -> int:
        """How many proposals are being followed."""
        with self._lock:
            return len(self._open)

    def _take_up(self, slug: str) -> None:
        """Follow what this agent proposed before, and finish what was approved meanwhile."""
        try:
            with self._client(slug) as client:
                for status in ("pending", "approved"):
                    for resource in patiently(lambda: _newest(client, status), self._pause):  # noqa: B023
                        if status == "pending" or _is_unused(resource):
                            self._start(slug, Seen(resource, ""), None)
        except Refused as refusal:
            log.warning("agent_refused", agent=slug, problem=refusal.kind)

    def _propose(self, case: Case) -> None:
        """Send one case; whoever is refused gets a rest by the pace itself."""
        external_id = f"{case.agent}-{uuid4().hex[:12]}"
        body = case.body(external_id=external_id, now=_utc_now())
        try:
            with self._client(case.agent) as client:
                proposed = patiently(lambda: client.propose(body, idempotency_key=external_id), self._pause)
        except Refused as refusal:
            log.warning("agent_refused", agent=case.agent, problem=refusal.kind, detail=refusal.detail)
            if refusal.is_about_the_key:
                self._pause(_REST)
            return
        self._start(case.agent, Seen(proposed.resource, ""), case)

    def _start(self, slug: str, seen: Seen, case: Case | None) -> None:
        """One thread a proposal: nearly all of its time it waits for people. It must not keep us from stopping."""
        proposal_id = seen.resource["id"]
        thread = threading.Thread(target=self._follow, args=(slug, seen, case), daemon=True)
        with self._lock:
            self._open[proposal_id] = thread
        thread.start()

    def _follow(self, slug: str, seen: Seen, case: Case | None) -> None:
        random = Random(seen.resource["id"])  # noqa: S311  (a story, not a secret)
        try:
            with self._client(slug) as client:
                follow(client, seen, case=case, random=random, pause=self._pause)
        except Refused as refusal:
            # Revoked, suspended, expired grant, reported before: the proposal's page tells the story.
            log.info("agent_refused", agent=slug, problem=refusal.kind, detail=refusal.detail)
        except Stopped:
            pass
        finally:
            with self._lock:
                self._open.pop(seen.resource["id"], None)

    def _client(self, slug: str) -> Client:
        content = self.credentials()
        return Client(content["url"], content["agents"][slug]["key"])

    def _pause(self, seconds: float) -> None:
        if self.stop.wait(seconds):
            raise Stopped


def _newest(client: Client, status: str) -> list[dict[str, Any]]:
    """The newest proposals of the calling agent with this status: more than can be open at a time."""
    found: list[dict[str, Any]] = client.listed(status=status, limit=MOST_OPEN * 2)["items"]
    return found


def _is_unused(resource: dict[str, Any]) -> bool:
    """Whether it has a grant that nobody used and that may still be alive."""
    grant = resource["grant"]
    return grant is not None and grant["redeemed_at"] is None and grant["expires_at"] > _utc_now().isoformat()


def _utc_now() -> datetime:
    return datetime.now(UTC)
