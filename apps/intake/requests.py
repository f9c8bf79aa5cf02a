"""What is handed to intake for one proposal, and the three things it can answer."""

from dataclasses import dataclass, field
from typing import Any

from apps.intake.contract import ProposalIn


@dataclass(frozen=True, slots=True)
class Submission:
    """One proposal to take in. `body_sha256` tells whether a repeated key comes with the same body."""

    key: str
    body_sha256: str
    body: ProposalIn


@dataclass(frozen=True, slots=True)
class Accepted:
    """It is stored: the resource as it was answered (202 pending, 201 already ended)."""

    status_code: int
    resource: dict[str, Any]
    is_replay: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """It is not stored. `problem` is a slug, `detail` a sentence; `errors` have `loc` and `msg`."""

    status_code: int
    problem: str
    detail: str
    errors: tuple[dict[str, Any], ...] = field(default_factory=tuple)


Answered = Accepted | Refused
