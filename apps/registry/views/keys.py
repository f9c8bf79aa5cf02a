"""Pages on which an admin issues, rotates and revokes an agent's keys. A secret is on one page, once."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.requests import PersonRequest
from apps.registry import actions, policies
from apps.registry.actions import IssuedKey
from apps.registry.forms import KeyIssueForm, KeyRotateForm
from apps.registry.models import Agent, AgentKey


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def key_issue(request: PersonRequest, slug: str) -> HttpResponse:
    """Make a key; the token is on the page that answers, and on no other."""
    agent, by, now = get_object_or_404(Agent, slug=slug), request.user, timezone.now()
    policies.check_register(by)
    form = KeyIssueForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        issued = actions.issue_key(
            agent=agent, scopes=form.chosen(), expires_at=form.expires_at(now), by=by, now=now
        )
        return _show_token(request, issued)
    context = {"form": form, "agent": agent}
    return render(request, "registry/key_issue.html", context, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def key_rotate(request: PersonRequest, slug: str, key_id: int) -> HttpResponse:
    """Make a key's successor; both work for a while."""
    key, by, now = _key(slug, key_id), request.user, timezone.now()
    policies.check_rotate(key, by=by, now=now)
    form = KeyRotateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _show_token(request, actions.rotate_key(key=key, by=by, now=now, overlap=form.overlap()))
    context = {"form": form, "key": key, "agent": key.agent}
    return render(request, "registry/key_rotate.html", context, status=422 if form.errors else 200)


@require_POST
def key_revoke(request: PersonRequest, slug: str, key_id: int) -> HttpResponse:
    """Close a key at once."""
    key = actions.revoke_key(key=_key(slug, key_id), by=request.user, now=timezone.now())
    messages.success(request, _("Key %(key)s is revoked.") % {"key": key})
    return redirect("registry:agent_detail", slug)


def _key(slug: str, key_id: int) -> AgentKey:
    return get_object_or_404(AgentKey.objects.select_related("agent"), pk=key_id, agent__slug=slug)


def _show_token(request: PersonRequest, issued: IssuedKey) -> HttpResponse:
    context = {"key": issued.key, "agent": issued.key.agent, "token": issued.token}
    return render(request, "registry/key_token.html", context)
