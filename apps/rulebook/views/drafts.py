"""A draft: its grid and rules, changed one at a time; tried, published by a second person, or dropped."""

from collections.abc import Callable
from typing import Any

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
from apps.registry.states import Consequence, Reversibility
from apps.routing.references import arguments_of
from apps.routing.rules.expressions import RULES
from apps.routing.rules.names import NAMES
from apps.rulebook import drafting, offered, policies
from apps.rulebook.cautions import cautions
from apps.rulebook.checking import Checked, checked
from apps.rulebook.content import BadContent
from apps.rulebook.differing import differences, place_name
from apps.rulebook.forms import CellForm, Names, PublishForm, RuleForm
from apps.rulebook.models import PolicyDraft
from apps.rulebook.publishing import publish_draft, tried, what_is_missing
from apps.rulebook.references import actions_of, known_values
from apps.rulebook.states import DraftStatus
from apps.rulebook.trying import Trial, named_in, recent_proposals, try_condition
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
    before = draft.content["matrix"][which][how]
    form = CellForm(request.POST or None, before, Names(), place=(which, how))

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

    known = cautions(which, how, before)
    found = cautions(which, how, form.cleaned_data) if form.is_valid() else known
    # What stands in the draft was kept with open eyes; anything new is pointed out once before it is.
    is_warned = form.is_valid() and bool(found.keys() - known.keys()) and "accepted" not in request.POST
    if form.is_valid() and not is_warned and _saved(request, form, save):
        return redirect("rulebook:draft_read", draft.pk)
    context = {
        "draft": draft,
        "place": place_name(which, how),
        "form": form,
        "fields": [(field, found.get(field.name, "")) for field in form],
        "is_warned": is_warned,
    }
    return render(request, "rulebook/cell_edit.html", context, status=422 if form.errors else 200)


def rule_edit(request: PersonRequest, draft_id: int, at: int | None = None) -> HttpResponse:
    """Write a rule, or change the one at this place (from 1)."""
    draft = _draft_to_write(request, draft_id)
    rules = draft.content["rules"]
    if at is not None and not 1 <= at <= len(rules):
        raise Http404
    rule = rules[at - 1] if at is not None else None
    is_sent = request.method == "POST" and request.POST.get("press") != "try"
    arguments = arguments_of(draft.workflow)
    taken = {one["name"] for one in rules if one is not rule}
    form = RuleForm(request.POST if is_sent else None, rule, Names(), arguments=arguments, taken=taken)
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

    kinds = actions_of(draft.workflow)
    known = known_values(kinds)
    written = form["when"].value() or ""
    said = checked(written, RULES, arguments=arguments, known=known)
    if is_sent and form.is_valid() and _saved(request, form, save):
        for one in said.unmatched:
            messages.warning(request, str(one))
        return redirect("rulebook:draft_read", draft.pk)
    context = {
        "draft": draft,
        "rule": rule,
        "at": at,
        "form": form,
        "names": NAMES,
        "arguments": offered.arguments(kinds),
        "examples": offered.examples(kinds),
        "recent": recent_proposals(draft.workflow, by=request.user),
        **_answer(request, said),
    }
    return render(request, "rulebook/rule_edit.html", context, status=422 if is_sent else 200)


@require_POST
def condition_check(request: PersonRequest, draft_id: int) -> HttpResponse:
    """What is wrong with a condition as it is written, else what it says of a proposal: the part below its field."""
    draft = _draft_to_write(request, draft_id)
    written = request.POST.get("when", "")
    known = known_values(actions_of(draft.workflow))
    said = checked(written, RULES, arguments=arguments_of(draft.workflow), known=known)
    context = {"draft": draft, **_answer(request, said)}
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


def _answer(request: PersonRequest, said: Checked) -> dict[str, Any]:
    """What can be said of a condition: its error, or its clauses for the proposal that is named or chosen."""
    wanted = request.POST.get("other", "").strip() or request.POST.get("proposal", "")
    found: dict[str, Any] = {"said": said, "wanted": request.POST.get("other", ""), "trial": None}
    if wanted and said.is_usable:
        found |= {"trial": _tried(said.written, wanted, request.user), "was_tried": True}
    return found


def _tried(written: str, wanted: str, by: User) -> Trial | None:
    """None where there is no such proposal."""
    proposal_id = named_in(wanted)
    try:
        return try_condition(written, proposal_id, by=by) if proposal_id else None
    except Assessment.DoesNotExist:
        return None
