"""Says what an agent may propose in a workflow, narrows it, takes it back; and keeps that people looked at it.

Who changes or reviews says with `seen` (`scopes.digest`) which scopes they saw: what somebody else has changed since is
not changed, or called good, unseen.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.policies import NotAllowed
from apps.audit import actions as audit
from apps.registry import policies
from apps.registry.actions.saving import save
from apps.registry.conditions.arguments import unknown_arguments
from apps.registry.models import ActionType, Agent, AgentGrant, PermissionReview, Workflow
from apps.registry.scopes import AgentScope, Permitted, digest, stored


class ChangedSince(ValidationError):
    """Somebody has changed the scopes since they were seen."""

    def __init__(self) -> None:
        super().__init__(_("Somebody has changed these permissions meanwhile. Look at them again."))


@transaction.atomic
def save_grant(
    *, agent: Agent, workflow: Workflow, given: Permitted, by: User | None, now: datetime
) -> AgentGrant:
    """Let `agent` propose in `workflow` what is given, and nothing else there. Raises NotAllowed, ValidationError.

    What nobody has looked at yet is due to be reviewed at once, unless it is only less than there was.
    """
    _check_arguments(workflow, given.scopes)
    kept = stored(given.scopes)
    key = {"agent": agent, "workflow": workflow}
    before = AgentGrant.objects.select_for_update(no_key=True).filter(**key).first()
    grant, written = save(
        AgentGrant,
        key=key,
        values={"scopes": kept, "review_days": given.review_days},
        by=by,
        now=now,
    )
    if written:
        if before is None:
            grant.review_on = timezone.localdate(now) + timedelta(days=given.review_days)
        else:
            grant.review_on += timedelta(days=given.review_days - before.review_days)
            if not all(scope in before.scopes for scope in kept):
                grant.review_on = min(grant.review_on, timezone.localdate(now))
        if before is None or before.scopes != kept:
            grant.scopes_since = now
        grant.save(update_fields=["review_on", "scopes_since"])
    return grant


@transaction.atomic
def change_grant(
    *, agent: Agent, workflow: Workflow, given: Permitted, seen: str, by: User | None, now: datetime
) -> AgentGrant:
    """The same by somebody who saw the scopes there were (none where there was no grant).

    Raises NotAllowed, ValidationError, ChangedSince.
    """
    policies.check_register(by)
    # Where there is no grant yet, its agent's row keeps two from making it at once.
    Agent.objects.select_for_update(no_key=True).get(pk=agent.pk)
    held = AgentGrant.objects.select_for_update(no_key=True).filter(agent=agent, workflow=workflow).first()
    if digest(held.scope_list if held else ()) != seen:
        raise ChangedSince
    return save_grant(agent=agent, workflow=workflow, given=given, by=by, now=now)


@transaction.atomic
def withdraw_scope(*, grant: AgentGrant, place: int, seen: str, by: User | None, now: datetime) -> None:
    """Take one scope back; with the last one the grant goes. Raises NotAllowed, ChangedSince, IndexError."""
    policies.check_register(by)
    locked = _locked(grant, seen)
    left = [scope for at, scope in enumerate(locked.scope_list) if at != place]
    if len(left) == len(locked.scope_list):
        raise IndexError(place)
    if left:
        given = Permitted(left, locked.review_days)
        save_grant(agent=locked.agent, workflow=locked.workflow, given=given, by=by, now=now)
    else:
        withdraw_grant(grant=locked, by=by, now=now)


@transaction.atomic
def withdraw_grant(*, grant: AgentGrant, by: User | None, now: datetime) -> None:
    """Let the agent propose nothing more in this workflow. Raises NotAllowed."""
    policies.check_register(by)
    audit.record(
        verb="agent_grant.withdrawn",
        now=now,
        by=by,
        subject=("agent_grant", grant.pk, str(grant)),
        workflow_id=grant.workflow_id,
        data={"scopes": grant.scopes},
    )
    grant.delete()


@transaction.atomic
def review_permissions(
    *, grant: AgentGrant, note: str, seen: str, by: User, now: datetime
) -> PermissionReview:
    """Keep that `by` looked at these scopes and what they say of them; the next look is due after `review_days`.

    Raises NotAllowed, ValidationError for an empty or too long note, ChangedSince.
    """
    locked = _locked(grant, seen)
    policies.check_review_permissions(locked, by=by)
    review = PermissionReview(
        agent=locked.agent,
        workflow=locked.workflow,
        scopes=locked.scopes,
        note=note.strip(),
        at=now,
        by=by,
        by_name=by.name,
    )
    review.full_clean()
    review.save()
    locked.review_on = timezone.localdate(now) + timedelta(days=locked.review_days)
    locked.told_on = None
    locked.save(update_fields=["review_on", "told_on"])
    audit.record(
        verb="agent_grant.reviewed",
        now=now,
        by=by,
        subject=("agent_grant", locked.pk, str(locked)),
        workflow_id=locked.workflow_id,
        data={"note": review.note, "scopes": review.scopes},
    )
    return review


def _locked(grant: AgentGrant, seen: str) -> AgentGrant:
    rows = AgentGrant.objects.select_for_update(no_key=True, of=("self",))
    locked = rows.select_related("agent__owner", "workflow").filter(pk=grant.pk).first()
    if locked is None:
        raise NotAllowed(_("This grant was taken back meanwhile."))
    if digest(locked.scope_list) != seen:
        raise ChangedSince
    return locked


def _check_arguments(workflow: Workflow, scopes: Sequence[AgentScope]) -> None:
    """A condition may ask only for arguments that an action it is about has, where all of those are registered."""
    if not any(scope.within for scope in scopes):
        return
    known = {
        name: set(schema.get("properties", {}))
        for name, schema in ActionType.objects.filter(workflow=workflow).values_list("name", "args_schema")
    }
    for scope in scopes:
        names = scope.actions or tuple(known)
        if not known.keys() >= set(names):
            continue
        arguments = set().union(*(known[name] for name in names))
        for unknown in unknown_arguments(scope.within, arguments):
            raise ValidationError(
                {
                    "scopes": _("No action here has the argument {name}: there are {known}.").format(
                        name=unknown, known=", ".join(sorted(arguments)) or "-"
                    )
                }
            )
