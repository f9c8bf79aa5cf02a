"""Who is away, and saying when somebody is."""

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts import actions, policies, queries
from apps.accounts.forms import AbsenceForm, add_refusal
from apps.accounts.models import Absence, User
from apps.accounts.requests import PersonRequest


@require_safe
def absence_list(request: PersonRequest) -> HttpResponse:
    """Everybody who is away or will be, and who stands in."""
    context = {
        "absences": queries.all_absences(timezone.now()),
        "can_manage": policies.can_manage_people(request.user),
    }
    return render(request, "accounts/absence_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def person_away(request: PersonRequest, short: str) -> HttpResponse:
    """Note that a person is away on some days."""
    person, by = get_object_or_404(User, short=short), request.user
    policies.check_set_absence(person, by=by)
    form = AbsenceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        starts_at, ends_at = form.span()
        try:
            actions.set_absence(
                person=person,
                starts_at=starts_at,
                ends_at=ends_at,
                delegate=form.cleaned_data["delegate"],
                by=by,
                now=timezone.now(),
            )
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            return redirect("accounts:person_detail", person.short)
    context = {"form": form, "person": person}
    return render(request, "accounts/person_away.html", context, status=422 if form.errors else 200)


@require_POST
def person_back(request: PersonRequest, short: str, absence_id: int) -> HttpResponse:
    """Cancel an absence."""
    absence = get_object_or_404(
        Absence.objects.select_related("user", "delegate"), pk=absence_id, user__short=short
    )
    actions.cancel_absence(absence=absence, by=request.user, now=timezone.now())
    return redirect("accounts:person_detail", short)
