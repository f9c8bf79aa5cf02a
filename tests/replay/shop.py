"""A shop that is set up for the real proposals: workflow, action types, agents with keys, reviewers."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from apps.accounts import rights
from apps.accounts.models import Team, User
from apps.accounts.roles import Role
from apps.registry import actions as registry
from apps.registry.models import Workflow
from apps.registry.scopes import Permitted
from apps.registry.states import Effect, Scope, Stage
from tests import factories
from tests.factories import UserFactory, add_reasons, make_queue, publish_matrix
from tests.replay.mapping import WORKFLOW, Row, retail_actions

# In US dollars: the shop lets one person decide about less, whatever it is.
TWO_PEOPLE_FROM = Decimal(500)


@dataclass(frozen=True)
class Shop:
    """The retail workflow: its reviewers, and a key for each of its agents."""

    workflow: Workflow
    reviewers: list[User]
    keys: dict[str, str]


def open_shop(rows: list[Row], stage: Stage) -> Shop:
    """Register the workflow, its action types, agents and people through the registry's verbs."""
    now = timezone.now()
    people = {short: UserFactory(short=short) for short in ("olga", "petra", "tina", "gina")}
    reviewers = [UserFactory(short=short) for short in ("alice", "bob", "carla", "dev")]
    team = Team.objects.create(name="Customer desk", slug="customer-desk")
    team.user_set.set(reviewers)
    factories.default_calendars(now)
    for slug in ("triage", "standard", "senior", "critical"):
        make_queue(slug, team, now)
    workflow = registry.save_workflow(
        slug=WORKFLOW,
        name="Retail",
        roles=registry.FiveRoles(people["olga"], people["petra"], people["tina"], people["gina"], team),
        initial_stage=stage,
        by=None,
        now=now,
    )
    rights.give(role=Role.BENEFIT_OWNER, to=people["olga"], on=workflow, by=None, now=now)
    publish_matrix(now, workflow, quorum=1)
    add_reasons(workflow)
    stock(workflow, rows)
    return Shop(workflow, reviewers, {slug: _key(slug, workflow, people["tina"]) for slug in _agents(rows)})


def stock(workflow: Workflow, rows: list[Row]) -> None:
    """Register the action types of these rows."""
    now = timezone.now()
    for action in retail_actions(rows):
        registry.save_action_type(
            workflow=workflow,
            name=action.name,
            title=action.title,
            args_schema=action.args_schema,
            consequence=action.consequence,
            reversibility=action.reversibility,
            effects=action.effects,
            amount_limit=TWO_PEOPLE_FROM if Effect.MOVES_MONEY in action.effects else None,
            amount_currency="USD" if Effect.MOVES_MONEY in action.effects else "",
            by=None,
            now=now,
        )


def slug_of(row: Row) -> str:
    """The agent that made this proposal, as a slug."""
    return str(row["agent_id"]).replace(".", "-")


def _agents(rows: list[Row]) -> list[str]:
    return sorted({slug_of(row) for row in rows})


def _key(slug: str, workflow: Workflow, owner: User) -> str:
    now = timezone.now()
    agent = registry.save_agent(slug=slug, name=slug, owner=owner, by=None, now=now)
    registry.set_grants(agent=agent, grants={workflow: Permitted()}, by=None, now=now)
    issued = registry.issue_key(
        agent=agent, scopes=list(Scope), expires_at=now + timedelta(days=30), by=None, now=now
    )
    return issued.token
