"""What the pages of webhooks and of chat channels have in common: how refusals are told, and the buttons of both."""

from collections.abc import Callable
from typing import TypeVar

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.policies import NotAllowed
from apps.accounts.requests import PersonRequest
from apps.delivery import policies, receiver_actions
from apps.delivery.addresses import RefusedAddress
from apps.delivery.models import ChatChannel, WebhookEndpoint

T = TypeVar("T")


def saved(form: forms.BaseForm, save: Callable[[], T]) -> T | None:
    """What `save` made; None when it refused the address, which the form then says."""
    try:
        return save()
    except RefusedAddress as refused:
        form.add_error("url", str(refused))
        return None


def switch(
    request: PersonRequest, receiver: WebhookEndpoint | ChatChannel, *, back: HttpResponse
) -> HttpResponse:
    """Stop it, or let it go on: the button `to`."""
    by, now = request.user, timezone.now()
    policies.check_edit_endpoints(by)
    try:
        if request.POST.get("to") == "off":
            reason = _("Switched off by an admin.")
            receiver_actions.disable(receiver=receiver, reason=reason, by=by, now=now)
        else:
            receiver_actions.enable(receiver=receiver, by=by, now=now)
    except NotAllowed as refused:
        messages.error(request, refused.sentence)
    return back


def delete(
    request: PersonRequest,
    receiver: WebhookEndpoint | ChatChannel,
    *,
    back: HttpResponse,
    done: str,
    to: str,
) -> HttpResponse:
    """Remove what was never used; `done` is said on the page named `to`, a refusal on the one it comes `back` to."""
    policies.check_edit_endpoints(request.user)
    try:
        receiver_actions.delete(receiver=receiver, by=request.user, now=timezone.now())
    except NotAllowed as refused:
        messages.error(request, refused.sentence)
        return back
    messages.success(request, done)
    return redirect(to)


def replay(
    request: PersonRequest, receiver: WebhookEndpoint | ChatChannel, *, back: HttpResponse
) -> HttpResponse:
    """Send again what was given up for it."""
    count = receiver_actions.replay_dead(receiver=receiver, by=request.user, now=timezone.now())
    said = ngettext("{count} message will be sent again.", "{count} messages will be sent again.", count)
    messages.success(request, said.format(count=count))
    return back
