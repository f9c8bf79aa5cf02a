"""The `kpis:` section of the configuration file. Baselines and what owners say are no configuration."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Self

from django.utils.translation import gettext as _
from pydantic import Field, StringConstraints, model_validator

from apps.accounts.config import ConfigEntry, Name, Reference, Slug
from apps.accounts.models import User
from apps.outcomes.kpi_setup import Meaning, meaning_of, save_kpi
from apps.outcomes.models import Kpi, KpiVersion
from apps.outcomes.states import UNITS, Cadence, Direction, Measure
from apps.registry.models import Workflow


class KpiEntry(ConfigEntry):
    """A KPI, named `workflow/kpi`. A changed meaning starts a new version, which is measured anew."""

    kpi: Annotated[str, Field(pattern=r"^[a-zA-Z0-9_-]{1,60}/[a-zA-Z0-9_-]{1,60}$")]
    name: Name
    measure: Measure
    direction: Direction
    unit: Annotated[str, StringConstraints(strip_whitespace=True, max_length=20)] = ""
    definition: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
    ends_with: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""
    target: Annotated[Decimal, Field(max_digits=16, decimal_places=4, allow_inf_nan=False)] | None = None
    owner: Slug
    cadence: Cadence = Cadence.MONTH
    active: bool = True

    @model_validator(mode="after")
    def _can_be_measured(self) -> Self:
        if self.measure in UNITS and self.unit:
            raise ValueError(_("This measure has a unit of its own: leave it out."))
        self.meaning()
        return self

    def meaning(self) -> Meaning:
        """As a value. Raises KpiError."""
        return Meaning(self.measure, self.direction, self.definition, self.unit, self.ends_with, self.target)

    def references(self) -> Iterable[Reference]:
        yield ("kpi",), "workflows", self.kpi.partition("/")[0]
        yield ("owner",), "people", self.owner

    def canonical(self) -> dict[str, Any]:
        return _written(
            self.kpi, self.name, self.meaning(), self.owner, cadence=self.cadence, is_active=self.active
        )


class Kpis:
    """Reads and writes KPIs."""

    key = "kpis"
    Model = KpiEntry

    @staticmethod
    def current() -> list[dict[str, Any]]:
        """Every KPI as it is meant now, by name."""
        newest = KpiVersion.objects.order_by("kpi", "-number").distinct("kpi")
        found = [
            _written(
                f"{version.kpi.workflow.slug}/{version.kpi.slug}",
                version.kpi.name,
                meaning_of(version),
                version.kpi.owner.short,
                cadence=version.kpi.cadence,
                is_active=version.kpi.is_active,
            )
            for version in newest.select_related("kpi__workflow", "kpi__owner")
        ]
        return sorted(found, key=lambda entry: str(entry["kpi"]))

    @staticmethod
    def apply(entries: list[KpiEntry], *, by: User | None, now: datetime) -> None:
        """Make or change each. Raises NotAllowed, KpiError, LookupError."""
        for entry in entries:
            workflow, _slash, slug = entry.kpi.partition("/")
            save_kpi(
                workflow=Workflow.objects.get(slug=workflow),
                slug=slug,
                name=entry.name,
                owner=User.objects.get(short=entry.owner),
                cadence=entry.cadence,
                meaning=entry.meaning(),
                is_active=entry.active,
                reason=_("From the configuration file.") if _is_there(workflow, slug) else "",
                by=by,
                now=now,
            )


def _is_there(workflow: str, slug: str) -> bool:
    return Kpi.objects.filter(workflow__slug=workflow, slug=slug).exists()


def _written(
    name: str, title: str, meaning: Meaning, owner: str, *, cadence: str, is_active: bool
) -> dict[str, Any]:
    target = meaning.target
    return {
        "kpi": name,
        "name": title,
        "measure": str(meaning.measure.value),
        "direction": str(meaning.direction.value),
        "unit": "" if meaning.measure in UNITS else meaning.unit,
        "definition": meaning.definition,
        "ends_with": meaning.ends_with,
        # 3.50 and 3.5 are the same target.
        "target": None if target is None else f"{target.normalize():f}",
        "owner": owner,
        "cadence": str(Cadence(cadence).value),
        "active": is_active,
    }


SECTIONS = [Kpis]
