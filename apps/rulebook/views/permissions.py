"""What agents may propose: everybody reads it, whoever reads the workflow its use too; admins change it, and those who
answer for the workflow review it.
"""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.policies import why_not
from apps.accounts.requests import PersonRequest
from apps.registry import actions
from apps.registry.conditions.names import DECLARED
from apps.registry.models import ActionType, Agent, AgentGrant, Workflow
from apps.registry.policies import check_register, check_review_permissions
from apps.registry.scopes import LIMITS, AgentScope, Permitted, digest
from apps.registry.visibility import visible_workflows
from apps.rulebook import offered
from apps.rulebook.checking import Checked, checked
from apps.rulebook.forms import CadenceForm, PermissionReviewForm, ScopeForm, SeenForm
from apps.rulebook.permission_queries import all_grants, granted, held_of_agent, listed, past_of
from apps.rulebook.references import known_values
from apps.rulebook.scope_use import uses

_ON_A_PAGE = 50


@require_safe
def permission_list(request: PersonRequest) -> HttpResponse:
    """Every agent in every workflow, with its reviews and what it does not use."""
    now = timezone.now()
    page = Paginator(all_grants(), _ON_A_PAGE).get_page(request.GET.get("page"))
    rows = listed(page, readable=_readable(request), now=now, today=timezone.localdate(now))
    context = {
        "rows": rows,
        "page": page,
        "previous_url": f"?page={page.previous_page_number()}" if page.has_previous() else "",
        "next_url": f"?page={page.next_page_number()}" if page.has_next() else "",
        "shown": _("{first} to {last} of {all}").format(
            first=page.start_index(), last=page.end_index(), all=page.paginator.count
        ),
    }
    return render(request, "rulebook/permission_list.html", context)


@require_safe
def agent_permissions(request: PersonRequest, slug: str) -> HttpResponse:
    """What one agent may propose where, what of it it uses, and its reviews."""
    return _page(request, _agent(slug))


def permission_add(request: PersonRequest, slug: str, workflow: str) -> HttpResponse:
    """A form for one more scope, the first one too."""
    return _form_page(request, _agent(slug), get_object_or_404(Workflow, slug=workflow), None)


def permission_edit(request: PersonRequest, slug: str, workflow: str, place: int) -> HttpResponse:
    """A form for this scope; `?narrow` fills in what is left of it without what is not used."""
    return _form_page(request, _agent(slug), get_object_or_404(Workflow, slug=workflow), place)


@require_POST
def permission_check(request: PersonRequest, slug: str, workflow: str) -> HttpResponse:
    """What is wrong with a limit as it is written, else what it would have let in: the part below its field."""
    agent, named = _agent(slug), get_object_or_404(Workflow, slug=workflow)
    check_register(request.user)
    scope = AgentScope.of(request.POST.getlist("actions"), request.POST.get("within", ""))
    past = past_of(agent, named, now=timezone.now(), by=request.user)
    said = _said(_kinds(named), scope)
    context = {"said": said, "held": held_of_agent(past, scope), "lets_in": True}
    return render(request, "rulebook/_condition.html", context)


@require_POST
def permission_withdraw(request: PersonRequest, slug: str, workflow: str, place: int) -> HttpResponse:
    """Take one scope back."""
    grant, form = _grant(slug, workflow), SeenForm(request.POST)
    check_register(request.user)
    _scope_at(grant.scope_list, place)

    def withdraw(seen: str) -> None:
        actions.withdraw_scope(grant=grant, place=place, seen=seen, by=request.user, now=timezone.now())

    if _done(form, withdraw):
        messages.success(request, _("Taken back: it is refused from the next request on."))
        return _back(grant)
    return _page(request, grant.agent, problem=form, of=grant)


@require_POST
def permission_review(request: PersonRequest, slug: str, workflow: str) -> HttpResponse:
    """Keep that somebody looked at it."""
    grant = _grant(slug, workflow)
    check_review_permissions(grant, by=request.user)
    form = PermissionReviewForm(request.POST, auto_id=f"review_{grant.pk}_%s")

    def review(seen: str) -> None:
        note = form.cleaned_data["note"]
        actions.review_permissions(grant=grant, note=note, seen=seen, by=request.user, now=timezone.now())

    if _done(form, review):
        messages.success(request, _("Reviewed. You are asked again when the next review is due."))
        return _back(grant)
    return _page(request, grant.agent, problem=form, of=grant)


@require_POST
def permission_cadence(request: PersonRequest, slug: str, workflow: str) -> HttpResponse:
    """Change how often it is reviewed."""
    grant = _grant(slug, workflow)
    check_register(request.user)
    form = CadenceForm(request.POST, auto_id=f"cadence_{grant.pk}_%s")

    def change(seen: str) -> None:
        given = Permitted(grant.scope_list, form.cleaned_data["review_days"])
        _change(request, grant.agent, grant.workflow, given, seen)

    if _done(form, change):
        messages.success(request, _("Saved."))
        return _back(grant)
    return _page(request, grant.agent, problem=form, of=grant)


