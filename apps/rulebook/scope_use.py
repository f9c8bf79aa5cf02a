"""What has fallen into each scope of what an agent may propose, and what of it could be given up? Pure.

A proposal falls into the first scope it fits. A count reaches back a certain time and not further: what did not come up
in it is called unused only where it reaches back at least `UNUSED_AFTER`, and only where the scopes are as old.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from functools import partial
from typing import Any, NamedTuple

from apps.registry.conditions.expressions import split
from apps.registry.scopes import AgentScope, place_of

UNUSED_AFTER = timedelta(days=30)


class Seen(NamedTuple):
    """One past proposal: its action type, when it came, and what it declares (`declared_values`).

    `amount` is what is at stake; None where there is none, or not everybody may see it (`hides_amount`).
    """

    action: str
    at: datetime
    declared: Mapping[str, Any]
    amount: Decimal | None
    currency: str
    hides_amount: bool = False


@dataclass(slots=True)
class Use:
    """What fell into one scope: how many, the last one, the largest amount by its size, of all and of each action.

    `unstated` are the actions of which some came without an amount, `hidden` those with one not everybody may see.
    `is_unused`: nothing did, lately; `unused_actions`: of the others that it covers, those nothing came of.
    """

    scope: AgentScope
    place: int
    n: int = 0
    last_at: datetime | None = None
    largest: Decimal | None = None
    currency: str = ""
    last_of: dict[str, datetime] = field(default_factory=dict)
    largest_of: dict[str, Decimal] = field(default_factory=dict)
    unstated: set[str] = field(default_factory=set)
    hidden: set[str] = field(default_factory=set)
    is_unused: bool = False
    unused_actions: list[str] = field(default_factory=list)

    def add(self, seen: Seen) -> None:
        """Count one more."""
        self.n += 1
        self.last_at = max(self.last_at or seen.at, seen.at)
        self.last_of[seen.action] = max(self.last_of.get(seen.action, seen.at), seen.at)
        if seen.hides_amount:
            self.hidden.add(seen.action)
        elif seen.amount is None:
            self.unstated.add(seen.action)
        else:
            size = abs(seen.amount)
            self.largest_of[seen.action] = max(self.largest_of.get(seen.action, size), size)
            if self.largest is None or size > self.largest:
                self.largest, self.currency = size, seen.currency

    @property
    def narrower(self) -> AgentScope | None:
        """The same without what is not used, and with the largest amount as its limit; None where that is no less.

        What fell into it goes on fitting: where some stated no amount, or an action may come of which nothing is known,
        the limit binds stated amounts only. Of amounts that not everybody may see it says nothing.
        """
        if not self.n:
            return None
        names = self.scope.actions
        if self.unused_actions:
            names = tuple(sorted(set(self.last_of) - set(self.unused_actions))) or names
        within = self.scope.within
        kept = set(names) & self.last_of.keys() if names else self.last_of.keys()
        sizes = [size for name, size in self.largest_of.items() if name in kept]
        if sizes and self.hidden.isdisjoint(kept):
            limit = f"impact.amount <= {max(sizes).to_integral_value(ROUND_CEILING)}"
            is_known = bool(names) and kept == set(names) and self.unstated.isdisjoint(kept)
            within = _bound(within, limit, of_all=is_known)
        made = AgentScope.of(names, within)
        return made if made != self.scope else None


def _bound(within: str, limit: str, *, of_all: bool) -> str:
    """The condition and this limit on the amount: of all, or only where one is stated."""
    bound = limit if of_all else f"!impact.has_amount || {limit}"
    inner = bound if of_all else f"({bound})"
    if {limit, inner} & set(split(within)):
        return within
    return f"({within}) && {inner}" if within else bound


def uses(
    scopes: Sequence[AgentScope],
    past: Iterable[Seen],
    *,
    offered: Collection[str],
    reaches: Mapping[str, datetime],
    since: datetime,
    now: datetime,
) -> list[Use]:
    """The use of each scope. `offered` are the action types there are; `reaches` until when the past of each is known;
    `since` when the scopes were given.
    """
    found = [Use(scope, place) for place, scope in enumerate(scopes)]
    for one in past:
        place = place_of(scopes, one.action, partial(getattr, one, "declared"))
        if place is not None:
            found[place].add(one)
    quiet = now - UNUSED_AFTER
    if since > quiet:
        return found
    for use in found:
        covered = {name for name in {*offered, *use.scope.actions} if use.scope.covers(name)}
        unused = sorted(
            name for name in covered if _is_quiet(use.last_of.get(name), reaches.get(name), quiet)
        )
        use.is_unused = len(unused) == len(covered)
        use.unused_actions = [] if use.is_unused else unused
    return found


def _is_quiet(last: datetime | None, reaches: datetime | None, quiet: datetime) -> bool:
    return (last is None or last < quiet) and (reaches is None or reaches <= quiet)
