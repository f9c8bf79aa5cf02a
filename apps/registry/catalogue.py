"""What one agent may propose, with everything intake needs to judge it, kept in each process.

Registered things change a few times a day and are needed with every proposal. A process keeps what it has
loaded as long as `Revision` has the value it had before loading: one tiny query a request, and a suspended
agent, a revoked key or a changed schema acts on the next request in every process. What is kept is shared
between threads: read it, never change it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import Subquery

from apps.audit.turns import this_turn
from apps.registry.models import ActionType, Agent, AgentGrant, AgentKey, AgentVersion, Revision, Workflow
from apps.registry.schemas import ArgsSchema, compile_schema

_NEVER_CHANGED = UUID(int=0)
_MOST_VERSIONS = 1000
_LOOKED = "registry.book"
# Annotate a query with it to look without another one.
REVISION = Subquery(Revision.objects.values("value")[:1])


class CataloguedAction(NamedTuple):
    """An active action type and its compiled schema."""

    action_type: ActionType
    args_schema: ArgsSchema


class CataloguedWorkflow(NamedTuple):
    """An active workflow granted to the agent. `action_types` holds all active ones: ask
    `grant.covers(name)`.
    """

    workflow: Workflow
    grant: AgentGrant
    action_types: Mapping[str, CataloguedAction]


@dataclass(frozen=True, slots=True)
class AgentCatalogue:
    """Workflows by slug, and the agent's newest known versions by fingerprint."""

    workflows: Mapping[str, CataloguedWorkflow]
    versions: dict[str, AgentVersion]

    def remember(self, version: AgentVersion) -> None:
        """Keep a committed version at hand; once there are enough, later ones are looked up."""
        if len(self.versions) < _MOST_VERSIONS:
            self.versions.setdefault(version.fingerprint, version)


@dataclass(slots=True)
class Book:
    """All that one process has loaded since the revision took this value. `kept`: for apps above, by their keys."""

    revision: UUID
    keys: dict[str, AgentKey] = field(default_factory=dict)
    catalogues: dict[int, AgentCatalogue] = field(default_factory=dict)
    agents: dict[int, Agent] = field(default_factory=dict)
    action_types: dict[int, ActionType] = field(default_factory=dict)
    grants: dict[tuple[int, int], AgentGrant | None] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)

    def agent(self, key: int) -> Agent:
        """The agent with this key; one query the first time. Raises Agent.DoesNotExist."""
        found = self.agents.get(key)
        if found is None:
            found = self.agents[key] = Agent.objects.get(pk=key)
        return found

    def action_type(self, key: int) -> ActionType:
        """The action type with its workflow; one query the first time. Raises ActionType.DoesNotExist."""
        found = self.action_types.get(key)
        if found is None:
            found = ActionType.objects.select_related("workflow").get(pk=key)
            self.action_types[key] = found
        return found

    def grant(self, *, agent_id: int, workflow_id: int) -> AgentGrant | None:
        """What the agent may propose in the workflow, None for nothing; one query the first time."""
        key = agent_id, workflow_id
        if key not in self.grants:
            self.grants[key] = AgentGrant.objects.filter(agent=agent_id, workflow=workflow_id).first()
        return self.grants[key]


_book = Book(_NEVER_CHANGED)


def book_in_use() -> Book:
    """The book that was current at the last look of this process, without a query: for one more read of a request."""
    return _book


def current_book() -> Book:
    """The book of the present revision; an empty one if the registry changed. One query, of one row, in a verb once."""
    turn = this_turn()
    if turn is None:
        return _look()
    if _LOOKED not in turn.answers:
        turn.answers[_LOOKED] = _look()
    book: Book = turn.answers[_LOOKED]
    return book


def look_again() -> None:
    """For a verb that changes what a book holds: its next look sees that."""
    turn = this_turn()
    if turn is not None:
        turn.answers.pop(_LOOKED, None)


def book_at(revision: UUID | None) -> Book:
    """The book of the revision a caller read together with something else (`REVISION`)."""
    global _book
    revision = revision or _NEVER_CHANGED
    book = _book
    if book.revision != revision:
        # Another thread may do the same; the loser's book is used once and forgotten.
        book = _book = Book(revision)
    return book


def _look() -> Book:
    return book_at(_current_revision())


def catalogue_in(book: Book, agent: Agent) -> AgentCatalogue:
    """The agent's catalogue from `book`, loaded into it with three queries when it is not there yet."""
    catalogue = book.catalogues.get(agent.pk)
    if catalogue is None:
        catalogue = book.catalogues[agent.pk] = _load(agent)
    return catalogue


def _current_revision() -> UUID:
    with connection.cursor() as cursor:
        cursor.execute("SELECT value FROM registry_revision")
        row = cursor.fetchone()
    return row[0] if row else _NEVER_CHANGED


def _load(agent: Agent) -> AgentCatalogue:
    grants = list(AgentGrant.objects.filter(agent=agent, workflow__is_active=True).select_related("workflow"))
    of_workflow: dict[int, dict[str, CataloguedAction]] = {grant.workflow_id: {} for grant in grants}
    workflows = {grant.workflow_id: grant.workflow for grant in grants}
    for action_type in ActionType.objects.filter(workflow__in=of_workflow, is_active=True):
        action_type.workflow = workflows[action_type.workflow_id]
        schema = compile_schema(action_type.args_schema)
        of_workflow[action_type.workflow_id][action_type.name] = CataloguedAction(action_type, schema)
    versions = AgentVersion.objects.filter(agent=agent).order_by("-first_seen_at", "-pk")[:_MOST_VERSIONS]
    return AgentCatalogue(
        workflows={
            grant.workflow.slug: CataloguedWorkflow(grant.workflow, grant, of_workflow[grant.workflow_id])
            for grant in grants
        },
        versions={version.fingerprint: version for version in versions},
    )
