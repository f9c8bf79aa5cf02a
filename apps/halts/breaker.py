"""Have too many of the last results of a slice failed? The circuit breaker's rule. Pure.

It looks at the newest `of` results that are at most `hours` old and came in after the slice was last let go on; with
`failures` or more failed ones among them it trips. It knows no slice, no clock and nothing of what people decided, and
it has no way back: only a person lets a slice go on.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.utils.translation import gettext as _

MOST_RESULTS = 200
MOST_HOURS = 720


class BadRule(ValueError):
    """These numbers make no breaker. The text says why."""


@dataclass(frozen=True, slots=True)
class Rule:
    """`failures` among the last `of` results within `hours` trip it, if it `is_active`. Raises BadRule."""

    failures: int = 5
    of: int = 20
    hours: int = 24
    is_active: bool = True

    def __post_init__(self) -> None:
        if not 1 <= self.failures <= self.of <= MOST_RESULTS:
            raise BadRule(
                _("A breaker trips at one failure or more, of at most {most} results.").format(
                    most=MOST_RESULTS
                )
            )
        if not 1 <= self.hours <= MOST_HOURS:
            raise BadRule(_("A breaker looks back 1 to {most} hours.").format(most=MOST_HOURS))


class Tried(NamedTuple):
    """One result: when it came in, and whether carrying the action out had failed."""

    at: datetime
    failed: bool


class Figures(NamedTuple):
    """What was found: so many failed among so many results."""

    failed: int
    of: int


def tripped(
    rule: Rule, results: Iterable[Tried], *, now: datetime, since: datetime | None = None
) -> Figures | None:
    """The figures that trip it; None while it holds. `since`: when the slice was last let go on."""
    begin = now - timedelta(hours=rule.hours)
    recent = [one for one in results if one.at > begin and (since is None or one.at > since)]
    newest = sorted(recent, key=lambda one: one.at, reverse=True)[: rule.of]
    failed = sum(one.failed for one in newest)
    return Figures(failed, len(newest)) if rule.is_active and failed >= rule.failures else None


DEFAULTS = Rule()
