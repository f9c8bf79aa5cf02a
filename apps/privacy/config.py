"""The `retention:` section of the configuration file."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from apps.accounts.config import ConfigEntry, Reference, Slug
from apps.accounts.models import User
from apps.privacy.models import Retention
from apps.privacy.retention_setup import FOR_GOOD, MOST_DAYS, Keeping, keeping_of, set_retention
from apps.registry.models import Workflow

Days = Annotated[int, Field(ge=1, le=MOST_DAYS)]


class RetentionEntry(ConfigEntry):
    """How long a workflow keeps each kind of data after a proposal has ended; left out: for good."""

    workflow: Slug
    contents_days: Days | None = None
    messages_days: Days | None = None
    traces_days: Days | None = None

    def keeping(self) -> Keeping:
        """As the verb takes it."""
        return Keeping(self.contents_days, self.messages_days, self.traces_days)

    def references(self) -> Iterable[Reference]:
        yield ("workflow",), "workflows", self.workflow

    def canonical(self) -> dict[str, Any]:
        return _written(self.workflow, self.keeping())


class Retentions:
    """Reads and writes how long data is kept; a workflow that keeps everything is left out."""

    key = "retention"
    Model = RetentionEntry

    @staticmethod
    def current() -> list[dict[str, Any]]:
        """Every workflow that does not keep everything, by slug."""
        rows = Retention.objects.select_related("workflow").order_by("workflow__slug")
        return [_written(row.workflow.slug, keeping_of(row)) for row in rows if keeping_of(row) != FOR_GOOD]

    @staticmethod
    def nothing(name: str) -> dict[str, Any]:
        """A workflow that is left out keeps everything."""
        return _written(name, FOR_GOOD)

    @staticmethod
    def apply(entries: list[RetentionEntry], *, by: User | None, now: datetime) -> None:
        """Set each. Raises NotAllowed."""
        for entry in entries:
            workflow = Workflow.objects.get(slug=entry.workflow)
            set_retention(workflow=workflow, keeping=entry.keeping(), by=by, now=now)


SECTIONS = [Retentions]


def _written(slug: str, keeping: Keeping) -> dict[str, Any]:
    return {"workflow": slug, **asdict(keeping)}
