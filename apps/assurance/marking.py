"""Marks an item of readiness as done, as far as what ReviewHub sees does not say otherwise.

The only way to `trust.readying.complete_item` from a page: that verb keeps the word of people, this one holds it
against the facts, which lie above trust.
"""

from datetime import date, datetime

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.policies import NotAllowed
from apps.assurance.facts import fact_of, whereabouts
from apps.assurance.models import TriggerRun
from apps.assurance.simulating import live_policy, try_everywhere
from apps.assurance.triggers import holds, reached, told
from apps.audit import actions as audit
from apps.delivery.notifying import notify
from apps.registry.models import Workflow
from apps.trust.models import ReadinessItem
from apps.trust.policies import check_set_readiness
from apps.trust.readiness import MOST_EVIDENCE
from apps.trust.readying import complete_item, reopen_item
from apps.trust.states import ReadyItem


def mark_done(
    *,
    workflow: Workflow,
    item: ReadyItem,
    evidence: str,
    link: str,
    owner: User,
    expires_on: date,
    by: User,
    now: datetime,
) -> ReadinessItem:
    """The word of a person, with what ReviewHub sees beside it. Raises NotAllowed, also where it sees otherwise."""
    check_set_readiness(workflow, by=by)
    if item is ReadyItem.ESCALATION:
        raise NotAllowed(_("Run the simulated trigger: what comes of it is the evidence."))
    with transaction.atomic():
        fact = fact_of(workflow, item, now=now)
        if fact.holds is False:
            raise NotAllowed(_("This cannot be done yet. {fact}").format(fact=fact.text))
        _check_own_evidence(workflow, item, evidence)
        before = ReadinessItem.objects.filter(workflow=workflow, item=item).first()
        row = complete_item(
            workflow=workflow,
            item=item,
            evidence=evidence,
            link=link,
            owner=owner,
            expires_on=expires_on,
            by=by,
            now=now,
            seen=whereabouts(owner, now=now) if item is ReadyItem.ON_CALL else fact.text,
        )
        _tell_owner(row, newly=before is None or before.owner_id != owner.pk, by=by, now=now)
        return row


def run_trigger(*, workflow: Workflow, owner: User, expires_on: date, by: User, now: datetime) -> TriggerRun:
    """Simulate a trigger of the workflow's escalation and keep what came of it: as evidence where it holds; where it
    does not, the item is opened again. Raises NotAllowed.
    """
    check_set_readiness(workflow, by=by)
    with transaction.atomic():
        before = ReadinessItem.objects.filter(workflow=workflow, item=ReadyItem.ESCALATION).first()
        policy = live_policy(workflow)
        places = try_everywhere(workflow, policy, now=now) if policy else []
        run = TriggerRun.objects.create(
            workflow=workflow,
            policy=policy.name if policy else "",
            holds=holds(places),
            places=[place.written() for place in places],
            reached=reached(places),
            by=by,
            at=now,
        )
        sentence = told(places)
        audit.record(
            verb="readiness.tried",
            now=now,
            by=by,
            subject=("workflow", workflow.pk, workflow.name),
            workflow_id=workflow.pk,
            data={"run": run.pk, "holds": run.holds, "told": sentence[:500]},
        )
        if run.holds:
            row = complete_item(
                workflow=workflow,
                item=ReadyItem.ESCALATION,
                evidence=sentence[:MOST_EVIDENCE],
                owner=owner,
                expires_on=expires_on,
                by=by,
                now=now,
                seen=_("Policy: {policy}.").format(policy=run.policy),
            )
            _tell_owner(row, newly=before is None or before.owner_id != owner.pk, by=by, now=now)
        elif ReadinessItem.objects.filter(
            workflow=workflow, item=ReadyItem.ESCALATION, done_at__isnull=False
        ).exists():
            reopen_item(workflow=workflow, item=ReadyItem.ESCALATION, reason=sentence, by=by, now=now)
    return run


def _check_own_evidence(workflow: Workflow, item: ReadyItem, evidence: str) -> None:
    """Each item has evidence of its own. Raises NotAllowed."""
    written = " ".join(evidence.split()).casefold()
    others = ReadinessItem.objects.filter(workflow=workflow).exclude(item=item)
    for other, said in others.values_list("item", "evidence"):
        if " ".join(said.split()).casefold() == written:
            raise NotAllowed(
                _("The same words are the evidence of “{item}”: say what was done for this one.").format(
                    item=ReadyItem(other).label
                )
            )


def _tell_owner(row: ReadinessItem, *, newly: bool, by: User, now: datetime) -> None:
    """Whoever was named by somebody else learns of it."""
    if not newly or row.owner_id == by.pk or row.expires_on is None:
        return
    notify(
        people=[row.owner],
        kind="readiness",
        title=_("{workflow}: you answer for “{item}”").format(
            workflow=row.workflow.name, item=row.get_item_display()
        ),
        text=_("{name} named you as its owner. It holds until {day}; you are told before it ends.").format(
            name=by.name, day=date_format(row.expires_on, "j M Y")
        ),
        link=f"/assurance/{row.workflow.slug}/readiness/",
        tier=0,
        now=now,
        workflow_id=row.workflow_id,
    )
