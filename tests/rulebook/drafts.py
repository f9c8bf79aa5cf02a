"""Drafts of policies for tests: what holds, with changes."""

from collections.abc import Callable
from copy import deepcopy
from datetime import datetime
from typing import Any

from apps.registry.models import Workflow
from apps.routing.config import content_of
from apps.routing.models import PolicyVersion
from apps.rulebook import ordering, running
from apps.rulebook.content import canonical, digest
from apps.rulebook.models import BackTest, PolicyDraft
from tests.factories import House

Change = Callable[[dict[str, Any]], None]


def content_that_holds(workflow: Workflow | None = None) -> dict[str, Any]:
    """The content of the newest version of the workflow's own policy, or of the default one."""
    newest = PolicyVersion.objects.filter(workflow=workflow).order_by("-number").first()
    if newest is None:
        return content_that_holds()
    written = content_of(newest)
    return canonical({"matrix": written["matrix"], "rules": written.get("rules", [])})


def rule(name: str, when: str, **then: Any) -> dict[str, Any]:
    """A rule as a draft has it."""
    return {"name": name, "title": name.replace("-", " ").capitalize(), "when": when, "then": then}


def with_rules(*rules: dict[str, Any]) -> Change:
    """The matrix stays, these are the rules."""

    def change(content: dict[str, Any]) -> None:
        content["rules"] = list(rules)

    return change


def with_cells(**values: Any) -> Change:
    """Every cell has these values."""

    def change(content: dict[str, Any]) -> None:
        for row in content["matrix"].values():
            for cell in row.values():
                cell.update(values)

    return change


def draft_of(house: House, *changes: Change, workflow: Workflow | None = None) -> PolicyDraft:
    """A draft, for one workflow or (None) the default policy, that differs by `changes` from what holds."""
    content = deepcopy(content_that_holds(workflow))
    for change in changes:
        change(content)
    content = canonical(content)
    return PolicyDraft.objects.create(
        workflow=workflow,
        content=content,
        digest=digest(content),
        editors=[house.adam.pk],
        begun_at=house.now,
        begun_by=house.adam,
        changed_at=house.now,
    )


def ordered(house: House, draft: PolicyDraft, **changes: Any) -> BackTest:
    """A back-test of it, ordered by Adam."""
    return ordering.order(**{"draft_id": draft.pk, "last": 100, "by": house.adam, "now": house.now} | changes)


def tried(house: House, *changes: Change, now: datetime | None = None, **order: Any) -> BackTest:
    """A finished back-test of a new draft of the orders' policy."""
    test = ordered(house, draft_of(house, *changes, workflow=house.workflow), **order)
    assert running.run_next(clock=lambda: now or house.now)
    return BackTest.objects.get(pk=test.pk)
