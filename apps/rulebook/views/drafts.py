"""A draft: its grid and rules, changed one at a time; tried, published by a second person, or dropped."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.models import User
from apps.accounts.policies import NotAllowed, why_not
from apps.accounts.requests import PersonRequest
from apps.proposals.models import Assessment
from apps.registry.conditions.arguments import unknown_arguments
from apps.registry.states import Consequence, Reversibility
from apps.routing.rules.expressions import RULES, BadExpression
from apps.routing.rules.names import NAMES
from apps.rulebook import drafting, policies
from apps.rulebook.content import BadContent
from apps.rulebook.differing import differences, place_name
from apps.rulebook.forms import CellForm, Names, PublishForm, RuleForm
from apps.rulebook.models import PolicyDraft
from apps.rulebook.publishing import publish_draft, tried, what_is_missing
from apps.rulebook.references import arguments_of
from apps.rulebook.states import DraftStatus
from apps.rulebook.trying import Trial, recent_proposals, try_condition
from apps.rulebook.views.policies import shown


@require_safe
def draft_read(request: PersonRequest, draft_id: int) -> HttpResponse:
    """The draft beside what holds: the grid, the rules, what changes, and what is still to be done."""
    draft = _draft(request, draft_id)
    return render(
        request, "rulebook/draft_read.html", _context(request, draft, PublishForm(initial=_first(draft)))
    )


def cell_edit(request: PersonRequest, draft_id: int, which: str, how: str) -> HttpResponse:
    """Change one cell."""
    draft = _draft_to_write(request, draft_id)
    if which not in Consequence.values or how not in Reversibility.values:
        raise Http404
    form = CellForm(request.POST or None, draft.content["matrix"][which][how], Names())

    def save(revision: int, by: User) -> None:
        drafting.save_cell(
            draft_id=draft.pk,
            which=which,
            how=how,
            cell=form.cleaned_data,
            revision=revision,
            by=by,
            now=timezone.now(),
        )

    if request.method == "POST" and form.is_valid() and _saved(request, form, save):
        return redirect("rulebook:draft_read", draft.pk)
    context = {"draft": draft, "form": form, "place": place_name(which, how)}
    status = 422 if request.method == "POST" else 200
    return render(request, "rulebook/cell_edit.html", context, status=status)


def rule_edit(request: PersonRequest, draft_id: int, at: int | None = None) -> HttpResponse:
    """Write a rule, or change the one at this place (from 1)."""
    draft = _draft_to_write(request, draft_id)
    rules = draft.content["rules"]
    if at is not None and not 1 <= at <= len(rules):
        raise Http404
    rule = rules[at - 1] if at is not None else None
    is_sent = request.method == "POST" and request.POST.get("press") != "try"
    form = RuleForm(request.POST if is_sent else None, rule, Names())
    # Tried without script: what is written stays, nothing is kept.
    form.initial = {**form.initial, **request.POST.dict()}

    def save(revision: int, by: User) -> None:
        drafting.save_rule(
            draft_id=draft.pk,
            at=at - 1 if at is not None else None,
            rule=form.rule(),
            revision=revision,
            by=by,
            now=timezone.now(),
        )

    if is_sent and form.is_valid() and _knows_its_arguments(draft, form) and _saved(request, form, save):
        return redirect("rulebook:draft_read", draft.pk)
    context = {
        "draft": draft,
        "rule": rule,
        "at": at,
        "form": form,
        "names": NAMES,
        "arguments": sorted(arguments_of(draft.workflow)),
        "recent": recent_proposals(draft.workflow, by=request.user),
        **_answer(request, draft, form["when"].value() or ""),
    }
    return render(request, "rulebook/rule_edit.html", context, status=422 if is_sent else 200)


@require_POST
def condition_check(request: PersonRequest, draft_id: int) -> HttpResponse:
    """What is wrong with a condition as it is written, else what it says of a proposal: the part below its field."""
    draft = _draft_to_write(request, draft_id)
    written = request.POST.get("when", "")
    context = {"draft": draft, **_answer(request, draft, written)}
    return render(request, "rulebook/_condition.html", context)


@require_POST
def rule_move(request: PersonRequest, draft_id: int, at: int) -> HttpResponse:
    """Let a rule change places with the one before or after it, or take it out."""
    draft = _draft_to_write(request, draft_id)
    press, revision = request.POST.get("press", ""), _revision(request)
    given: dict[str, Any] = {"draft_id": draft.pk, "at": at - 1, "revision": revision}
    given |= {"by": request.user, "now": timezone.now()}
    try:
        if press == "remove":
            drafting.remove_rule(**given)
        else:
            drafting.move_rule(**given, up=press == "up")
    except NotAllowed as refusal:
        messages.error(request, refusal.sentence)
    return redirect("rulebook:draft_read", draft.pk)


@require_POST
def draft_drop(request: PersonRequest, draft_id: int) -> HttpResponse:
    """End the draft; what holds goes on holding."""
    draft = _draft_to_write(request, draft_id)
    drafting.drop_draft(draft_id=draft.pk, by=request.user, now=timezone.now())
    messages.success(request, _("The draft is dropped. It stays on record; what held goes on holding."))
    return redirect("rulebook:policy_read", draft.scope)


@require_POST
def draft_publish(request: PersonRequest, draft_id: int) -> HttpResponse:
    """Let it count, from the next proposal on."""
    draft = _draft(request, draft_id)
    policies.check_publish(draft, by=request.user)
    form = PublishForm(request.POST)
    if form.is_valid():
        try:
            version = publish_draft(
                draft_id=draft.pk, by=request.user, now=timezone.now(), **form.cleaned_data
            )
        except NotAllowed as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(
                request,
                _("Version {number} holds from the next proposal on.").format(number=version.number),
            )
            return redirect("rulebook:policy_read", draft.scope)
    return render(request, "rulebook/draft_read.html", _context(request, draft, form), status=422)


def _draft(request: PersonRequest, draft_id: int) -> PolicyDraft:
    policies.check_read(by=request.user)
    rows = PolicyDraft.objects.select_related("workflow", "based_on__workflow", "going_back_to", "begun_by")
    return get_object_or_404(rows, pk=draft_id)


def _draft_to_write(request: PersonRequest, draft_id: int) -> PolicyDraft:
    draft = _draft(request, draft_id)
    policies.check_write(by=request.user)
    if draft.status != DraftStatus.OPEN:
        raise NotAllowed(_("This draft has ended: it is {status}.").format(status=draft.get_status_display()))
    return draft


def _first(draft: PolicyDraft) -> dict[str, str]:
    return {"reason": draft.reason, "digest": draft.digest}


def _context(request: PersonRequest, draft: PolicyDraft, form: PublishForm) -> dict[str, Any]:
    based_on = drafting.version_content(draft.based_on) if draft.based_on else None
    editors = dict(User.objects.filter(pk__in=draft.editors).values_list("pk", "name"))
    is_open = draft.status == DraftStatus.OPEN
    return {
        "draft": draft,
        "is_open": is_open,
        "editors": sorted(editors.values()),
        "differences": differences(based_on, draft.content),
        "missing": what_is_missing(draft) if is_open else "",
        "tried": tried(draft),
        "tests": list(draft.back_tests.select_related("ordered_by").order_by("-ordered_at")[:5]),
        "why_not_write": why_not(policies.check_write, by=request.user),
        "why_not_publish": why_not(policies.check_publish, draft, by=request.user),
        "form": form,
        **shown(draft.content, based_on),
    }


def _saved(request: PersonRequest, form: Form, save: Callable[[int, User], None]) -> bool:
    """Whether it is kept; else the form says why, at the field concerned where there is one."""
    try:
        save(_revision(request), request.user)
    except BadContent as error:
        for where, sentence in error.problems:
            form.add_error(next((str(one) for one in reversed(where) if one in form.fields), None), sentence)
        return False
    except drafting.Stale as error:
        form.add_error(None, error.sentence)
        return False
    messages.success(request, _("Kept in the draft. Nothing counts before it is published."))
    return True


def _revision(request: PersonRequest) -> int:
    given = request.POST.get("revision", "")
    return int(given) if given.isdecimal() and len(given) < 10 else 0


def _knows_its_arguments(draft: PolicyDraft, form: RuleForm) -> bool:
    unknown = unknown_arguments(form.cleaned_data["when"], arguments_of(draft.workflow))
    for name in unknown:
        form.add_error("when", _("No action here has an argument {name}.").format(name=name))
    return not unknown


def _answer(request: PersonRequest, draft: PolicyDraft, written: str) -> dict[str, Any]:
    """What can be said of a condition: its error, or its clauses for the chosen proposal."""
    proposal = request.POST.get("proposal", "")
    found: dict[str, Any] = {"written": written, "chosen": proposal, "error": None, "trial": None}
    if not written.strip():
        return found
    try:
        RULES.compiled(written)
    except BadExpression as error:
        return found | {
            "error": error,
            "line": _line(written, error.line),
            "mark": " " * (error.column - 1) + "^",
        }
    unknown = unknown_arguments(written, arguments_of(draft.workflow))
    found["unknown"] = unknown
    if proposal:
        found["trial"] = _tried(written, proposal, request.user)
        found["was_tried"] = True
    return found


def _line(written: str, number: int) -> str:
    lines = written.splitlines()
    return lines[number - 1] if 0 < number <= len(lines) else ""


def _tried(written: str, proposal: str, by: User) -> Trial | None:
    """None where there is no such proposal."""
    try:
        return try_condition(written, UUID(proposal), by=by)
    except (ValueError, Assessment.DoesNotExist):
        return None
