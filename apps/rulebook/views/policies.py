"""Which policy holds where, what it says and has said, and going back to what it said."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.policies import NotAllowed, allows, why_not
from apps.accounts.requests import PersonRequest
from apps.registry.models import Workflow
from apps.registry.states import Reversibility
from apps.routing.models import PolicyVersion
from apps.rulebook import policies, queries
from apps.rulebook.content import Content
from apps.rulebook.differing import asks_for, differences
from apps.rulebook.drafting import begin_draft, holding_version, version_content


@require_safe
def policy_list(request: PersonRequest) -> HttpResponse:
    """The default policy and that of every workflow."""
    policies.check_read(by=request.user)
    return render(request, "rulebook/policy_list.html", {"lines": queries.lines()})


@require_safe
def policy_read(request: PersonRequest, scope: str) -> HttpResponse:
    """What holds for a workflow, or by default; its versions, and what each changed."""
    policies.check_read(by=request.user)
    workflow = scoped(scope)
    holds = holding_version(workflow)
    own = queries.versions_of(workflow)
    context = {
        "workflow": workflow,
        "scope": scope,
        "holds": holds,
        "is_own": holds is not None and holds.workflow_id == (workflow.pk if workflow else None),
        "draft": queries.open_draft(workflow),
        "editions": list(_editions(own)),
        "why_not_write": why_not(policies.check_write, by=request.user),
        **(shown(version_content(holds)) if holds else {}),
    }
    return render(request, "rulebook/policy_read.html", context)


@require_safe
def version_read(request: PersonRequest, scope: str, number: int) -> HttpResponse:
    """One version as it was, beside the one before it or (`beside` in the address) any other of the same scope."""
    policies.check_read(by=request.user)
    workflow = scoped(scope)
    version, numbers = _version(workflow, str(number)), queries.numbers_of(workflow)
    asked = request.GET.get("beside", "")
    other = _version(workflow, asked) if asked else None
    if other is None and number - 1 in numbers:
        other = _version(workflow, str(number - 1))
    content = version_content(version)
    before = version_content(other) if other else None
    context = {
        "workflow": workflow,
        "scope": scope,
        "version": version,
        "other": other,
        "numbers": [one for one in numbers if one != number],
        "newest": numbers[0],
        "origin": queries.origin_of(version),
        "differences": differences(before, content) if before else [],
        "can_write": allows(policies.check_write, by=request.user),
        **shown(content, before),
    }
    return render(request, "rulebook/version_read.html", context)


@require_POST
def policy_begin(request: PersonRequest, scope: str) -> HttpResponse:
    """Begin a draft from what holds, or (`back_to`) from what an earlier version said; leads to it."""
    workflow = scoped(scope)
    wanted = request.POST.get("back_to", "")
    back_to = None
    if wanted:
        back_to = _version(workflow, wanted)
    try:
        draft = begin_draft(workflow=workflow, by=request.user, now=timezone.now(), back_to=back_to)
    except NotAllowed as refusal:
        if not allows(policies.check_write, by=request.user):
            raise
        messages.error(request, refusal.sentence)
        return redirect("rulebook:policy_read", scope)
    return redirect("rulebook:draft_read", draft.pk)


def scoped(scope: str) -> Workflow | None:
    """The workflow of an address. Raises Http404."""
    try:
        return queries.workflow_of(scope)
    except queries.NoSuchScope:
        raise Http404 from None


def shown(content: Content, before: Content | None = None) -> dict[str, Any]:
    """What the grid and the list of rules need of a content."""
    return {
        "grid": queries.grid(content, before),
        "columns": [how.label for how in Reversibility],
        "rules": [(rule, asks_for(rule["then"])) for rule in content["rules"]],
    }


def _version(workflow: Workflow | None, wanted: str) -> PolicyVersion:
    found = PolicyVersion.objects.filter(workflow=workflow, number=int(wanted) if wanted.isdecimal() else 0)
    version = found.select_related("workflow").prefetch_related("cells", "rules").first()
    if version is None:
        raise Http404
    return version


def _editions(versions: list[PolicyVersion]) -> Any:
    """(version, how many things it changed), the newest first; of the first one that is not said."""
    contents = queries.contents(versions)
    for version in versions:
        before = contents.get(version.number - 1)
        yield version, len(differences(before, contents[version.number])) if before else None