def _page(
    request: PersonRequest, agent: Agent, *, problem: Form | None = None, of: AgentGrant | None = None
) -> HttpResponse:
    by, now = request.user, timezone.now()
    today = timezone.localdate(now)
    rows, found = [], granted(agent, readable=_readable(request), now=now, today=today)
    for one in found:
        grant, seen = one.grant, digest(one.grant.scope_list)
        wrong = problem if of is not None and of.pk == grant.pk else None
        review = PermissionReviewForm(initial={"seen": seen}, auto_id=f"review_{grant.pk}_%s")
        first = {"seen": seen, "review_days": grant.review_days}
        cadence = CadenceForm(initial=first, auto_id=f"cadence_{grant.pk}_%s")
        rows.append(
            {
                "granted": one,
                "grant": grant,
                "seen": seen,
                "scopes": one.uses if one.uses is not None else _unread(grant.scope_list),
                "problem": wrong if type(wrong) is SeenForm else None,
                "review_form": wrong if isinstance(wrong, PermissionReviewForm) else review,
                "cadence_form": wrong if isinstance(wrong, CadenceForm) else cadence,
                "why_not_review": why_not(check_review_permissions, grant, by=by),
            }
        )
    held = [one.grant.workflow_id for one in found]
    context = {
        "agent": agent,
        "rows": rows,
        "why_not_change": why_not(check_register, by),
        "others": Workflow.objects.filter(is_active=True).exclude(pk__in=held).order_by("name"),
    }
    return render(request, "rulebook/agent_permissions.html", context, status=422 if problem else 200)


def _form_page(request: PersonRequest, agent: Agent, workflow: Workflow, place: int | None) -> HttpResponse:
    check_register(request.user)
    grant = AgentGrant.objects.filter(agent=agent, workflow=workflow).first()
    scopes = grant.scope_list if grant else ()
    scope = AgentScope() if place is None else _scope_at(scopes, place)
    now = timezone.now()
    past = past_of(agent, workflow, now=now, by=request.user)
    kinds = _kinds(workflow)
    named = {kind.name for kind in kinds}
    if place is not None and grant and "narrow" in request.GET:
        found = uses(
            scopes, past.seen, offered=named, reaches=past.reaches_of, since=grant.scopes_since, now=now
        )
        scope = found[place].narrower or scope
    choices = [(kind.name, f"{kind.title} ({kind.name})") for kind in kinds]
    choices += [(name, name) for name in scope.actions if name not in named]
    is_sent = request.method == "POST"
    form = ScopeForm(request.POST if is_sent else None, choices=choices, scope=scope, seen=digest(scopes))
    is_counted = is_sent and request.POST.get("press") == "count"

    def change(seen: str) -> None:
        left = [one for at, one in enumerate(scopes) if at != place]
        left.insert(len(left) if place is None else place, form.scope())
        days = grant.review_days if grant else Permitted().review_days
        _change(request, agent, workflow, Permitted(left, days), seen)

    if is_sent and not is_counted and _done(form, change):
        messages.success(request, _("Saved. It counts from the next request on."))
        return redirect("permissions:agent_permissions", agent.slug)
    shown = form.scope() if is_sent and form.is_valid() else scope
    is_wrong = bool(form.errors.get("within"))
    context = {
        "agent": agent,
        "workflow": workflow,
        "place": place,
        "form": form,
        "names": DECLARED,
        "arguments": offered.arguments(kinds),
        "examples": offered.declared_examples(kinds),
        # What is wrong stands at the field already, and nothing can be counted by it.
        "said": Checked("") if is_wrong else _said(kinds, shown),
        "held": None if is_wrong else held_of_agent(past, shown),
    }
    status = 422 if is_sent and not is_counted else 200
    return render(request, "rulebook/permission_form.html", context, status=status)


def _change(request: PersonRequest, agent: Agent, workflow: Workflow, given: Permitted, seen: str) -> None:
    actions.change_grant(
        agent=agent, workflow=workflow, given=given, seen=seen, by=request.user, now=timezone.now()
    )


def _done(form: Form, act: Callable[[str], None]) -> bool:
    """Whether it was done; else the form says why not."""
    if not form.is_valid():
        return False
    try:
        act(form.cleaned_data["seen"])
    except ValidationError as refusal:
        for message in refusal.messages:
            form.add_error(None, message)
        return False
    return True


def _kinds(workflow: Workflow) -> list[ActionType]:
    return list(workflow.action_types.filter(is_active=True).order_by("title"))


def _said(kinds: list[ActionType], scope: AgentScope) -> Checked:
    covered = [kind for kind in kinds if scope.covers(kind.name)]
    arguments = {name for kind in covered for name in kind.args_schema.get("properties", {})}
    return checked(scope.within, LIMITS, arguments=arguments, known=known_values(kinds))


def _unread(scopes: tuple[AgentScope, ...]) -> list[dict[str, object]]:
    """The scopes for somebody who may not know what they are used for."""
    return [{"scope": scope, "place": place} for place, scope in enumerate(scopes)]


def _scope_at(scopes: tuple[AgentScope, ...], place: int) -> AgentScope:
    if place >= len(scopes):
        raise Http404
    return scopes[place]


def _agent(slug: str) -> Agent:
    return get_object_or_404(Agent.objects.select_related("owner"), slug=slug)


def _grant(slug: str, workflow: str) -> AgentGrant:
    rows = AgentGrant.objects.select_related("agent__owner", "workflow")
    return get_object_or_404(rows, agent__slug=slug, workflow__slug=workflow)


def _readable(request: PersonRequest) -> set[int]:
    return set(visible_workflows(request.user).values_list("pk", flat=True))


def _back(grant: AgentGrant) -> HttpResponse:
    return redirect("permissions:agent_permissions", grant.agent.slug)
