"""Documents made from the code, so that they cannot say anything else: `docs/states.md`.

The pictures are Mermaid text, which code hosts draw. `make check` compares what is committed with what the code says.
"""

from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

from apps.proposals.states import TRANSITIONS, Status
from apps.reviews.states import MOVES as TASK_MOVES
from apps.reviews.states import TaskStatus
from apps.sla.states import MOVES as CLOCK_MOVES
from apps.sla.states import CycleStatus

Edge = tuple[str, str, str]


def generated() -> dict[Path, str]:
    """{path: content} of every generated document."""
    return {settings.BASE_DIR / "docs" / "states.md": _states()}


def _states() -> str:
    proposals = [(before.value, after.value, verb) for verb, (before, after) in TRANSITIONS.items()]
    tasks = [(old.value, move.after.value, verb) for verb, move in TASK_MOVES.items() for old in move.before]
    clocks = [
        (old.value, new.value, verb)
        for verb, move in CLOCK_MOVES.items()
        for old in move.before
        for new in move.after
        if old != new
    ]
    sections = [
        "# States\n\nMade from the transition tables by `make docs`. The database refuses every other move.\n",
        _section(
            "Proposal",
            "What the agent is told. Anything but `approved` means: do not act. In shadow it begins and ends"
            " `recorded`.",
            Status,
            proposals,
            starts=("pending", "recorded"),
        ),
        _section("Task", "A unit of human work on a proposal.", TaskStatus, tasks, starts=("open",)),
        _section(
            "Clock cycle",
            "One target of one proposal: claim, decide or result.",
            CycleStatus,
            clocks,
            starts=("running",),
        ),
    ]
    return "\n".join(sections)


def _section(
    title: str, says: str, states: Iterable[object], edges: list[Edge], *, starts: tuple[str, ...]
) -> str:
    labels = "\n".join(f"| `{state.value}` | {state.label} |" for state in states)  # type: ignore[attr-defined]
    arrows = "\n".join(f"    {old} --> {new}: {verb}" for old, new, verb in sorted(edges))
    begins = "\n".join(f"    [*] --> {start}" for start in starts)
    table = f"| state | means |\n|---|---|\n{labels}\n"
    return f"## {title}\n\n{says}\n\n{table}\n```mermaid\nstateDiagram-v2\n{begins}\n{arrows}\n```\n"
