"""The sections of a configuration file, in the order in which they are applied: what is referred to comes
first.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from apps.accounts import config as accounts
from apps.accounts.config import Wrong
from apps.accounts.models import User
from apps.costs import config as costs
from apps.delivery import config as delivery
from apps.escalation import config as escalation
from apps.evaluation import config as evaluation
from apps.halts import config as halts
from apps.outcomes import config as outcomes
from apps.privacy import config as privacy
from apps.quality import config as quality
from apps.registry import config as registry
from apps.reviews import config as reviews
from apps.routing import config as routing
from apps.sla import config as sla
from apps.trust import config as trust


class Entry(Protocol):
    """One entry, already valid by itself."""

    def canonical(self) -> dict[str, Any]:
        """As the section's `current` writes it."""


@runtime_checkable
class Referring(Protocol):
    """An entry that names entries of other sections."""

    def references(self) -> Iterable[tuple[tuple[str | int, ...], str, str]]:
        """(path inside the entry, key of the other section, name there)."""


@runtime_checkable
class Following(Protocol):
    """A section that says whether what the whole file made holds together."""

    @staticmethod
    def problems_after(changed: Mapping[str, Iterable[str]], *, now: datetime) -> Iterable[Wrong]:
        """What is wrong now; `changed` are the names of the entries that were applied, by section."""


class Section(Protocol):
    """One section. The first field of `Model` names the entry; names are unique within the section."""

    key: str
    Model: Any

    @staticmethod
    def current() -> list[dict[str, Any]]:
        """Every entry as it is now, canonical: exported and imported again it changes nothing."""

    @staticmethod
    def apply(entries: list[Any], *, by: User | None, now: datetime) -> None:
        """Make it so, through the app's verbs; `by` None is the operator at the command line."""


@runtime_checkable
class Sparse(Protocol):
    """A section whose `current` leaves out entries that say nothing."""

    @staticmethod
    def nothing(name: str) -> dict[str, Any]:
        """What an entry that is left out is, canonical."""


@runtime_checkable
class Explained(Protocol):
    """A section whose file says more than what is compared, such as why."""

    @staticmethod
    def exported() -> list[dict[str, Any]]:
        """Every entry as it is written to a file."""


def sections() -> list[Any]:
    """Every section, in house order."""
    return [
        *accounts.SECTIONS,
        *delivery.SECTIONS,
        *sla.SECTIONS,
        *reviews.SECTIONS,
        *registry.SECTIONS,
        *trust.SECTIONS,
        *halts.SECTIONS,
        *routing.SECTIONS,
        *escalation.SECTIONS,
        *costs.SECTIONS,
        *outcomes.SECTIONS,
        *evaluation.SECTIONS,
        *quality.SECTIONS,
        *privacy.SECTIONS,
    ]


def name_in(section: Section, entry: Mapping[str, Any]) -> str:
    """What names this entry in its section."""
    return str(entry[next(iter(section.Model.model_fields))])


def current_by_name(section: Section) -> dict[str, dict[str, Any]]:
    """{name: canonical entry} of what is configured now."""
    return {name_in(section, entry): entry for entry in section.current()}
