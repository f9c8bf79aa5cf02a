"""Is a workflow ready for its agents to be given more, and for how long does each proof of it hold? Pure.

Seven things are asked of every workflow, each with evidence, an owner and a last day. Beyond its last day, or once its
owner cannot sign in any more, an item is open again, as if it had never been done: what runs goes on, but nothing moves
up. Whether the evidence is any good is for people to say; this module knows dates and owners, nothing else.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from apps.trust.states import ItemState, ReadyItem

# Shorter is no evidence: "done", "ok, see wiki".
LEAST_EVIDENCE = 20
MOST_EVIDENCE = 2000
# An item may be set to end at any time from a week on.
LEAST_DAYS = 7
# Its owner is told so long before.
ENDING = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Asked:
    """What one item asks for: what counts as evidence, for how many days it holds unless somebody says otherwise, and
    for how many at most.
    """

    evidence: str | Promise
    days: int
    most_days: int


ASKED: dict[ReadyItem, Asked] = {
    ReadyItem.COST_MODEL: Asked(
        _lazy(
            "What a case costs by hand and with agents, in three scenarios, and where the numbers come from. Saved as a"
            " cost model here."
        ),
        180,
        365,
    ),
    ReadyItem.OBSERVABILITY: Asked(
        _lazy(
            "Where one sees that the agents work, err or stand still, who is alerted, and an alert that somebody"
            " really got."
        ),
        180,
        365,
    ),
    ReadyItem.ESCALATION: Asked(
        _lazy(
            "A simulated trigger of every escalation chain the workflow uses, run here, that reached at least two"
            " people."
        ),
        90,
        180,
    ),
    ReadyItem.PERMISSIONS: Asked(
        _lazy(
            "What each agent may propose here and what its own accounts can do elsewhere, looked at by a person, with"
            " what was taken away."
        ),
        90,
        180,
    ),
    ReadyItem.ROLLBACK: Asked(
        _lazy(
            "How an action is undone and how an agent is taken back, and when this was last done or rehearsed, with"
            " how long it took."
        ),
        180,
        365,
    ),
    ReadyItem.BASELINE: Asked(
        _lazy(
            "What the work was like before, measured and frozen: a KPI with its baseline, or the baseline of an"
            " agent's work."
        ),
        180,
        365,
    ),
    ReadyItem.ON_CALL: Asked(
        _lazy(
            "Who is called when something goes wrong, at which hours, how, and who stands in. The owner is on call."
        ),
        90,
        180,
    ),
}


@dataclass(frozen=True, slots=True)
class Gap:
    """An item that is not there: never done or opened again (`expired_on` None), past its last day, or with nobody: its
    owner, `gone` by name, cannot sign in any more.
    """

    item: ReadyItem
    expired_on: date | None = None
    gone: str = ""

    def __str__(self) -> str:
        label = str(self.item.label)
        if self.gone:
            return _("{item} (its owner, {name}, cannot sign in any more)").format(item=label, name=self.gone)
        if self.expired_on is None:
            return label
        return _("{item} (expired on {day})").format(item=label, day=date_format(self.expired_on, "j M Y"))


def state_of(expires_on: date | None, today: date, *, has_owner: bool = True) -> ItemState:
    """Where an item stands whose last day is this; None: it is not done. `has_owner`: its owner may sign in."""
    if expires_on is None:
        return ItemState.MISSING
    if expires_on < today:
        return ItemState.EXPIRED
    if not has_owner:
        return ItemState.UNOWNED
    return ItemState.ENDING if expires_on - today <= ENDING else ItemState.DONE


def gaps(
    last_days: Mapping[str, date | None], today: date, gone: Mapping[str, str] | None = None
) -> tuple[Gap, ...]:
    """What is missing of a workflow, in the order of the list. `last_days` are those of its items that are done; `gone`
    the names of owners who cannot sign in any more, by item.
    """
    found = []
    for item in ReadyItem:
        last = last_days.get(item.value)
        name = (gone or {}).get(item.value, "")
        state = state_of(last, today, has_owner=not name)
        if state is ItemState.UNOWNED:
            found.append(Gap(item, gone=name))
        elif state in (ItemState.MISSING, ItemState.EXPIRED):
            found.append(Gap(item, last))
    return tuple(found)


def said(missing: Iterable[Gap]) -> str:
    """The sentence with which the gate refuses; "" when nothing is missing."""
    named = ", ".join(map(str, missing))
    return _("The workflow is not ready for more: {items}.").format(items=named) if named else ""


def bounds(item: ReadyItem, today: date) -> tuple[date, date]:
    """The first and the last day an item that is done today may be set to end."""
    return today + timedelta(days=LEAST_DAYS), today + timedelta(days=ASKED[item].most_days)


def usual_end(item: ReadyItem, today: date) -> date:
    """The last day it gets unless somebody says otherwise."""
    return today + timedelta(days=ASKED[item].days)
