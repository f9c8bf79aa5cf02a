"""Drafts as tests need them: begun, changed, and tried as far as publishing asks."""

from typing import Any

from apps.rulebook.drafting import begin_draft, save_cell, save_rule
from apps.rulebook.models import BackTest, PolicyDraft
from apps.rulebook.states import TestStatus
from tests.factories import House

LARGE: dict[str, Any] = {
    "name": "large",
    "title": "Large amounts",
    "when": "impact.has_amount && impact.amount > 100",
    "then": {"queue": "senior", "second_approver": True},
}


def begun(house: House, *, own: bool = True) -> PolicyDraft:
    """A draft of Adam's for the workflow, or of the default policy."""
    return begin_draft(workflow=house.workflow if own else None, by=house.adam, now=house.now)


def with_cell(house: House, draft: PolicyDraft, **changes: Any) -> PolicyDraft:
    """The same with something changed in the cell of moderate, compensable actions."""
    cell = draft.content["matrix"]["moderate"]["compensable"] | changes
    return save_cell(
        draft_id=draft.pk,
        which="moderate",
        how="compensable",
        cell=cell,
        revision=draft.revision,
        by=house.adam,
        now=house.now,
    )


def with_rule(house: House, draft: PolicyDraft, rule: dict[str, Any] = LARGE) -> PolicyDraft:
    """The same with one more rule."""
    return save_rule(
        draft_id=draft.pk, at=None, rule=rule, revision=draft.revision, by=house.adam, now=house.now
    )


def tried(house: House, draft: PolicyDraft) -> PolicyDraft:
    """The draft with a finished back-test of what it says now."""
    BackTest.objects.create(
        draft=draft,
        against=draft.based_on,
        content=draft.content,
        digest=draft.digest,
        wanted=100,
        status=TestStatus.DONE,
        ordered_at=house.now,
        ordered_by=house.adam,
        ended_at=house.now,
    )
    return draft
