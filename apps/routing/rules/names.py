"""What a rule's condition may speak of: what the action declares and its circumstances, and the values of both."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from apps.registry.conditions.names import DECLARED, Kind, Name, declared_values
from apps.registry.fingerprints import VersionFacts
from apps.routing.facts import Facts

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


NAMES: tuple[Name, ...] = (
    *DECLARED,
    Name("proposal.confidence", Kind.NUMBER, _("How sure the agent says it is, 0 to 1.")),
    Name("proposal.alternatives", Kind.WHOLE, _("How many alternatives it names.")),
    Name("proposal.never_seen", Kind.WHOLE, _("How many of its values its slice has never had.")),
    Name(
        "action.consequence",
        Kind.TEXT,
        _("low, moderate, high or critical; the stricter of registry and agent."),
    ),
    Name("action.reversibility", Kind.TEXT, _("reversible, compensable or irreversible; the stricter view.")),
    Name("action.effects", Kind.TEXTS, _("What it does: moves_money, external_communication and so on.")),
    Name(
        "subject.open_proposals",
        Kind.WHOLE,
        _("Other proposals about the same subject that wait, or are approved and not carried out yet."),
    ),
    Name("evidence.count", Kind.WHOLE, _("How many items of evidence it brings.")),
    Name("evidence.verified", Kind.WHOLE, _("How many of them were checked.")),
    Name("evidence.uncited", Kind.WHOLE, _("How many of them have no source.")),
    Name("evidence.is_dated", Kind.YES_NO, _("Whether any of it says when it was retrieved.")),
    Name("evidence.oldest_hours", Kind.NUMBER, _("Age of its oldest dated item, in hours. May be missing.")),
    Name("run.step", Kind.WHOLE, _("Which step of its run it is; 0 when nothing is stated.")),
    Name("run.cost", Kind.NUMBER, _("What the run has cost so far; 0 when nothing is stated.")),
    Name("run.tokens", Kind.WHOLE, _("Tokens the run has used so far; 0 when nothing is stated.")),
    Name("run.minutes", Kind.NUMBER, _("How long the run has taken so far; 0 when nothing is stated.")),
    Name("run.tools", Kind.TEXTS, _("The tools the run called, in order.")),
    Name("run.failed_calls", Kind.WHOLE, _("How many of its tool calls failed.")),
    Name("agent.slug", Kind.TEXT, _("The agent's short name.")),
    Name("agent.model", Kind.TEXT, _("The model it says it runs with.")),
    Name("agent.prompt_version", Kind.TEXT, _("The version of its prompt.")),
    Name("agent.workflow_version", Kind.TEXT, _("The version of its own steps.")),
    Name("agent.policy_version", Kind.TEXT, _("The version of its own policy.")),
    Name("agent.tools", Kind.TEXTS, _("The tools it has.")),
    Name("calendar.date", Kind.TEXT, _("The day it arrived, in the installation's time zone: 2026-11-17.")),
    Name("calendar.weekday", Kind.TEXT, _("monday to sunday.")),
    Name("calendar.hour", Kind.WHOLE, _("The hour it arrived, 0 to 23.")),
)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What rules may ask of a proposal beyond the facts of the three layers.

    `run` has the keys of the API's `run`.
    """

    action: str
    args: Mapping[str, Any]
    agent: str
    version: VersionFacts
    subject_kind: str = ""
    subject_id: str = ""
    alternatives: int = 0
    affected: int = 0
    systems: tuple[str, ...] = ()
    run: Mapping[str, Any] = field(default_factory=dict)


def values(facts: Facts, around: Circumstances, *, consequence: str, reversibility: str) -> dict[str, Any]:
    """{name: value} for one proposal, in plain types; a name without a value is not in it.

    `consequence` and `reversibility` are those of its cell before any rule.
    """
    found: dict[str, Any] = {
        "proposal.confidence": float(facts.confidence),
        "proposal.alternatives": around.alternatives,
        "proposal.never_seen": len(facts.unseen),
        "action.consequence": consequence,
        "action.reversibility": reversibility,
        "action.effects": list(facts.effects),
        "subject.open_proposals": facts.open_on_subject,
        "agent.slug": around.agent,
        "agent.model": around.version.model,
        "agent.prompt_version": around.version.prompt_version,
        "agent.workflow_version": around.version.workflow_version,
        "agent.policy_version": around.version.policy_version,
        "agent.tools": list(around.version.tools),
    }
    found |= declared_values(
        action=around.action,
        args=around.args,
        amount=facts.amount,
        currency=facts.currency,
        subject_kind=around.subject_kind,
        subject_id=around.subject_id,
        affected=around.affected,
        systems=around.systems,
    )
    return found | _evidence(facts) | _run(around.run) | _calendar(facts.now, facts.zone)


def _evidence(facts: Facts) -> dict[str, Any]:
    provenances = [item.provenance for item in facts.evidence]
    dated = [item.retrieved_at for item in facts.evidence if item.retrieved_at is not None]
    found: dict[str, Any] = {
        "evidence.count": len(provenances),
        "evidence.verified": provenances.count("verified"),
        "evidence.uncited": provenances.count("uncited"),
        "evidence.is_dated": bool(dated),
    }
    if dated:
        found["evidence.oldest_hours"] = (facts.now - min(dated)).total_seconds() / 3600
    return found


def _run(run: Mapping[str, Any]) -> dict[str, Any]:
    calls = run.get("tool_calls") or []
    return {
        "run.step": run.get("step") or 0,
        "run.cost": float(run.get("cost") or 0),
        "run.tokens": run.get("tokens") or 0,
        "run.minutes": (run.get("duration_ms") or 0) / 60_000,
        "run.tools": [call["name"] for call in calls],
        "run.failed_calls": sum(1 for call in calls if not call["ok"]),
    }


def _calendar(now: datetime, zone: str) -> dict[str, Any]:
    here = now.astimezone(ZoneInfo(zone))
    return {
        "calendar.date": here.date().isoformat(),
        "calendar.weekday": WEEKDAYS[here.weekday()],
        "calendar.hour": here.hour,
    }
