"""What is halted now? Kept in each process while the registry's revision stands, and so asked without a query.

Every halt and every lift moves the revision: the next request in every process sees it. Asked at the door, where a
grant is issued, where it is redeemed, and where a veto window ends. What is kept is shared: read it, never change it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from apps.halts.models import Halt
from apps.halts.states import HaltScope
from apps.registry.catalogue import Book

_KEY = "halts.standing"


@dataclass(frozen=True, slots=True)
class StandingHalt:
    """One halt that stands: what it stops in words, since when, who said so and why."""

    id: UUID
    scope: HaltScope
    what: str
    reason: str
    by_name: str
    at: datetime

    @property
    def sentence(self) -> str:
        """For whoever is refused because of it."""
        text = capfirst(_("{what} is halted: {reason}").format(what=self.what, reason=self.reason))
        return text if text.endswith((".", "!", "?")) else f"{text}."


@dataclass(frozen=True, slots=True)
class Halts:
    """All halts that stand, by what they stop; `work` finds halted slices by (workflow, action, agent)."""

    everything: StandingHalt | None = None
    workflows: Mapping[int, StandingHalt] = field(default_factory=dict)
    agents: Mapping[int, StandingHalt] = field(default_factory=dict)
    slices: Mapping[int, StandingHalt] = field(default_factory=dict)
    work: Mapping[tuple[int, str, int], StandingHalt] = field(default_factory=dict)

    def over(
        self, *, workflow_id: int, agent_id: int, slice_id: int | None = None, instead: str = ""
    ) -> StandingHalt | None:
        """The widest halt that stops this work; None: it goes on.

        `instead` is the action carried out in the place of the slice's own: no segment is known of it, so a halt of
        any of its segments stops it.
        """
        return (
            self.everything
            or self.workflows.get(workflow_id)
            or self.agents.get(agent_id)
            or (self.slices.get(slice_id) if slice_id is not None else None)
            or (self.work.get((workflow_id, instead, agent_id)) if instead else None)
        )


def halts_in(book: Book) -> Halts:
    """Every halt that stands. One query after a change of the registry, then none."""
    found: Halts | None = book.kept.get(_KEY)
    if found is None:
        found = book.kept[_KEY] = _load()
    return found


def _load() -> Halts:
    everything: StandingHalt | None = None
    workflows, agents, slices, work = {}, {}, {}, {}
    for halt in Halt.objects.standing().with_targets():
        known = StandingHalt(halt.pk, HaltScope(halt.scope), str(halt), halt.reason, halt.by_name, halt.at)
        if halt.slice is not None:
            slices[halt.slice.pk] = known
            row = halt.slice
            work[row.workflow_id, row.action_type.name, row.agent_id] = known
        elif halt.agent_id is not None:
            agents[halt.agent_id] = known
        elif halt.workflow_id is not None:
            workflows[halt.workflow_id] = known
        else:
            everything = known
    return Halts(everything, workflows, agents, slices, work)
