"""How the versions of a slice's criteria differ, each from the one before: what a person reads of a change."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.trust.models import Criteria, Slice
from apps.trust.rules import DEFAULTS, Rules
from apps.trust.terms import rules_in


@dataclass(frozen=True, slots=True)
class Change:
    """One value as it was and as it is, in words."""

    name: str | Promise
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Version:
    """One version of criteria, and what it changed."""

    criteria: Criteria
    changes: list[Change]


def versions_of(row: Slice) -> list[Version]:
    """Every version, the newest first; the first is compared with the defaults. One query."""
    before, found = DEFAULTS, []
    for criteria in row.criteria_versions.order_by("number"):
        after = rules_in(criteria)
        found.append(Version(criteria, changes(before, after)))
        before = after
    return found[::-1]


def changes(before: Rules, after: Rules) -> list[Change]:
    """Every value that differs, what is tested first."""
    values = [(name, getattr(before, name), getattr(after, name)) for name in NAMES]
    return [
        Change(NAMES[name], _said(name, old), _said(name, new)) for name, old, new in values if old != new
    ]


NAMES: dict[str, str | Promise] = {
    "edges": _("confidences"),
    "alpha": _("target"),
    "delta": _("chance of a wrong certificate"),
    "second_look_early": _("second look also before a promotion"),
    "reading_seconds": _("seconds to read"),
    "subject_cap": _("counted about one subject in a day"),
    "veto_minutes": _("minutes of a veto window"),
    "veto_always": _("every action waits in a veto window"),
    "shadow_days": _("days in shadow"),
    "blind_share": _("share shown to a blind reviewer"),
    "alarm_level": _("the alarm demotes at"),
    "resume_after": _("right audits that end a pause"),
    "audit_rates": _("audited shares"),
    "audit_steps": _("audits for each share"),
    "thin_audits": _("too few audits"),
    "thin_days": _("days for them"),
    "useful_error": _("differences allowed in shadow"),
    "useful_need": _("evidence needed in shadow"),
    "start_over_every": _("start over after"),
}
_PERCENT = frozenset({"alpha", "delta", "blind_share", "useful_error", "audit_rates"})


def _said(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return _now("yes") if value else _now("no")
    one: Callable[[float], str] = _percent if name in _PERCENT else "{:g}".format
    if isinstance(value, tuple):
        return ", ".join(map(one, value)) or _now("none")
    return one(value)


def _percent(share: float) -> str:
    return f"{round(100 * share, 4):g} %"
