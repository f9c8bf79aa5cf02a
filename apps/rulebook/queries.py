"""What the policies' pages show: which policy holds where, its versions, the grid of its matrix."""

from dataclasses import dataclass
from typing import Any

from apps.accounts.models import User
from apps.registry.models import Workflow
from apps.registry.states import Consequence, Reversibility
from apps.routing.config import DEFAULT
from apps.routing.models import PolicyVersion
from apps.rulebook.content import Content
from apps.rulebook.differing import changed_cells, written
from apps.rulebook.drafting import version_content
from apps.rulebook.models import BackTest, PolicyDraft
from apps.rulebook.states import DraftStatus, TestStatus


class NoSuchScope(LookupError):
    """There is no workflow of this name."""


@dataclass(frozen=True, slots=True)
class Line:
    """A policy in the list: of a workflow (None: the default). `version` None: the default one holds."""

    workflow: Workflow | None
    scope: str
    version: PolicyVersion | None
    rules: int
    draft: PolicyDraft | None


@dataclass(frozen=True, slots=True)
class GridCell:
    """A cell as the grid shows it: its fields in words, by name."""

    which: str
    how: str
    column: str
    words: dict[str, str]
    cell: dict[str, Any]
    is_changed: bool


@dataclass(frozen=True, slots=True)
class GridRow:
    """A consequence with its three cells."""

    label: str
    cells: list[GridCell]


def workflow_of(scope: str) -> Workflow | None:
    """The workflow of a scope in an address; None for the default. Raises NoSuchScope."""
    if scope == DEFAULT:
        return None
    found = Workflow.objects.filter(slug=scope).first()
    if found is None:
        raise NoSuchScope(scope)
    return found


def lines() -> list[Line]:
    """The default policy, then that of every workflow by name. Four queries."""
    last = PolicyVersion.objects.order_by("workflow", "-number").distinct("workflow")
    newest = {version.workflow_id: version for version in last.prefetch_related("rules")}
    open_ones = {
        row.workflow_id: row
        for row in PolicyDraft.objects.filter(status=DraftStatus.OPEN).select_related("begun_by")
    }
    places: list[Workflow | None] = [None, *Workflow.objects.filter(is_active=True).order_by("name")]
    found = []
    for workflow in places:
        key = workflow.pk if workflow else None
        holds = newest.get(key, newest.get(None))
        rules = len(holds.rules.all()) if holds else 0
        found.append(
            Line(workflow, workflow.slug if workflow else DEFAULT, newest.get(key), rules, open_ones.get(key))
        )
    return found


def versions_of(workflow: Workflow | None) -> list[PolicyVersion]:
    """All versions of a scope, the newest first, with cells and rules."""
    own = PolicyVersion.objects.filter(workflow=workflow).select_related("workflow")
    return list(own.prefetch_related("cells", "rules").order_by("-number"))


def numbers_of(workflow: Workflow | None) -> list[int]:
    """The numbers of all versions of a scope, the newest first."""
    own = PolicyVersion.objects.filter(workflow=workflow)
    return list(own.order_by("-number").values_list("number", flat=True))


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a published version comes from: who wrote it, the test it was tried in, the version it goes back to."""

    authors: list[str]
    tried: BackTest | None
    back_to: int | None


def origin_of(version: PolicyVersion) -> Origin | None:
    """None for a version that came from the configuration file. Three queries."""
    draft = PolicyDraft.objects.filter(published=version).select_related("going_back_to").first()
    if draft is None:
        return None
    authors = User.objects.filter(pk__in=draft.editors).order_by("name").values_list("name", flat=True)
    tests = draft.back_tests.filter(status=TestStatus.DONE, digest=draft.digest).order_by("-ordered_at")
    going_back = draft.going_back_to
    return Origin(list(authors), tests.first(), going_back.number if going_back else None)


def open_draft(workflow: Workflow | None) -> PolicyDraft | None:
    """The draft that is being written for a scope."""
    return PolicyDraft.objects.filter(workflow=workflow, status=DraftStatus.OPEN).first()


def contents(versions: list[PolicyVersion]) -> dict[int, Content]:
    """{version number: content}."""
    return {version.number: version_content(version) for version in versions}


def grid(content: Content, before: Content | None = None) -> list[GridRow]:
    """The matrix in words; changed are the cells that differ from `before`, none without it."""
    changed = changed_cells(before, content) if before is not None else set()
    return [
        GridRow(
            str(which.label),
            [
                _grid_cell(which.value, how.value, content["matrix"][which.value][how.value], changed)
                for how in Reversibility
            ],
        )
        for which in Consequence
    ]


def _grid_cell(which: str, how: str, cell: dict[str, Any], changed: set[tuple[str, str]]) -> GridCell:
    words = {name: written(name, value) for name, value in cell.items()}
    return GridCell(which, how, str(Reversibility(how).label), words, cell, (which, how) in changed)
