"""Pages of people: the list, one person, and what an admin changes there."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts import actions, policies, queries
from apps.accounts.forms import OfficesForm, PersonAddForm, PersonForm, add_refusal
from apps.accounts.models import Team, User
from apps.accounts.requests import PersonRequest
from apps.accounts.staffing import LeavesEmpty


@require_safe
def people_list(request: PersonRequest) -> HttpResponse:
    """Everybody, with what they hold everywhere and who is away; and the teams."""
    context = {
        "people": queries.people(timezone.now()),
        "teams": Team.objects.order_by("name").prefetch_related("user_set"),
        "can_manage": policies.can_manage_people(request.user),
    }
    return render(request, "accounts/people_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def person_add(request: PersonRequest) -> HttpResponse:
    """Add a person."""
    by = request.user
    policies.check_manage_people(by)
    form = PersonAddForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            person = actions.add_person(**form.cleaned_data, by=by, now=timezone.now())
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("%(name)s was added.") % {"name": person.name})
            return redirect("accounts:person_detail", person.short)
    return render(request, "accounts/person_add.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
def person_detail(request: PersonRequest, short: str) -> HttpResponse:
    """One person: teams, rights, absences, and what the reader may change."""
    person = get_object_or_404(User, short=short)
    by, now = request.user, timezone.now()
    context = {
        "person": person,
        "teams": Team.objects.filter(user=person).order_by("name"),
        "offices": sorted(queries.offices_of(person)),
        "given": queries.given_to(person),
        "absences": queries.coming_absences(person, now),
        "can_manage": policies.can_manage_people(by),
        "can_set_active": policies.can_set_active(person, active=not person.is_active, by=by),
        "can_hand_out_link": policies.can_hand_out_link(person, by=by),
        "can_set_absence": policies.can_set_absence(person, by=by),
        "offices_form": OfficesForm(initial={"roles": sorted(queries.offices_of(person))}),
    }
    return render(request, "accounts/person_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def person_edit(request: PersonRequest, short: str) -> HttpResponse:
    """Change a person's name or address."""
    person, by = get_object_or_404(User, short=short), request.user
    policies.check_manage_people(by)
    form = PersonForm(request.POST or None, initial={"name": person.name, "email": person.email})
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_person(person=person, **form.cleaned_data, by=by, now=timezone.now())
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            return redirect("accounts:person_detail", person.short)
    context = {"form": form, "person": person}
    return render(request, "accounts/person_edit.html", context, status=422 if form.errors else 200)


@require_POST
def person_offices(request: PersonRequest, short: str) -> HttpResponse:
    """Say which roles a person holds everywhere. Where work is left without people, a page names it and asks again."""
    person = get_object_or_404(User, short=short)
    form = OfficesForm(request.POST)
    if form.is_valid():
        try:
            actions.set_offices(
                person=person,
                roles=form.chosen(),
                by=request.user,
                now=timezone.now(),
                accepts=request.POST.getlist("accepts"),
            )
        except LeavesEmpty as left:
            context = {"person": person, "gaps": left.gaps, "roles": sorted(form.chosen())}
            return render(request, "accounts/person_offices.html", context, status=409)
        messages.success(request, _("The roles of %(name)s were changed.") % {"name": person.name})
    return redirect("accounts:person_detail", person.short)


@require_POST
def person_active(request: PersonRequest, short: str) -> HttpResponse:
    """Let a person in, or out. Where work is left without people, a page names it and asks once more."""
    person = get_object_or_404(User, short=short)
    active = request.POST.get("active") == "yes"
    accepts = request.POST.getlist("accepts")
    try:
        actions.set_active(person=person, active=active, by=request.user, now=timezone.now(), accepts=accepts)
    except LeavesEmpty as left:
        context = {"person": person, "gaps": left.gaps}
        return render(request, "accounts/person_shut_out.html", context, status=409)
    return redirect("accounts:person_detail", person.short)


@never_cache
@require_POST
def person_link(request: PersonRequest, short: str) -> HttpResponse:
    """Make a link with which a person sets a password; it is on this page and on no other."""
    person = get_object_or_404(User, short=short)
    path = actions.password_link(person=person, by=request.user, now=timezone.now())
    context = {"person": person, "link": request.build_absolute_uri(path)}
    return render(request, "accounts/person_link.html", context)
