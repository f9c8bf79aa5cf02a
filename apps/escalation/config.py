"""The `chains:` section of the configuration file. It is applied last, so that a chain is proven where it is used.

A chain that stays as it is, is proven where a new matrix puts it into force.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Self

from django.utils.translation import gettext as _
from pydantic import model_validator

from apps.accounts.config import ConfigEntry, Name, Reference, Slug, Wrong
from apps.accounts.models import User
from apps.escalation import chains
from apps.escalation.models import Chain
from apps.escalation.steps import Step, read_steps
from apps.routing.config import DEFAULT, Policies

_SECTION_OF = {"team": "teams", "person": "people", "channel": "chat_channels", "queue": "queues"}


class StepEntry(ConfigEntry):
    """One step: after a share of the decide target or a time, do something, to somebody or something."""

    after: str
    do: str
    to: list[str] = []


class ChainEntry(ConfigEntry):
    """A chain. With `allow_gaps` it is saved although too few people hold its roles today; an incident says so."""

    slug: Slug
    name: Name
    allow_gaps: bool = False
    steps: list[StepEntry]

    @model_validator(mode="after")
    def _can_be_read(self) -> Self:
        self.read()
        return self

    def read(self) -> tuple[Step, ...]:
        """The steps as values. Raises ChainError."""
        return read_steps([step.model_dump() for step in self.steps])

    def references(self) -> Iterable[Reference]:
        for number, step in enumerate(self.read()):
            for position, to in enumerate(step.to):
                if to.kind in _SECTION_OF:
                    yield ("steps", number, "to", position), _SECTION_OF[to.kind], to.name

    def canonical(self) -> dict[str, Any]:
        return _written(self.slug, self.name, self.allow_gaps, [step.written() for step in self.read()])


class Chains:
    """Reads the newest version of each chain; writes by saving the next one."""

    key = "chains"
    Model = ChainEntry

    @staticmethod
    def current() -> list[dict[str, Any]]:
        """Every chain, by slug."""
        rows = Chain.objects.order_by("slug")
        newest = chains.newest_versions([row.slug for row in rows])
        return [_written(row.slug, row.name, row.allows_gaps, newest[row.slug].steps) for row in rows]

    @staticmethod
    def apply(entries: list[ChainEntry], *, by: User | None, now: datetime) -> None:
        """Save each. Raises NotAllowed, ChainError."""
        for entry in entries:
            steps = [step.model_dump() for step in entry.steps]
            chains.save_chain(
                slug=entry.slug, name=entry.name, steps=steps, allows_gaps=entry.allow_gaps, by=by, now=now
            )

    @staticmethod
    def problems_after(changed: Mapping[str, Iterable[str]], *, now: datetime) -> Iterable[Wrong]:
        """A matrix that was published puts its chains into force: each has to prove where it sends work."""
        matrices = {"" if name == DEFAULT else name for name in changed.get(Policies.key, ())}
        told = _(
            "The chain {chain} cannot be put into force here: {problem} Or allow gaps for it (allow_gaps: true)."
        )
        for matrix, chain, problem in chains.unproven_in(matrices, now):
            yield Policies.key, matrix or DEFAULT, told.format(chain=chain, problem=problem)


SECTIONS = [Chains]


def _written(slug: str, name: str, allow_gaps: bool, steps: list[dict[str, Any]]) -> dict[str, Any]:
    # The database keeps an object's keys in an order of its own.
    ordered = [{field: step[field] for field in StepEntry.model_fields if field in step} for step in steps]
    return {"slug": slug, "name": name, "allow_gaps": allow_gaps, "steps": ordered}
