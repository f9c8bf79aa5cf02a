"""Drafts as tests need them: begun, changed, and tried as far as publishing asks."""

from typing import Any

from apps.rulebook.drafting import begin_draft, save_cell, save_rule
from apps.rulebook.models import PolicyDraft
from apps.rulebook.ordering import order
from apps.rulebook.running import run_next
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
    """The draft after a real back-test of what it says now, beside the version that holds."""
    order(draft_id=draft.pk, last=100, by=house.adam, now=house.now)
    assert run_next(clock=lambda: house.now)
    return draft
