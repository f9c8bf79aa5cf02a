"""The `workflows:` and `agents:` sections of the configuration file. Keys and secrets are never in it."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from apps.accounts import rights
from apps.accounts.config import ConfigEntry, Name, Reference, Slug, Text
from apps.accounts.models import Team, User
from apps.accounts.roles import Role
from apps.registry import actions
from apps.registry.actions import FiveRoles
from apps.registry.models import ActionType, Agent, ReasonCode, Workflow
from apps.registry.schemas import UnusableSchema, compile_schema
from apps.registry.scopes import (
    LIMITS,
    LONGEST_REVIEW_DAYS,
    MOST,
    USUAL_REVIEW_DAYS,
    AgentScope,
    Permitted,
)
from apps.registry.states import Consequence, Effect, Reversibility, Stage

PEOPLE_ROLES = ("business_owner", "process_owner", "technical_owner", "governance_lead")


class RolesEntry(ConfigEntry):
    """The five named roles: people by short name, the reviewers as a team."""

    business_owner: Slug
    process_owner: Slug
    technical_owner: Slug
    governance_lead: Slug
    reviewers: Slug


class ReadersEntry(ConfigEntry):
    """Exactly who may uncover the hidden values of the workflow's proposals."""

    people: list[Slug] = []
    teams: list[Slug] = []

    def canonical(self) -> dict[str, list[str]]:
        return {"people": sorted(set(self.people)), "teams": sorted(set(self.teams))}

    def holders(self) -> list[User | Team]:
        return [*User.objects.filter(short__in=self.people), *Team.objects.filter(slug__in=self.teams)]


class ReasonEntry(ConfigEntry):
    """A reason for overrides."""

    code: Annotated[Slug, Field(max_length=40)]
    label: Name
    agents_fault: bool = True


