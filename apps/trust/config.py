"""The `segments:` and `criteria:` sections of the configuration file. What slices have earned is not configuration."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Self

from django.utils.translation import gettext as _
from pydantic import Field, field_validator, model_validator

from apps.accounts.config import ConfigEntry, Name, Reference, Text
from apps.accounts.models import User
from apps.registry.conditions.expressions import LONGEST
from apps.registry.models import ActionType, Agent
from apps.trust.actions import open_slice
from apps.trust.controller import Terms
from apps.trust.models import Segment, Slice
from apps.trust.retermining import set_criteria
from apps.trust.rules import DEFAULTS, Rules
from apps.trust.segment_setup import save_segment
from apps.trust.segments import REST, SEGMENTS
from apps.trust.terms import rules_from, rules_of


class SegmentEntry(ConfigEntry):
    """A segment, named `workflow/action/segment`; `when` is a condition in CEL over what the action declares."""

    segment: Annotated[str, Field(pattern=r"^[\w-]+/[\w.:-]+/[a-zA-Z0-9_-]+$", max_length=210)]
    name: Name
    position: Annotated[int, Field(ge=0, le=1000)] = 0
    active: bool = True
    when: Annotated[Text, Field(max_length=LONGEST)]

    @field_validator("segment")
    @classmethod
    def _is_not_the_rest(cls, segment: str) -> str:
        if segment.endswith("/all"):
            raise ValueError("all is the rest: what no segment holds")
        return segment

    @field_validator("when")
    @classmethod
    def _can_be_used(cls, when: str) -> str:
        SEGMENTS.compiled(when)
        return when

    def references(self) -> Iterable[Reference]:
        yield ("segment",), "workflows", self.segment.partition("/")[0]

    def canonical(self) -> dict[str, Any]:
        return self.model_dump(mode="json")


class Segments:
    """Reads and writes segments."""

    key = "segments"
    Model = SegmentEntry

    @staticmethod
    def current() -> list[dict[str, Any]]:
        """Every segment by name."""
        rows = Segment.objects.select_related("action_type__workflow")
        written = [
            {
                "segment": f"{row.action_type.workflow.slug}/{row.action_type.name}/{row.slug}",
                "name": row.name,
                "position": row.position,
                "active": row.is_active,
                "when": row.when,
            }
            for row in rows
        ]
        return sorted(written, key=lambda entry: str(entry["segment"]))

    @staticmethod
    def apply(entries: list[SegmentEntry], *, by: User | None, now: datetime) -> None:
        """Make or change each. Raises NotAllowed, ValidationError, BadInput, LookupError."""
        for entry in entries:
            workflow, action, slug = entry.segment.split("/")
            save_segment(
                action_type=_action_type(workflow, action),
                slug=slug,
                name=entry.name,
                when=entry.when,
                position=entry.position,
                is_active=entry.active,
                by=by,
                now=now,
            )


class CriteriaEntry(ConfigEntry):
    """What one slice is judged by, named `workflow/action/segment/agent`; `all` is the segment of the rest.

    Fields and bounds as in `rules` and `movement`.
    """

    slice: Annotated[str, Field(pattern=r"^[\w-]+/[\w.:-]+/[a-zA-Z0-9_-]+/[\w-]+$", max_length=280)]
    edges: list[float] = list(DEFAULTS.edges)
    alpha: float = DEFAULTS.alpha
    delta: float = DEFAULTS.delta
    second_look_early: bool = DEFAULTS.second_look_early
    reading_seconds: Annotated[int, Field(ge=0, le=3600)] = DEFAULTS.reading_seconds
    subject_cap: Annotated[int, Field(ge=1, le=10_000)] = DEFAULTS.subject_cap
    veto_minutes: Annotated[int, Field(ge=1, le=10_000)] = DEFAULTS.veto_minutes
    veto_always: bool = DEFAULTS.veto_always
    shadow_days: Annotated[int, Field(ge=0, le=365)] = DEFAULTS.shadow_days
    blind_share: Annotated[float, Field(ge=0, le=1)] = DEFAULTS.blind_share
    alarm_level: float = DEFAULTS.alarm_level
    resume_after: int = DEFAULTS.resume_after
    audit_rates: list[float] = list(DEFAULTS.audit_rates)
    audit_steps: list[int] = list(DEFAULTS.audit_steps)
    thin_audits: int = DEFAULTS.thin_audits
    thin_days: int = DEFAULTS.thin_days
    useful_error: float = DEFAULTS.useful_error
    useful_need: float = DEFAULTS.useful_need
    start_over_every: int = DEFAULTS.start_over_every

    @model_validator(mode="after")
    def _makes_a_test(self) -> Self:
        rules = self.rules()
        Terms(rules.edges, rules.alpha, rules.delta)
        return self

    def rules(self) -> Rules:
        """As values. Raises BadInput."""
        return rules_from(self.model_dump(exclude={"slice"}))

    def references(self) -> Iterable[Reference]:
        workflow, _action, _segment, agent = self.slice.split("/")
        yield ("slice",), "workflows", workflow
        yield ("slice",), "agents", agent

    def canonical(self) -> dict[str, Any]:
        return self.model_dump(mode="json")


class CriteriaOfSlices:
    """Reads and writes what slices are judged by, where it is not the defaults."""

    key = "criteria"
    Model = CriteriaEntry

    @staticmethod
    def current() -> list[dict[str, Any]]:
        """Of every slice with criteria of its own, by name."""
        rows = Slice.objects.filter(criteria__isnull=False)
        written = [
            CriteriaEntry(slice=_name(row), **_plain(rules_of(row))).canonical()
            for row in rows.select_related("action_type", "workflow", "agent")
        ]
        return sorted(written, key=lambda entry: str(entry["slice"]))

    @staticmethod
    def apply(entries: list[CriteriaEntry], *, by: User | None, now: datetime) -> None:
        """Publish a version for each, opening slices nobody has worked in yet: then it is chosen before outcomes.

        Raises NotAllowed, BadInput, LookupError.
        """
        for entry in entries:
            workflow, action, segment, agent = entry.slice.split("/")
            kind = _action_type(workflow, action)
            if segment != REST and not kind.segments.filter(slug=segment).exists():
                raise LookupError(f"{kind.title} has no segment {segment!r}; all is the rest.")
            row = open_slice(action_type=kind, agent=Agent.objects.get(slug=agent), segment=segment, now=now)
            set_criteria(
                slice_id=row.pk,
                rules=entry.rules(),
                by=by,
                reason=_("From the configuration file."),
                start_over=False,
                now=now,
            )


def _action_type(workflow: str, name: str) -> ActionType:
    found = ActionType.objects.filter(workflow__slug=workflow, name=name).first()
    if found is None:
        raise LookupError(f"The workflow {workflow!r} has no action type {name!r}.")
    return found


def _name(row: Slice) -> str:
    return f"{row.workflow.slug}/{row.action_type.name}/{row.segment}/{row.agent.slug}"


def _plain(rules: Rules) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(rules).items()}


SECTIONS = [Segments, CriteriaOfSlices]
