"""Was it possible to have read what was decided? Was it one of a long row of quick approvals?

The floor is time below which nobody has even run their eyes over the text: two seconds to take in a card, and its
words at 2,400 a minute, four times the rate at which trained readers scan for a word (Carver 1992, Journal of
Reading 36:84-95: scanning 600, skimming 450, reading 300 words a minute); at most ten seconds, since nobody has to
read all of a long record. It proves carelessness, never care: whoever takes longer may not have read either.

A quick approval takes less than three floors. In a row of twenty, with no pause of ten minutes and nothing else
between them, the twentieth and all that follow are marked. Pure: takes seconds and words, knows no clock.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from apps.reviews.states import Mark

GLANCE_SECONDS = 2.0
_QUICK = 3
_PAUSE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class ReadingRules:
    """Words a minute nobody exceeds, the longest floor in seconds, and the row that is too long; 0: off."""

    words_a_minute: int = 2400
    longest_seconds: int = 10
    streak: int = 20


@dataclass(frozen=True, slots=True)
class Read:
    """One decision as it was made: seconds spent on it and its floor; `since` is the time since the one before."""

    is_approval: bool
    spent: float
    floor: float
    since: timedelta | None = None

    @property
    def is_quick_approval(self) -> bool:
        """Whether it can be part of a row."""
        return self.is_approval and self.spent < _QUICK * max(self.floor, GLANCE_SECONDS)


def words_in(texts: Iterable[str]) -> int:
    """How many words there are to read; a word is what stands between spaces, long ones count for each ten letters."""
    return sum(1 + (len(word) - 1) // 10 for text in texts for word in text.split())


def floor_of(words: int, rules: ReadingRules) -> float:
    """Seconds within which so many words cannot have been looked over; 0 without a floor."""
    if rules.words_a_minute == 0 or rules.longest_seconds == 0:
        return 0.0
    return min(GLANCE_SECONDS + 60 * words / rules.words_a_minute, float(rules.longest_seconds))


def spent_on(took: timedelta, active_ms: int | None) -> float:
    """Seconds that count: those the page was looked at, where it could measure them; else all since the claim."""
    return took.total_seconds() if active_ms is None else active_ms / 1000


def mark_of(last: Read, before: Sequence[Read], rules: ReadingRules) -> Mark | None:
    """What is wrong with a decision, if anything. `before` are the same person's earlier ones, the latest first."""
    if last.spent < last.floor:
        return Mark.TOO_FAST
    if rules.streak and row_of(last, before) >= rules.streak:
        return Mark.STREAK
    return None


def row_of(last: Read, before: Sequence[Read]) -> int:
    """How many quick approvals in a row end with this decision, without a pause; 0 when it is none itself."""
    length = 0
    for one in (last, *before):
        if not one.is_quick_approval:
            break
        length += 1
        if one.since is None or one.since > _PAUSE:
            break
    return length
