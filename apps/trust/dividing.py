"""What has to hold before the work of an action type is divided otherwise? Asked when a segment is made or changed.

The apps above say it: each gives its `Check` in its `AppConfig.ready`. This module knows none of it.
"""

from collections.abc import Callable

# Of an action type by its id. Raises NotAllowed with the sentence of what is in the way.
Check = Callable[[int], None]
_asked: list[Check] = []


def ask(check: Check) -> None:
    """From now on, ask this too."""
    if check not in _asked:
        _asked.append(check)


def check_may_divide(action_type_id: int) -> None:
    """Whether work of this action type may go to other slices than it does now. Raises NotAllowed."""
    for check in _asked:
        check(action_type_id)
