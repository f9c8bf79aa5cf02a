"""Says that a workflow has something ready, with the evidence, or that it has not any more.

Nothing that runs is stopped by either: the gate is asked when a slice is to be given more (`gating`).
"""

from datetime import date, datetime

from django.db import transaction

from apps.accounts.models import User
from apps.audit import actions as audit
from apps.registry.models import Workflow
from apps.trust import policies
from apps.trust.models import ReadinessItem
from apps.trust.states import ReadyItem


def complete_item(
    *,
    workflow: Workflow,
    item: ReadyItem,
    evidence: str,
    owner: User,
    expires_on: date,
    by: User,
    now: datetime,
    link: str = "",
    seen: str = "",
) -> ReadinessItem:
    """Put the evidence there, in the place of what was there before. `seen`: what ReviewHub itself sees of it.

    Raises NotAllowed with the sentence of the rule.
    """
    evidence = evidence.strip()
    with transaction.atomic():
        workflow = _locked(workflow)
        policies.check_set_readiness(workflow, by=by)
        policies.check_complete_item(
            workflow, item=item, evidence=evidence, link=link, owner=owner, expires_on=expires_on, now=now
        )
        values = {
            "evidence": evidence,
            "link": link,
            "seen": seen[:500],
            "owner": owner,
            "done_at": now,
            "done_by": by,
            "expires_on": expires_on,
            "reopened_because": "",
            "told_at": None,
        }
        row, _made = ReadinessItem.objects.update_or_create(workflow=workflow, item=item, defaults=values)
        _record(
            "readiness.set",
            row,
            workflow,
            by,
            now,
            evidence=evidence,
            link=link,
            seen=row.seen,
            owner=owner.name,
            until=expires_on.isoformat(),
        )
        return row


def reopen_item(
    *, workflow: Workflow, item: ReadyItem, reason: str, by: User, now: datetime
) -> ReadinessItem:
    """Say that it does not hold any more, and why. Raises NotAllowed."""
    with transaction.atomic():
        workflow = _locked(workflow)
        policies.check_set_readiness(workflow, by=by)
        row = (
            ReadinessItem.objects.select_for_update(no_key=True).filter(workflow=workflow, item=item).first()
        )
        policies.check_reopen_item(row, reason=reason)
        assert row is not None  # noqa: S101  (just checked)
        row.done_at = row.done_by = row.expires_on = None
        row.reopened_because, row.told_at = reason.strip()[:500], None
        row.save(update_fields=["done_at", "done_by", "expires_on", "reopened_because", "told_at"])
        _record("readiness.reopened", row, workflow, by, now, reason=row.reopened_because)
        return row


def _locked(workflow: Workflow) -> Workflow:
    """As it stands: until the transaction ends nobody else is named by it."""
    return Workflow.objects.select_for_update(no_key=True).get(pk=workflow.pk)


def _record(verb: str, row: ReadinessItem, workflow: Workflow, by: User, now: datetime, **data: str) -> None:
    audit.record(
        verb=verb,
        now=now,
        by=by,
        subject=("workflow", workflow.pk, workflow.name),
        workflow_id=workflow.pk,
        data={"item": row.item, "label": str(ReadyItem(row.item).label), **data},
    )