class ActionEntry(ConfigEntry):
    """An action type. `args` is the JSON Schema of its arguments."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]+$", max_length=80)]
    title: Name
    description: Text = ""
    consequence: Consequence
    reversibility: Reversibility = Reversibility.IRREVERSIBLE
    undo_seconds: Annotated[int, Field(ge=0, le=31_536_000)] = 0
    effects: list[Effect] = []
    amount_limit: Annotated[Decimal, Field(ge=0, max_digits=16, decimal_places=2)] | None = None
    amount_currency: Annotated[str, Field(pattern=r"^([A-Z]{3})?$")] = ""
    args: dict[str, Any]

    @field_validator("args")
    @classmethod
    def _is_usable(cls, args: dict[str, Any]) -> dict[str, Any]:
        try:
            compile_schema(args)
        except UnusableSchema as refusal:
            raise ValueError(str(refusal)) from refusal
        return args

    @model_validator(mode="after")
    def _limit_has_currency(self) -> Self:
        if self.amount_limit is not None and not self.amount_currency:
            raise ValueError("amount_limit needs amount_currency, such as EUR")
        return self


class WorkflowEntry(ConfigEntry):
    """A workflow with everything in it: an action type or reason it does not list is closed or removed."""

    slug: Slug
    name: Name
    description: Text = ""
    active: bool = True
    starts_in: Literal["shadow", "assisted"] = "shadow"
    roles: RolesEntry
    privacy_readers: ReadersEntry = ReadersEntry()
    reason_codes: list[ReasonEntry] = []
    action_types: list[ActionEntry] = []

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        for kind, names in (
            ("action type", [action.name for action in self.action_types]),
            ("reason code", [reason.code for reason in self.reason_codes]),
        ):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"{kind} given twice: {', '.join(twice)}")
        return self

    def references(self) -> Iterable[Reference]:
        for role in PEOPLE_ROLES:
            yield ("roles", role), "people", getattr(self.roles, role)
        yield ("roles", "reviewers"), "teams", self.roles.reviewers
        for position, short in enumerate(self.privacy_readers.people):
            yield ("privacy_readers", "people", position), "people", short
        for position, slug in enumerate(self.privacy_readers.teams):
            yield ("privacy_readers", "teams", position), "teams", slug

    def canonical(self) -> dict[str, Any]:
        written = self.model_dump(mode="json") | {"privacy_readers": self.privacy_readers.canonical()}
        for action, entry in zip(written["action_types"], self.action_types, strict=True):
            action["effects"] = sorted(set(action["effects"]))
            action["amount_limit"] = _money(entry.amount_limit)
        written["action_types"].sort(key=lambda action: action["name"])
        return written


class Workflows:
    """Reads and writes workflows with their action types and reason codes."""

    key = "workflows"
    Model = WorkflowEntry

    @staticmethod
    def current() -> list[dict[str, Any]]:
        """Every workflow by slug; closed action types are left out."""
        rows = Workflow.objects.order_by("slug").select_related(*PEOPLE_ROLES, "reviewers")
        return [_written(row) for row in rows.prefetch_related("action_types", "reason_codes")]

    @staticmethod
    def apply(entries: list[WorkflowEntry], *, by: User | None, now: datetime) -> None:
        """Register or change each. Raises NotAllowed, ValidationError, LookupError."""
        for entry in entries:
            people = {role: User.objects.get(short=getattr(entry.roles, role)) for role in PEOPLE_ROLES}
            reviewers = Team.objects.get(slug=entry.roles.reviewers)
            workflow = actions.save_workflow(
                slug=entry.slug,
                name=entry.name,
                roles=FiveRoles(**people, reviewers=reviewers),
                description=entry.description,
                initial_stage=Stage(entry.starts_in),
                is_active=entry.active,
                by=by,
                now=now,
            )
            actions.set_privacy_readers(
                workflow=workflow, holders=entry.privacy_readers.holders(), by=by, now=now
            )
            _apply_reasons(workflow, entry.reason_codes, by, now)
            _apply_actions(workflow, entry.action_types, by, now)


class GrantEntry(ConfigEntry):
    """One scope of what an agent may propose in a workflow: these actions (none named: all), within a condition.

    `review_days` counts for the workflow: entries of the same one that give it give the same.
    """

    workflow: Slug
    actions: list[Annotated[str, Field(max_length=80)]] = []
    within: str = ""
    review_days: Annotated[int, Field(ge=1, le=LONGEST_REVIEW_DAYS)] | None = None

    @field_validator("within")
    @classmethod
    def _is_condition(cls, within: str) -> str:
        if within.strip():
            LIMITS.compiled(within.strip())
        return within

    @property
    def scope(self) -> AgentScope:
        return AgentScope.of(self.actions, self.within)


class AgentEntry(ConfigEntry):
    """An agent and exactly what it may propose. Suspending is done on its page, not here."""

    slug: Slug
    name: Name
    description: Text = ""
    owner: Slug
    may_propose: list[GrantEntry] = []

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        for workflow, entries in self._of_workflows().items():
            days = {entry.review_days for entry in entries if entry.review_days is not None}
            if len(days) > 1:
                raise ValueError(f"review_days of {workflow} given as {sorted(days)}: give one")
            if len(entries) > MOST:
                raise ValueError(f"{workflow} is given {len(entries)} times: at most {MOST}")
        return self

    def references(self) -> Iterable[Reference]:
        yield ("owner",), "people", self.owner
        for position, grant in enumerate(self.may_propose):
            yield ("may_propose", position, "workflow"), "workflows", grant.workflow

    def canonical(self) -> dict[str, Any]:
        return _agent(self.slug, self.name, self.description, self.owner, self.grants())

    def grants(self) -> dict[str, Permitted]:
        """What is granted in each workflow, by its slug."""
        return {
            workflow: Permitted(
                [entry.scope for entry in entries],
                next((entry.review_days for entry in entries if entry.review_days), USUAL_REVIEW_DAYS),
            )
            for workflow, entries in self._of_workflows().items()
        }

    def _of_workflows(self) -> dict[str, list[GrantEntry]]:
        found: dict[str, list[GrantEntry]] = {}
        for entry in self.may_propose:
            found.setdefault(entry.workflow, []).append(entry)
        return found


class Agents:
    """Reads and writes agents and their grants."""

    key = "agents"
    Model = AgentEntry

    @staticmethod
    def current() -> list[dict[str, Any]]:
        """Every agent by slug."""
        rows = Agent.objects.order_by("slug").select_related("owner").prefetch_related("grants__workflow")
        return [
            _agent(
                row.slug,
                row.name,
                row.description,
                row.owner.short,
                {
                    grant.workflow.slug: Permitted(grant.scope_list, grant.review_days)
                    for grant in row.grants.all()
                },
            )
            for row in rows
        ]

    @staticmethod
    def apply(entries: list[AgentEntry], *, by: User | None, now: datetime) -> None:
        """Register or change each. Raises NotAllowed, ValidationError, LookupError."""
        for entry in entries:
            agent = actions.save_agent(
                slug=entry.slug,
                name=entry.name,
                owner=User.objects.get(short=entry.owner),
                description=entry.description,
                by=by,
                now=now,
            )
            grants = {Workflow.objects.get(slug=slug): given for slug, given in entry.grants().items()}
            actions.set_grants(agent=agent, grants=grants, by=by, now=now)


SECTIONS = [Workflows, Agents]


def _apply_reasons(workflow: Workflow, entries: list[ReasonEntry], by: User | None, now: datetime) -> None:
    for position, entry in enumerate(entries):
        actions.save_reason_code(
            workflow=workflow,
            code=entry.code,
            label=entry.label,
            is_agents_fault=entry.agents_fault,
            position=position,
            by=by,
            now=now,
        )
    for reason in ReasonCode.objects.filter(workflow=workflow).exclude(
        code__in=[each.code for each in entries]
    ):
        actions.remove_reason_code(reason=reason, by=by, now=now)


def _apply_actions(workflow: Workflow, entries: list[ActionEntry], by: User | None, now: datetime) -> None:
    for entry in entries:
        actions.save_action_type(
            workflow=workflow,
            name=entry.name,
            title=entry.title,
            description=entry.description,
            args_schema=entry.args,
            consequence=entry.consequence,
            reversibility=entry.reversibility,
            undo_window_seconds=entry.undo_seconds,
            effects=entry.effects,
            amount_limit=entry.amount_limit,
            amount_currency=entry.amount_currency,
            by=by,
            now=now,
        )
    listed = [entry.name for entry in entries]
    for action_type in ActionType.objects.filter(workflow=workflow, is_active=True).exclude(name__in=listed):
        actions.close_action_type(action_type=action_type, by=by, now=now)


def _written(row: Workflow) -> dict[str, Any]:
    return {
        "slug": row.slug,
        "name": row.name,
        "description": row.description,
        "active": row.is_active,
        "starts_in": row.initial_stage,
        "roles": {
            **{role: getattr(row, role).short for role in PEOPLE_ROLES},
            "reviewers": row.reviewers.slug,
        },
        "privacy_readers": _readers(row),
        "reason_codes": [
            {"code": reason.code, "label": reason.label, "agents_fault": reason.is_agents_fault}
            for reason in row.reason_codes.all()
        ],
        "action_types": [
            {
                "name": action.name,
                "title": action.title,
                "description": action.description,
                "consequence": action.consequence,
                "reversibility": action.reversibility,
                "undo_seconds": action.undo_window_seconds,
                "effects": sorted(action.effects),
                "amount_limit": _money(action.amount_limit),
                "amount_currency": action.amount_currency,
                "args": action.args_schema,
            }
            for action in sorted(row.action_types.all(), key=lambda action: action.name)
            if action.is_active
        ],
    }


def _readers(workflow: Workflow) -> dict[str, list[str]]:
    holders = [holder for role, holder in rights.grants_on(workflow) if role == Role.PRIVACY_READER]
    return {
        "people": sorted(holder.short for holder in holders if isinstance(holder, User)),
        "teams": sorted(holder.slug for holder in holders if isinstance(holder, Team)),
    }


def _agent(
    slug: str, name: str, description: str, owner: str, grants: dict[str, Permitted]
) -> dict[str, Any]:
    may_propose = [
        {"workflow": workflow, **scope.as_json(), "review_days": grants[workflow].review_days}
        for workflow in sorted(grants)
        for scope in grants[workflow].scopes
    ]
    return {
        "slug": slug,
        "name": name,
        "description": description,
        "owner": owner,
        "may_propose": may_propose,
    }


def _money(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount.quantize(Decimal("0.01")))
