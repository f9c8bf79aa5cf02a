"""The `breakers:` section of the configuration file. What is halted is no configuration."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from apps.accounts.config import ConfigEntry, Reference, Slug
from apps.accounts.models import User
from apps.halts.breaker import DEFAULTS, MOST_HOURS, MOST_RESULTS, Rule
from apps.halts.models import Breaker
from apps.halts.rules import set_rule
from apps.registry.models import Workflow


class BreakerEntry(ConfigEntry):
    """When the circuit breaker of a workflow's slices trips."""

    workflow: Slug
    failures: Annotated[int, Field(ge=1, le=MOST_RESULTS)] = DEFAULTS.failures
    of: Annotated[int, Field(ge=1, le=MOST_RESULTS)] = DEFAULTS.of
    hours: Annotated[int, Field(ge=1, le=MOST_HOURS)] = DEFAULTS.hours
    active: bool = True

    @model_validator(mode="after")
    def _can_trip(self) -> Self:
        self.rule()
        return self

    def rule(self) -> Rule:
        """As the verb takes it. Raises BadRule."""
        return Rule(self.failures, self.of, self.hours, self.active)

    def references(self) -> Iterable[Reference]:
        yield ("workflow",), "workflows", self.workflow

    def canonical(self) -> dict[str, Any]:
        return _written(self.workflow, self.rule())


class Breakers:
    """Reads and writes the rules; a workflow that goes by the default is left out."""

    key = "breakers"
    Model = BreakerEntry

    @staticmethod
    def current() -> list[dict[str, Any]]:
        """Every workflow with a rule of its own, by slug."""
        rows = Breaker.objects.select_related("workflow").order_by("workflow__slug")
        return [_written(row.workflow.slug, row.rule) for row in rows if row.rule != DEFAULTS]

    @staticmethod
    def nothing(name: str) -> dict[str, Any]:
        """A workflow that is left out goes by the default."""
        return _written(name, DEFAULTS)

    @staticmethod
    def apply(entries: list[BreakerEntry], *, by: User | None, now: datetime) -> None:
        """Set each. Raises NotAllowed."""
        for entry in entries:
            set_rule(workflow=Workflow.objects.get(slug=entry.workflow), rule=entry.rule(), by=by, now=now)


SECTIONS = [Breakers]


def _written(slug: str, rule: Rule) -> dict[str, Any]:
    return {
        "workflow": slug,
        "failures": rule.failures,
        "of": rule.of,
        "hours": rule.hours,
        "active": rule.is_active,
    }
