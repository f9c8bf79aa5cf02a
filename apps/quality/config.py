"""The `quality_targets:` section of the configuration file."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from apps.accounts.config import ConfigEntry, Reference, Slug
from apps.accounts.models import User
from apps.quality.models import Target
from apps.quality.target_setup import Wanted, set_target
from apps.registry.models import Workflow

_Number = Annotated[Decimal, Field(max_digits=12, decimal_places=4)]


class TargetEntry(ConfigEntry):
    """What is wanted of a figure, named `workflow/figure`: nothing without target and alert. `owner` answers for it."""

    figure: Annotated[str, Field(pattern=r"^[\w-]+/[a-z_]+$", max_length=90)]
    target: _Number | None = None
    alert_at: _Number | None = None
    owner: Slug

    @model_validator(mode="after")
    def _means_something(self) -> Self:
        self.wanted()
        return self

    def wanted(self) -> Wanted:
        """As a value. Raises TargetError."""
        return Wanted(self.figure.partition("/")[2], self.target, self.alert_at)

    def references(self) -> Iterable[Reference]:
        yield ("figure",), "workflows", self.figure.partition("/")[0]
        yield ("owner",), "people", self.owner

    def canonical(self) -> dict[str, Any]:
        return _entry(self.figure, self.target, self.alert_at, self.owner)


class Targets:
    """Reads and writes what is wanted of workflows."""

    key = "quality_targets"
    Model = TargetEntry

    @staticmethod
    def current() -> list[dict[str, Any]]:
        """Every target by name."""
        rows = Target.objects.select_related("workflow", "owner").order_by("workflow__slug", "figure")
        return [
            _entry(f"{row.workflow.slug}/{row.figure}", row.target, row.alert_at, row.owner.short)
            for row in rows
        ]

    @staticmethod
    def apply(entries: list[TargetEntry], *, by: User | None, now: datetime) -> None:
        """Set each. Raises NotAllowed, TargetError."""
        for entry in entries:
            set_target(
                workflow=Workflow.objects.get(slug=entry.figure.partition("/")[0]),
                wanted=entry.wanted(),
                owner=User.objects.get(short=entry.owner),
                by=by,
                now=now,
            )


def _entry(figure: str, target: Decimal | None, alert_at: Decimal | None, owner: str) -> dict[str, Any]:
    return {"figure": figure, "target": _plain(target), "alert_at": _plain(alert_at), "owner": owner}


def _plain(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


SECTIONS = [Targets]
