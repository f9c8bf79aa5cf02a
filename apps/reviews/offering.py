"""Between what does somebody choose who must not know yet what the agent would do?

The proposed action and the agent's alternatives, each once, in an order that follows from a key nobody outside has, the
task and the person: it gives nothing away, stays the same when the page is loaded again, and two people on the same
task do not see the same one. An alternative to do nothing is not among them: that can always be picked. Pure.
"""

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

NOTHING = "nothing"
ELSE = "else"
_KEY_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Action:
    """An action that could be taken; `sha256` is its digest."""

    name: str
    args: dict[str, Any] | None
    sha256: str


@dataclass(frozen=True, slots=True)
class Option:
    """An action on the list. `key` is what a page sends to pick it, and means nothing anywhere else."""

    key: str
    action: Action


def options(actions: Iterable[Action], *, task_id: UUID, person: int, secret: bytes) -> list[Option]:
    """The actions as this person is offered them; the same action twice is offered once."""
    known: dict[str, Action] = {}
    for action in actions:
        if action.name:
            known.setdefault(action.sha256, action)
    offered = [
        Option(_key(secret, task_id, person, sha256), action) for sha256, action in sorted(known.items())
    ]
    return sorted(offered, key=lambda option: option.key)


def option_of(offered: Sequence[Option], key: str) -> Option | None:
    """The one with this key."""
    return next((option for option in offered if option.key == key), None)


def _key(secret: bytes, task_id: UUID, person: int, sha256: str) -> str:
    told = f"blind first:{task_id}:{person}:{sha256}".encode()
    return hmac.new(secret, told, hashlib.sha256).hexdigest()[:_KEY_LENGTH]
