"""What may a rule ask for when its condition holds? Only more care, never less.

A rule may send a proposal to a person, put it higher in the matrix, ask for more or other people, hide values, or
refuse it. None can let anything act, take a person away or lower a cell: such words do not exist here.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from apps.registry.states import Consequence, Reversibility


@dataclass(frozen=True, slots=True)
class Effects:
    """What one rule asks for. `queue` and `compliance` are slugs of queues, `mask` names arguments.

    `consequence` and `reversibility` raise the cell to at least these. `compliance`: one of those who agree must be
    of that queue. `corroborated`: another agent has to have proposed the same lately, else a person decides. `refuse`
    is the sentence the agent is told.
    """

    review: bool = False
    queue: str = ""
    consequence: Consequence | None = None
    reversibility: Reversibility | None = None
    second_approver: bool = False
    compliance: str = ""
    corroborated: bool = False
    refuse: str = ""
    mask: tuple[str, ...] = ()
    blind: bool = False

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "Effects":
        """From JSON as `as_json` wrote it."""
        return cls(
            review=stored.get("review", False),
            queue=stored.get("queue", ""),
            consequence=Consequence(stored["consequence"]) if stored.get("consequence") else None,
            reversibility=Reversibility(stored["reversibility"]) if stored.get("reversibility") else None,
            second_approver=stored.get("second_approver", False),
            compliance=stored.get("compliance", ""),
            corroborated=stored.get("corroborated", False),
            refuse=stored.get("refuse", ""),
            mask=tuple(stored.get("mask", ())),
            blind=stored.get("blind", False),
        )

    def as_json(self) -> dict[str, Any]:
        """What it asks for, without what it does not."""
        written = {name: value for name, value in asdict(self).items() if value}
        return written | ({"mask": list(self.mask)} if self.mask else {})

    @property
    def is_empty(self) -> bool:
        return self == Effects()
