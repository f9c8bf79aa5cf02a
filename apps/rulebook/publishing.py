"""Lets a draft count: by a second person, after it was tried on what has been, and as it was seen.

What was tried and seen is what is published: the digest on the page, of the back-test and of the draft are one. Going
back to a version that held before needs no new trial.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.policies import NotAllowed
from apps.audit import actions as audit
from apps.escalation import chains
from apps.routing import actions as routing
from apps.routing.models import PolicyVersion
from apps.rulebook.content import checked
from apps.rulebook.drafting import holding_version, locked_open, version_content
from apps.rulebook.models import BackTest, PolicyDraft
from apps.rulebook.policies import check_publish
from apps.rulebook.references import unknown_names
from apps.rulebook.states import DraftStatus, TestStatus


class NotReady(NotAllowed):
    """Something has to be done before this draft may count."""


def publish_draft(*, draft_id: int, digest: str, reason: str, by: User, now: datetime) -> PolicyVersion:
    """Publish the draft with this digest as the next version. It takes effect on the next proposal.

    Raises NotAllowed (not theirs, ended), NotReady with what is missing.
    """
    with transaction.atomic():
        routing.one_publisher()
        row = locked_open(draft_id)
        check_publish(row, by=by)
        if row.digest != digest:
            raise NotReady(_("The draft was changed since you read it: look at it as it is now."))
        missing = what_is_missing(row)
        if missing:
            raise NotReady(missing)
        if not reason.strip():
            raise NotReady(_("Say why this policy is to count: it is kept with the version."))
        entry = checked(row.content)
        version = routing.publish_policy(
            workflow=row.workflow,
            cells=entry.cell_rows(),
            rules=entry.rule_rows(),
            reason=reason,
            by=by,
            now=now,
        )
        _check_chains(row, now)
        row.status, row.published, row.reason = DraftStatus.PUBLISHED, version, reason.strip()
        row.ended_at, row.ended_by = now, by
        row.save(update_fields=["status", "published", "reason", "ended_at", "ended_by"])
        audit.record(
            verb="policy_draft.published",
            now=now,
            by=by,
            subject=("policy_draft", row.pk, str(row)),
            workflow_id=row.workflow_id,
            data={"version": str(version), "digest": row.digest, "reason": row.reason},
        )
        return version


def what_is_missing(row: PolicyDraft) -> str:
    """Why this draft cannot be published yet, in a sentence; empty when it can."""
    holds = holding_version(row.workflow)
    if holds is None or holds.pk != row.based_on_id:
        return _("Another version was published since this draft was begun: drop it and begin from that one.")
    if version_content(holds) == row.content:
        return _("The draft says what holds already: there is nothing to publish.")
    problems = unknown_names(row.content, row.workflow)
    if problems:
        return "; ".join(sentence for _where, sentence in problems)
    if row.going_back_to is not None and version_content(row.going_back_to) == row.content:
        return ""
    if tried(row) is None:
        return _("Try it on past proposals first: run a back-test of the draft as it is now.")
    return ""


def tried(row: PolicyDraft) -> BackTest | None:
    """The newest finished back-test of exactly this content beside the version that holds."""
    tests = BackTest.objects.filter(
        draft=row, digest=row.digest, status=TestStatus.DONE, against=row.based_on_id
    )
    return tests.order_by("-ended_at").first()


def _check_chains(row: PolicyDraft, now: datetime) -> None:
    """A matrix puts its chains into force: each has to reach people where it sends work."""
    for _matrix, chain, problem in chains.unproven_in({row.workflow.slug if row.workflow else ""}, now):
        raise NotReady(
            _("The chain {chain} cannot be put into force here: {problem}").format(
                chain=chain, problem=problem
            )
        )
