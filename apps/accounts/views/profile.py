"""What people change about themselves."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.accounts import actions
from apps.accounts.forms import ProfileForm, add_refusal
from apps.accounts.requests import PersonRequest


@require_http_methods(["GET", "HEAD", "POST"])
def person_profile(request: PersonRequest) -> HttpResponse:
    """One's own name, and whether single keys work."""
    by = request.user
    form = ProfileForm(request.POST or None, initial={"name": by.name, "uses_keys": by.uses_keys})
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_profile(**form.cleaned_data, by=by, now=timezone.now())
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Your profile was changed."))
            return redirect("accounts:person_profile")
    return render(request, "accounts/person_profile.html", {"form": form}, status=422 if form.errors else 200)
