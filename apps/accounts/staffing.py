"""What of ReviewHub has too few people now? Asked before and after somebody leaves, the difference says what is lost.

The apps above say what needs people: each gives its `Gaps` in its `AppConfig.ready`. This module knows no queue, no
workflow and no chain.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.utils.translation import gettext as _

# At a moment: a sentence for each thing that has too few people, the same one as long as it has.
Gaps = Callable[[datetime], list[str]]
_asked: list[Gaps] = []


class LeavesEmpty(Exception):
    """Something would be left without people. `gaps` has a sentence for each; nothing was changed."""

    def __init__(self, gaps: list[str]) -> None:
        self.gaps = gaps
        super().__init__(_("This leaves work without people: {gaps}").format(gaps=" ".join(gaps)))


def ask(gaps: Gaps) -> None:
    """From now on, ask this too."""
    if gaps not in _asked:
        _asked.append(gaps)


@contextmanager
def nothing_left_empty(now: datetime, *, accepts: Collection[str] | None) -> Iterator[None]:
    """Refuse what happens inside when it makes gaps that are not among those somebody `accepts`; None accepts all.

    Wants a transaction around it, which goes back. Raises LeavesEmpty.
    """
    if accepts is None:
        yield
        return
    before = set(_gaps(now))
    yield
    after = _gaps(now)
    made = [gap for gap in after if gap not in before]
    if not set(made) <= set(accepts):
        raise LeavesEmpty(made)


def _gaps(now: datetime) -> list[str]:
    return list(dict.fromkeys(gap for gaps in _asked for gap in gaps(now)))
