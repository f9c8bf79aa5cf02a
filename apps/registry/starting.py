"""What has to hold before a workflow begins its slices in assisted? Asked when one that began in shadow is changed to.

The apps above say it: each gives its `Check` in its `AppConfig.ready`. This module knows none of it. A workflow that is
new is not asked: there is nothing it could have ready before it exists.
"""

from collections.abc import Callable
from datetime import datetime

# Of a workflow by its id, at a moment. Raises NotAllowed with the sentence of what is missing.
Check = Callable[[int, datetime], None]
_asked: list[Check] = []


def ask(check: Check) -> None:
    """From now on, ask this too."""
    if check not in _asked:
        _asked.append(check)


def check_begins_assisted(workflow_id: int, *, now: datetime) -> None:
    """Whether this workflow may be changed to begin in assisted. Raises NotAllowed."""
    for check in _asked:
        check(workflow_id, now)
