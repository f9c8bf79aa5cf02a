"""What a simulated agent says when a reviewer asks: it looks again, where the question points to if it can tell.

Where the agent was wrong, looking again shows it: a good question is worth its wait. Pure.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from random import Random
from typing import Any

from reviewhub.demo.case import Case, Item

_OPENINGS = (
    "I looked again just now.",
    "I asked the system again after your question.",
    "I went back to the source for this.",
)
_FROM_BEFORE = (
    "I have only what I sent with the proposal: the run that found it has ended. Nothing in it is newer."
)
_WORD = re.compile(r"\w{4,}")


def answer_to(question: str, *, case: Case | None, now: datetime, random: Random) -> dict[str, Any]:
    """The body of `POST /proposals/{id}/info`. `case` is unknown for a proposal made before this process started."""
    if case is None:
        return {"answer": _FROM_BEFORE}
    item = _meant(question, case.evidence)
    parts = [random.choice(_OPENINGS)]
    if case.answer.note:
        parts.append(f"It is not as I thought. {case.answer.note}")
    elif item is None:
        parts.append("There is nothing beyond the rationale: I have no source I could ask.")
    else:
        parts.append(f"{item.title} says the same as before, so I stay with what I proposed.")
    return {"answer": " ".join(parts), "evidence": [_seen_again(item, now)] if item else []}


def _meant(question: str, evidence: Sequence[Item]) -> Item | None:
    """The item that shares most words with the question; the first one when none does."""
    asked = _words(question)
    return max(
        evidence,
        key=lambda item: len(asked & _words(f"{item.title} {item.claim} {item.content}")),
        default=None,
    )


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.lower()))


def _seen_again(item: Item, now: datetime) -> dict[str, Any]:
    again = item.as_json(1, now)
    return again | {"id": "again", "title": f"{item.title}, looked at again", "retrieved_at": now.isoformat()}
