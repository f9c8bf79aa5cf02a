"""Who did it, as the audit log keeps it: a kind, an id and a name, none of them a foreign key."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Actor:
    """`kind` is person, agent or system; `id` is that one's key as text; `name` as it read then."""

    kind: str
    id: str
    name: str


class Acting(Protocol):
    """Anything that can act and be named: a User, an Agent."""

    @property
    def actor(self) -> Actor: ...


SYSTEM = Actor("system", "", "ReviewHub")
