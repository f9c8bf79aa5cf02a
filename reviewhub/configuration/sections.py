"""The sections of a configuration file, in the order in which they are applied: what is referred to comes
first.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from apps.accounts import config as accounts
from apps.accounts.models import User
from apps.registry import config as registry
from apps.reviews import config as reviews
from apps.routing import config as routing
from apps.sla import config as sla


class Entry(Protocol):
    """One entry, already valid by itself."""

    def canonical(self) -> dict[str, Any]:
        """As the section's `current` writes it."""


@runtime_checkable
class Referring(Protocol):
    """An entry that names entries of other sections."""

    def references(self) -> Iterable[tuple[tuple[str | int, ...], str, str]]:
        """(path inside the entry, key of the other section, name there)."""


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


def sections() -> list[Any]:
    """Every section, in house order."""
    return [*accounts.SECTIONS, *sla.SECTIONS, *reviews.SECTIONS, *registry.SECTIONS, *routing.SECTIONS]


def name_in(section: Section, entry: Mapping[str, Any]) -> str:
    """What names this entry in its section."""
    return str(entry[next(iter(section.Model.model_fields))])


def current_by_name(section: Section) -> dict[str, dict[str, Any]]:
    """{name: canonical entry} of what is configured now."""
    return {name_in(section, entry): entry for entry in section.current()}
