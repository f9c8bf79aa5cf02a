"""What do the answers of two policies to many past proposals add up to? Pure: counts, and the moments of arrival.

A task is counted in the queue it is opened in; the look of a second person of another queue (`compliance`) is counted
there as a task of its own.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from heapq import merge
from typing import NamedTuple

from apps.routing.states import Route
from apps.rulebook.answering import Response
from apps.rulebook.states import Kind, Known, LeftOut


class Stream(NamedTuple):
    """What arrives in one queue under one SLA policy, for so many looks each."""

    queue: str
    sla: str
    looks: int


@dataclass(slots=True)
class Side:
    """What one policy answered. `known` counts routes by what is known of the action.

    `arrivals` are seconds since 1970, in no order. `held` and `failed` count rules by their slug; `audited` is what
    acts and is looked at afterwards.
    """

    routes: Counter[str] = field(default_factory=Counter)
    people: Counter[int] = field(default_factory=Counter)
    queues: Counter[str] = field(default_factory=Counter)
    known: Counter[tuple[str, str]] = field(default_factory=Counter)
    held: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    audited: int = 0
    blind: int = 0
    hidden: int = 0
    arrivals: dict[Stream, "array[int]"] = field(default_factory=dict)

    def add(self, answer: Response, known: Known, at: int) -> None:
        """Count one answer about a proposal that arrived `at` this second."""
        self.routes[answer.route.value] += 1
        if known:
            self.known[known.value, answer.route.value] += 1
        self.held.update(rule.slug for rule in answer.held)
        self.failed.update(rule.slug for rule in answer.failed)
        self.hidden += bool(answer.masked)
        self.audited += answer.audits_after
        if answer.route is Route.REVIEW:
            self.people[answer.people] += 1
            self.blind += answer.is_blind
            elsewhere = int(bool(answer.compliance))
            self._arrive(Stream(answer.queue, answer.sla, answer.people - elsewhere), at)
            if elsewhere:
                self._arrive(Stream(answer.compliance, answer.sla, 1), at)

    def arrivals_in(self, queue: str) -> Iterator[tuple[int, str, int]]:
        """(second, SLA policy, looks) of what arrives in a queue, in the order of arrival."""
        streams = sorted(stream for stream in self.arrivals if stream.queue == queue)
        return merge(*(_moments(stream, self.arrivals[stream]) for stream in streams))

    def _arrive(self, stream: Stream, at: int) -> None:
        self.queues[stream.queue] += 1
        self.arrivals.setdefault(stream, array("q")).append(at)


def _moments(stream: Stream, moments: Iterable[int]) -> Iterator[tuple[int, str, int]]:
    return ((at, stream.sla, stream.looks) for at in sorted(moments))


@dataclass(slots=True)
class Replay:
    """Both sides, and how they differ. `unasked` are proposals about which a rule asks whether another agent proposed
    the same, which nobody looked up when they came in: it counts as not.
    """

    before: Side = field(default_factory=Side)
    after: Side = field(default_factory=Side)
    kinds: Counter[str] = field(default_factory=Counter)
    known: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    changed: int = 0
    unasked: int = 0
    first: int | None = None
    last: int | None = None

    @property
    def answered(self) -> int:
        """How many proposals were answered by both."""
        return self.before.routes.total()

    def add(
        self,
        before: Response,
        after: Response,
        *,
        kinds: Iterable[Kind],
        known: Known,
        at: int,
        is_unasked: bool = False,
    ) -> None:
        """Count both answers about one proposal; `kinds` is how they differ (see `answering.differences`)."""
        self.before.add(before, known, at)
        self.after.add(after, known, at)
        found = list(kinds)
        self.kinds.update(kind.value for kind in found)
        self.changed += any(kind is not Kind.WRONG_ACTS for kind in found)
        self.unasked += is_unasked
        if known:
            self.known[known.value] += 1
        self._span(at, at)

    def leave_out(self, why: LeftOut) -> None:
        """Count a proposal that cannot be answered again."""
        self.left_out[why.value] += 1

    def _span(self, first: int, last: int) -> None:
        self.first = first if self.first is None else min(self.first, first)
        self.last = last if self.last is None else max(self.last, last)
