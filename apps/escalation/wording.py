"""How does a step read? "At 75 % of the time to decide: tell the leads of the queue, the process owner".

Values only: what teams, people, channels and queues are called comes in as `names`; whoever is not in it does not
exist (any more), and the sentence says so.
"""

from collections.abc import Mapping
from difflib import SequenceMatcher
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from apps.escalation.states import Do
from apps.escalation.steps import Share, Step, To, Unreadable
from apps.sla.durations import Duration, label

Names = Mapping[To, str]

FIXED: dict[To, str | Promise] = {
    To("leads"): _lazy("the leads of the queue"),
    To("reviewers"): _lazy("everybody who may take the task"),
    To("role", "business_owner"): _lazy("the business owner"),
    To("role", "process_owner"): _lazy("the process owner"),
    To("role", "technical_owner"): _lazy("the technical owner"),
    To("role", "governance_lead"): _lazy("the governance lead"),
    To("role", "reviewers"): _lazy("the reviewers of the workflow"),
    To("office", "admin"): _lazy("the admins"),
    To("office", "governance"): _lazy("governance"),
}
_DOES = {
    Do.NOTIFY: _lazy("tell {to}"),
    Do.WIDEN: _lazy("also offer it to the people of {to}"),
    Do.REASSIGN: _lazy("move it to {to}"),
    Do.RAISE_TIER: _lazy("raise its tier"),
    Do.REQUIRE_SECOND: _lazy("ask for a second person"),
    Do.FALLBACK: _lazy("apply the fallback"),
}


class Change(NamedTuple):
    """One line of a difference: how a step reads before and after, "" where there was none. `number` counts in the
    version that has it, in the new one if both do.
    """

    number: int
    before: str
    after: str


def when(after: Share | Duration) -> str:
    """`75%` as "at 75 % of the time to decide"."""
    if isinstance(after, Duration):
        return _("after {time}").format(time=label(after))
    if after.percent == 0:
        return _("at once")
    if after.percent == 100:
        return _("when the decision is due")
    return _("at {percent} % of the time to decide").format(percent=after.percent)


def whom(to: To, names: Names) -> str:
    """`team:night` as what the team is called."""
    if to in FIXED:
        return str(FIXED[to])
    return names[to] if to in names else _("{to} (does not exist)").format(to=to)


def does(step: Step | Unreadable, names: Names) -> str:
    """What a step does, without its time."""
    if isinstance(step, Unreadable):
        return _("cannot be read: {why}").format(why=step.why)
    return str(_DOES[step.do]).format(to=", ".join(whom(to, names) for to in step.to))


def reads(step: Step | Unreadable, names: Names) -> str:
    """The whole step."""
    if isinstance(step, Unreadable):
        return capfirst(does(step, names))
    return _("{when}: {does}").format(when=capfirst(when(step.after)), does=does(step, names))


def difference(
    before: tuple[Step | Unreadable, ...], after: tuple[Step | Unreadable, ...], names: Names
) -> list[Change]:
    """What changed between two versions, step by step, in the order of the new one."""
    old, new = ([reads(step, names) for step in steps] for steps in (before, after))
    changes: list[Change] = []
    for kind, low, high, new_low, new_high in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            both = min(high - low, new_high - new_low)
            changes += [Change(new_low + n + 1, old[low + n], new[new_low + n]) for n in range(both)]
            changes += [Change(n + 1, old[n], "") for n in range(low + both, high)]
            changes += [Change(n + 1, "", new[n]) for n in range(new_low + both, new_high)]
    return changes
