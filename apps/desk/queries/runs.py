"""The run behind a proposal, as its agent tells it: what it called, what failed, how long it took, what it cost."""

from dataclasses import dataclass
from typing import Any

from apps.costs.models import Account
from apps.desk.queries.sight import Sight
from apps.desk.templatetags.desk_values import money
from apps.desk.texts.instructions import Finding
from apps.desk.texts.links import Link, link
from apps.desk.texts.told import Told, findings_of
from apps.proposals.models import Proposal


@dataclass(frozen=True, slots=True)
class Call:
    """One tool call. `share` is how much of the longest call's time it took, from 0 to 100."""

    number: int
    name: Told
    ok: bool
    ms: int | None
    share: int


@dataclass(frozen=True, slots=True)
class Run:
    """The run; what the agent did not tell is empty or None. `seconds` is how long it took, by itself or its calls."""

    id: Told
    external_id: Told
    trace_id: Told
    trace: Link | None
    trace_text: Told
    step: int | None
    cost: str
    tokens: int | None
    seconds: float | None
    calls: list[Call]

    @property
    def failed(self) -> int:
        """How many calls failed."""
        return sum(not call.ok for call in self.calls)

    @property
    def findings(self) -> list[Finding]:
        """What is odd about any of its texts."""
        names = [call.name for call in self.calls]
        return findings_of(self.id, self.external_id, self.trace_id, self.trace_text, *names)


def run(proposal: Proposal, seen: Sight) -> Run:
    """The run of a proposal as this person sees it. One query where it tells a cost."""
    told = proposal.run
    calls: list[dict[str, Any]] = told.get("tool_calls") or []
    longest = max((call.get("ms") or 0 for call in calls), default=0)
    took = told.get("duration_ms")
    if took is None and any(call.get("ms") is not None for call in calls):
        took = sum(call.get("ms") or 0 for call in calls)
    address = seen.text(told.get("trace_url") or "")
    trace = link(address)
    return Run(
        id=seen.told(told.get("id") or ""),
        external_id=seen.told(proposal.external_id),
        trace_id=seen.told(told.get("trace_id") or ""),
        trace=trace,
        trace_text=seen.told("" if trace else address),
        step=told.get("step"),
        cost=cost_in_words(proposal, told.get("cost")),
        tokens=told.get("tokens"),
        seconds=None if took is None else took / 1000,
        calls=[
            Call(
                number,
                seen.told(call["name"]),
                bool(call["ok"]),
                call.get("ms"),
                round(100 * (call.get("ms") or 0) / longest) if longest else 0,
            )
            for number, call in enumerate(calls, 1)
        ],
    )


def cost_in_words(proposal: Proposal, cost: Any) -> str:
    """A cost an agent reported, with the one currency its workflow counts in, where one is known; empty for none."""
    if not cost:
        return ""
    currency = Account.objects.filter(pk=proposal.workflow_id).values_list("currency", flat=True).first()
    return f"{money(cost)} {currency or ''}".strip()
