"""What of the log is not there for one reader, for a while? The log knows no reviews: it is told how to ask.

`reviews` says on start how it is answered (`answer_with`). The log itself, its export and its proof stay whole.
"""

from collections.abc import Callable, Collection
from typing import Any
from uuid import UUID

# A signed-in person -> ids of the proposals whose events they do not read now.
Source = Callable[[Any], Collection[UUID]]
_sources: list[Source] = []


def answer_with(source: Source) -> None:
    """Ask this one from now on, too."""
    if source not in _sources:
        _sources.append(source)


def withheld_from(by: Any) -> set[UUID]:
    """Ids of the proposals whose events `by` does not read now."""
    return {proposal_id for source in _sources for proposal_id in source(by)}
