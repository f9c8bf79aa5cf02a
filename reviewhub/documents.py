"""Documents made from the code, so that they cannot say anything else: `docs/states.md`, `docs/rules.md`.

The pictures are Mermaid text, which code hosts draw. `make check` compares what is committed with what the code says.
"""

from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path

from django.conf import settings

from apps.proposals.states import TRANSITIONS, Status
from apps.reviews.states import MOVES as TASK_MOVES
from apps.reviews.states import TaskStatus
from apps.routing.rules.effects import Effects
from apps.routing.rules.names import NAMES
from apps.sla.states import MOVES as CLOCK_MOVES
from apps.sla.states import CycleStatus

Edge = tuple[str, str, str]


def generated() -> dict[Path, str]:
    """{path: content} of every generated document."""
    docs = settings.BASE_DIR / "docs"
    return {docs / "states.md": _states(), docs / "rules.md": _rules()}


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


_RULES = """# Rules

Made from the code by `make docs`. A rule belongs to a policy version, beside the matrix. It has a condition,
`when`, and what it asks for, `then`. All rules of a version are asked about every proposal that comes in, in
their order, and again about what a person wants to do instead. Rules only ask for more care: none can let an
action through, take a person away or lower a cell.

```yaml
policies:
  - workflow: orders
    reason: Large refunds go to finance
    matrix: …
    rules:
      - name: large-refund
        title: Large refunds
        when: action.name == "refund" && impact.amount > 500
        then: {{queue: finance, second_approver: true}}
```

## Conditions

Conditions are written in [CEL](https://cel.dev), the Common Expression Language: `==`, `<`, `in`, `&&`, `||`,
`!`, `has(args.x)`, `args.country in ["NL", "BE"]`, `run.tools.exists(tool, tool == "search")`,
`agent.model.startsWith("x")`. Names and types are checked when a condition is written. Whole numbers and
fractions may be mixed.

A condition that cannot be answered (it needs an amount nobody stated, or an argument that is missing) counts
as: a person decides. An incident names the rule, once, until somebody has mended it. Ask `impact.has_amount` or
`has(args.x)` first where a value may be missing. So counts an answer that is neither yes nor no, such as an
argument that turns out to be a text.

Text that agents write for people (summary, rationale, evidence) has no name here: it cannot steer what happens.

## Names

| name | is a | means |
|---|---|---|
{names}

## What a rule may ask for

| `then` | means |
|---|---|
{effects}
"""

_EFFECTS = {
    "review": "a person decides, whatever the slice has earned",
    "queue": "the task goes to this queue; of several rules the first that names one counts",
    "consequence": "it counts as at least this: low, moderate, high, critical",
    "reversibility": "it counts as at most this: reversible, compensable, irreversible",
    "second_approver": "two people must agree",
    "compliance": "two people must agree, the second from this queue",
    "corroborated": "a person decides, unless another agent proposed the same on its subject in the last 24 hours",
    "refuse": "it is refused with this sentence, and nothing is stored",
    "mask": "these arguments are hidden as if their schema marked them sensitive",
    "blind": "whoever looks says first, without the agent's choice, what they would do",
}


def _rules() -> str:
    names = "\n".join(f"| `{one.name}` | {one.kind.value} | {one.help} |" for one in NAMES)
    effects = "\n".join(f"| `{one.name}` | {_EFFECTS[one.name]} |" for one in fields(Effects))
    return _RULES.format_map({"names": names, "effects": effects})


def _section(
    title: str, says: str, states: Iterable[object], edges: list[Edge], *, starts: tuple[str, ...]
) -> str:
    labels = "\n".join(f"| `{state.value}` | {state.label} |" for state in states)  # type: ignore[attr-defined]
    arrows = "\n".join(f"    {old} --> {new}: {verb}" for old, new, verb in sorted(edges))
    begins = "\n".join(f"    [*] --> {start}" for start in starts)
    table = f"| state | means |\n|---|---|\n{labels}\n"
    return f"## {title}\n\n{says}\n\n{table}\n```mermaid\nstateDiagram-v2\n{begins}\n{arrows}\n```\n"
