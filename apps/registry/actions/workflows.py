"""Registers workflows with their five named roles, their action types and reason codes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from apps.accounts import rights
from apps.accounts.models import Team, User
from apps.accounts.roles import Role
from apps.audit import actions as audit
from apps.registry import policies
from apps.registry.actions.saving import save
from apps.registry.models import ActionType, ReasonCode, Workflow
from apps.registry.schemas import compile_schema
from apps.registry.starting import check_begins_assisted
from apps.registry.states import Consequence, Effect, Reversibility, Stage


@dataclass(frozen=True)
class FiveRoles:
    """Who answers for a workflow: four people by name, and the team of human reviewers."""

    business_owner: User
    process_owner: User
    technical_owner: User
    governance_lead: User
    reviewers: Team


@transaction.atomic
def save_workflow(
    *,
    slug: str,
    name: str,
    roles: FiveRoles,
    by: User | None,
    now: datetime,
    description: str = "",
    initial_stage: Stage = Stage.SHADOW,
    is_active: bool = True,
) -> Workflow:
    """Register a workflow, or change it. The business owner gets the benefit owner's right, the former one
    loses it. One that began in shadow begins in assisted only once it is ready (`starting`).

    Raises NotAllowed, ValidationError.
    """
    policies.check_register(by)
    before = Workflow.objects.select_for_update(no_key=True).filter(slug=slug).first()
    if before is not None and before.initial_stage != initial_stage == Stage.ASSISTED:
        check_begins_assisted(before.pk, now=now)
    former = before.business_owner_id if before is not None else None
    workflow, _written = save(
        Workflow,
        key={"slug": slug},
        values={
            "name": name,
            "description": description,
            "business_owner": roles.business_owner,
            "process_owner": roles.process_owner,
            "technical_owner": roles.technical_owner,
            "governance_lead": roles.governance_lead,
            "reviewers": roles.reviewers,
            "initial_stage": initial_stage.value,
            "is_active": is_active,
        },
        by=by,
        now=now,
    )
    rights.give(role=Role.BENEFIT_OWNER, to=roles.business_owner, on=workflow, by=by, now=now)
    if former is not None and former != roles.business_owner.pk:
        predecessor = User.objects.get(pk=former)
        rights.take_back(role=Role.BENEFIT_OWNER, to=predecessor, on=workflow, by=by, now=now)
    return workflow


@transaction.atomic
def set_privacy_readers(
    *, workflow: Workflow, holders: Iterable[User | Team], by: User | None, now: datetime
) -> None:
    """Let exactly these uncover the hidden values of the workflow's proposals. Raises NotAllowed."""
    policies.check_register(by)
    wanted = list(holders)
    for role, holder in rights.grants_on(workflow):
        if role == Role.PRIVACY_READER and holder not in wanted:
            rights.take_back(role=Role.PRIVACY_READER, to=holder, on=workflow, by=by, now=now)
    for holder in wanted:
        rights.give(role=Role.PRIVACY_READER, to=holder, on=workflow, by=by, now=now)


@transaction.atomic
def save_action_type(
    *,
    workflow: Workflow,
    name: str,
    title: str,
    args_schema: dict[str, Any],
    consequence: Consequence,
    by: User | None,
    now: datetime,
    reversibility: Reversibility = Reversibility.IRREVERSIBLE,
    description: str = "",
    undo_window_seconds: int = 0,
    effects: Sequence[Effect] = (),
    amount_limit: Decimal | None = None,
    amount_currency: str = "",
    is_active: bool = True,
) -> ActionType:
    """Register an action type, or change it; proposals already in keep what they were assessed with.

    Raises NotAllowed, UnusableSchema, ValidationError.
    """
    compile_schema(args_schema)
    action_type, _written = save(
        ActionType,
        key={"workflow": workflow, "name": name},
        values={
            "title": title,
            "description": description,
            "args_schema": args_schema,
            "consequence": consequence.value,
            "reversibility": reversibility.value,
            "undo_window_seconds": undo_window_seconds,
            "effects": sorted(effect.value for effect in set(effects)),
            "amount_limit": amount_limit,
            "amount_currency": amount_currency,
            "is_active": is_active,
        },
        by=by,
        now=now,
    )
    return action_type


@transaction.atomic
def save_reason_code(
    *,
    workflow: Workflow,
    code: str,
    label: str,
    by: User | None,
    now: datetime,
    is_agents_fault: bool = True,
    position: int = 0,
) -> ReasonCode:
    """Register a reason for overrides, or change it. Raises NotAllowed, ValidationError."""
    reason, _written = save(
        ReasonCode,
        key={"workflow": workflow, "code": code},
        values={"label": label, "is_agents_fault": is_agents_fault, "position": position},
        by=by,
        now=now,
    )
    return reason


@transaction.atomic
def close_action_type(*, action_type: ActionType, by: User | None, now: datetime) -> None:
    """Accept no more proposals of this type; those already in go on. Raises NotAllowed."""
    save(
        ActionType,
        key={"workflow": action_type.workflow, "name": action_type.name},
        values={"is_active": False},
        by=by,
        now=now,
    )


@transaction.atomic
def remove_reason_code(*, reason: ReasonCode, by: User | None, now: datetime) -> None:
    """Offer this reason no more; decisions that gave it keep its code. Raises NotAllowed."""
    policies.check_register(by)
    audit.record(
        verb="reason_code.removed",
        now=now,
        by=by,
        subject=("reason_code", reason.pk, reason.label),
        workflow_id=reason.workflow_id,
        data={"code": reason.code, "agents_fault": reason.is_agents_fault},
    )
    reason.delete()
