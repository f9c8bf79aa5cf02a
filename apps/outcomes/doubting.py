"""Are before and now the same process at all? What speaks against it is said beside every change.

Two things are looked at: whether the log of a baseline and the live process have any activity in common, and how long
before the period the baseline ends. Both are only reasons to doubt: another system may call the same things otherwise.
A live process of which only ReviewHub has told has ReviewHub's own names for everything, which no log from before has:
there the names say nothing.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.outcomes.models import Baseline, EventLog, FollowedDay
from apps.outcomes.own_events import ACTIVITIES
from apps.outcomes.periods import Period

_YEAR = 365
_OWN = frozenset(ACTIVITIES.values())
# Of a baseline that ended longer ago than so many years before the period, people and rules were others.
_YEARS = 2


def doubts_of(baselines: Iterable[Baseline], *, period: Period) -> dict[int, list[str]]:
    """{version: why its baseline may not be comparable with the period}. Two statements."""
    asked = list(baselines)
    before = _activities(Q(log__in={one.log_id for one in asked if one.log_id is not None}))
    workflows = {one.version.kpi.workflow_id for one in asked}
    live = dict(
        EventLog.objects.filter(workflow__in=workflows, is_live=True).values_list("workflow_id", "pk")
    )
    now = _activities(Q(log__in=live.values(), day__range=period.between))
    return {
        one.version_id: [
            *_no_activity_shared(
                before.get(one.log_id or 0, set()),
                now.get(live.get(one.version.kpi.workflow_id, 0), set()),
            ),
            *_long_before(one.ends_on, period.starts_on),
        ]
        for one in asked
    }


def _activities(where: Q) -> dict[int, set[str]]:
    """{log: the activities that happened in it}. One statement."""
    found = defaultdict[int, set[str]](set)
    rows = FollowedDay.objects.filter(where, n__gt=0).exclude(after="").order_by()
    for log_id, activity in rows.values_list("log_id", "after").distinct():
        found[log_id].add(activity)
    return found


def _no_activity_shared(before: Collection[str], now: Collection[str]) -> list[str]:
    if (
        not before
        or not now
        or set(now) <= _OWN
        or {one.casefold() for one in before} & {one.casefold() for one in now}
    ):
        return []
    return [
        _(
            "The log of the baseline and the live process have no activity in common: they may not be the same process."
        )
    ]


def _long_before(ended_on: date, starts_on: date) -> list[str]:
    years = (starts_on - ended_on).days // _YEAR
    if years < _YEARS:
        return []
    said = ngettext(
        "The baseline ends %(n)d year before: much else may have changed since.",
        "The baseline ends %(n)d years before: much else may have changed since.",
        years,
    )
    return [said % {"n": years}]
