"""Pages on which admins make teams and say who is in them."""

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from apps.accounts import actions, policies
from apps.accounts.forms import TeamAddForm, TeamForm, add_refusal
from apps.accounts.models import Team, User
from apps.accounts.requests import PersonRequest
from apps.accounts.staffing import LeavesEmpty


@require_http_methods(["GET", "HEAD", "POST"])
def team_add(request: PersonRequest) -> HttpResponse:
    """Make a team."""
    return _team_page(request, TeamAddForm(request.POST or None), None)


@require_http_methods(["GET", "HEAD", "POST"])
def team_edit(request: PersonRequest, slug: str) -> HttpResponse:
    """Change a team's name and members."""
    team = get_object_or_404(Team, slug=slug)
    initial = {"name": team.name, "members": User.objects.filter(groups=team)}
    return _team_page(request, TeamForm(request.POST or None, initial=initial), team)


def _team_page(request: PersonRequest, form: TeamForm, team: Team | None) -> HttpResponse:
    by = request.user
    policies.check_manage_people(by)
    gaps: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            actions.save_team(
                slug=team.slug if team else form.cleaned_data["slug"],
                name=form.cleaned_data["name"],
                members=form.cleaned_data["members"],
                by=by,
                now=timezone.now(),
                accepts=request.POST.getlist("accepts"),
            )
        except ValidationError as refusal:
            add_refusal(form, refusal)
        except LeavesEmpty as left:
            gaps = left.gaps
        else:
            return redirect("accounts:people_list")
    context = {"form": form, "team": team, "gaps": gaps}
    status = 409 if gaps else 422 if form.errors else 200
    return render(request, "accounts/team_edit.html", context, status=status)
