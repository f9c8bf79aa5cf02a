"""Writes drafts of policies. Every change names the revision it was made on, so that two people do not overwrite each
other; what a change makes impossible is refused with the reason and nothing of it is kept.
"""

from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.policies import NotAllowed
from apps.audit import actions as audit
from apps.registry.models import Workflow
from apps.routing.config import content_of
from apps.routing.models import PolicyVersion
from apps.rulebook.content import BadContent, Content, canonical, digest
from apps.rulebook.differing import differences
from apps.rulebook.models import PolicyDraft
from apps.rulebook.policies import check_write
from apps.rulebook.references import unknown_names
from apps.rulebook.states import DraftStatus


class Stale(NotAllowed):
    """Somebody else has changed the draft since it was read."""


def holding_version(workflow: Workflow | None) -> PolicyVersion | None:
    """The version that holds for a workflow now: its own newest, else the default one; None before the first."""
    versions = PolicyVersion.objects.select_related("workflow").prefetch_related("cells", "rules")
    own = versions.filter(workflow=workflow).order_by("-number").first()
    return own or versions.filter(workflow=None).order_by("-number").first()


def version_content(version: PolicyVersion) -> Content:
    """Matrix and rules of a version, in the canonical form."""
    written = content_of(version)
    return canonical({"matrix": written["matrix"], "rules": written.get("rules", [])})


def begin_draft(
    *, workflow: Workflow | None, by: User, now: datetime, back_to: PolicyVersion | None = None
) -> PolicyDraft:
    """A new draft with the content that holds now, or that of the earlier version `back_to`. The open one, if there is.

    Raises NotAllowed: also when one is open and `back_to` asks for another content, or no policy holds yet.
    """
    check_write(by=by)
    holds = holding_version(workflow)
    if holds is None:
        raise NotAllowed(_("No policy is published yet: import one with `manage.py setup_defaults`."))
    content = version_content(back_to or holds)
    row = PolicyDraft(
        workflow=workflow,
        based_on=holds,
        going_back_to=back_to,
        content=content,
        digest=digest(content),
        editors=[by.pk],
        begun_at=now,
        begun_by=by,
        changed_at=now,
    )
    if back_to is not None:
        row.reason = _("Back to version {number}").format(number=back_to.number)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            _record("policy_draft.begun", row, by, now, {"back_to": str(back_to) if back_to else ""})
    except IntegrityError:
        open_one = PolicyDraft.objects.get(workflow=workflow, status=DraftStatus.OPEN)
        if back_to is not None:
            raise NotAllowed(
                _("A draft is open: publish or drop it before going back to a version.")
            ) from None
        return open_one
    return row


def save_cell(
    *, draft_id: int, which: str, how: str, cell: Mapping[str, Any], revision: int, by: User, now: datetime
) -> PolicyDraft:
    """Change one cell of the matrix. Raises NotAllowed, Stale, BadContent."""

    def change(content: Content) -> None:
        content["matrix"][which][how] = dict(cell)

    return _change(draft_id, revision, by, now, change)


def save_rule(
    *, draft_id: int, at: int | None, rule: Mapping[str, Any], revision: int, by: User, now: datetime
) -> PolicyDraft:
    """Change the rule at this place (from 0), or add one at the end. Raises NotAllowed, Stale, BadContent."""

    def change(content: Content) -> None:
        if at is None:
            content["rules"].append(dict(rule))
        else:
            _rule(content, at)
            content["rules"][at] = dict(rule)

    return _change(draft_id, revision, by, now, change)


def move_rule(*, draft_id: int, at: int, up: bool, revision: int, by: User, now: datetime) -> PolicyDraft:
    """Let a rule change places with its neighbour. At the end of the line nothing changes."""

    def change(content: Content) -> None:
        rules, other = content["rules"], at - 1 if up else at + 1
        _rule(content, at)
        if 0 <= other < len(rules):
            rules[at], rules[other] = rules[other], rules[at]

    return _change(draft_id, revision, by, now, change)


def remove_rule(*, draft_id: int, at: int, revision: int, by: User, now: datetime) -> PolicyDraft:
    """Take a rule out of the draft."""

    def change(content: Content) -> None:
        _rule(content, at)
        del content["rules"][at]

    return _change(draft_id, revision, by, now, change)


@transaction.atomic
def drop_draft(*, draft_id: int, by: User, now: datetime) -> PolicyDraft:
    """End a draft without publishing it; it stays on record. Raises NotAllowed."""
    check_write(by=by)
    row = locked_open(draft_id)
    row.status, row.ended_at, row.ended_by = DraftStatus.DROPPED, now, by
    row.save(update_fields=["status", "ended_at", "ended_by"])
    _record("policy_draft.dropped", row, by, now, {})
    return row


def locked_open(draft_id: int) -> PolicyDraft:
    """The draft, locked. Raises NotAllowed when it has ended, PolicyDraft.DoesNotExist."""
    row = (
        PolicyDraft.objects.select_for_update(of=("self",), no_key=True)
        .select_related("workflow")
        .get(pk=draft_id)
    )
    if row.status != DraftStatus.OPEN:
        raise NotAllowed(_("This draft has ended: it is {status}.").format(status=row.get_status_display()))
    return row


@transaction.atomic
def _change(
    draft_id: int, revision: int, by: User, now: datetime, change: Callable[[Content], None]
) -> PolicyDraft:
    check_write(by=by)
    row = locked_open(draft_id)
    if row.revision != revision:
        raise Stale(
            _("The draft was changed meanwhile: look at it as it is now, then make your change again.")
        )
    before, after = row.content, deepcopy(row.content)
    change(after)
    after = canonical(after)
    problems = unknown_names(after, row.workflow)
    if problems:
        raise BadContent(problems)
    if after == before:
        return row
    row.content, row.digest, row.changed_at = after, digest(after), now
    row.revision += 1
    row.editors = sorted({*row.editors, by.pk})
    row.save(update_fields=["content", "digest", "changed_at", "revision", "editors"])
    told = [f"{one.where}: {one.what}: {one.before} → {one.after}" for one in differences(before, after)]
    _record("policy_draft.changed", row, by, now, {"changes": told})
    return row


def _rule(content: Content, at: int) -> dict[str, Any]:
    try:
        found: dict[str, Any] = content["rules"][at if at >= 0 else len(content["rules"])]
    except IndexError:
        raise Stale(_("There is no such rule any more.")) from None
    return found


def _record(verb: str, row: PolicyDraft, by: User, now: datetime, data: dict[str, Any]) -> None:
    audit.record(
        verb=verb,
        now=now,
        by=by,
        subject=("policy_draft", row.pk, str(row)),
        workflow_id=row.workflow_id,
        data=data,
    )
