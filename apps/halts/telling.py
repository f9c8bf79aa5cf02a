"""Tells who answers for the work that it was stopped or goes on, and the pages that show what is about to act."""

from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.queries import offices
from apps.audit import actions as audit
from apps.audit.actors import Acting
from apps.delivery import live
from apps.delivery.kinds import FIRST_PRESSING_TIER
from apps.delivery.notifying import notify
from apps.halts.models import Halt
from apps.halts.targets import target_of
from apps.registry.models import Workflow

PAGE = "/halts/"


def tell(halt: Halt, verb: str, *, title: str, text: str, by: Acting | None, now: datetime) -> None:
    """One event in the log, and a notification to the offices and everybody accountable for what stops or goes on."""
    target = target_of(halt)
    workflow_ids = target.workflow_ids()
    audit.record(
        verb=f"halt.{verb}",
        now=now,
        by=by,
        subject=("halt", halt.pk, str(halt)),
        workflow_id=_workflow_id(halt),
        data={"scope": halt.scope, "reason": text, "look_again_on": halt.look_again_on.isoformat()},
    )
    live.announce(f"acting:{pk}" for pk in workflow_ids)
    workflows = Workflow.objects.filter(pk__in=workflow_ids).select_related(
        "business_owner", "process_owner", "technical_owner", "governance_lead"
    )
    people = {person for workflow in workflows for person in workflow.accountable} | offices()
    agent = halt.agent or (halt.slice.agent if halt.slice is not None else None)
    if agent is not None:
        people.add(agent.owner)
    _notify(halt, people, title=title, text=text, now=now)


def tell_overdue(halt: Halt, *, now: datetime) -> None:
    """The day to look again has come: the offices and whoever stopped it are asked to."""
    day = date_format(timezone.localdate(halt.at), "j M Y")
    title = _("Look again: {what} is halted since {day}").format(what=halt, day=day)
    people = offices() | ({halt.by} if halt.by is not None else set())
    _notify(halt, people, title=title, text=halt.reason, now=now, replaces=True)


def _notify(
    halt: Halt, people: Iterable[User], *, title: str, text: str, now: datetime, replaces: bool = False
) -> None:
    notify(
        people=people,
        kind="halt",
        title=capfirst(title),
        text=text,
        link=f"{PAGE}#halt-{halt.pk}",
        tier=FIRST_PRESSING_TIER,
        now=now,
        workflow_id=_workflow_id(halt),
        replaces=replaces,
    )


def _workflow_id(halt: Halt) -> int | None:
    return halt.slice.workflow_id if halt.slice is not None else halt.workflow_id
