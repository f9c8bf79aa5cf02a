"""Pages of chat channels. Reading is for office holders, changing for admins. No page shows an address again."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.policies import NotAllowed
from apps.accounts.requests import PersonRequest
from apps.delivery import channel_actions, policies, queries
from apps.delivery.forms import ChannelAddForm, ChannelForm
from apps.delivery.models import ChatChannel
from apps.delivery.views import receivers


@require_safe
def channel_list(request: PersonRequest) -> HttpResponse:
    """Every registered chat channel, whether it works, and what waits for it."""
    policies.check_read_deliveries(request.user)
    counts = queries.unfinished_of_channels()
    rows = [(row, counts.get(row.pk, queries.Unfinished())) for row in queries.channels()]
    can_edit = policies.can_edit_endpoints(request.user)
    return render(request, "delivery/channel_list.html", {"rows": rows, "can_edit": can_edit})


@require_http_methods(["GET", "HEAD", "POST"])
def channel_add(request: PersonRequest) -> HttpResponse:
    """Register a chat channel."""
    policies.check_edit_endpoints(request.user)
    form = ChannelAddForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given, by, now = form.cleaned_data, request.user, timezone.now()
        row = receivers.saved(form, lambda: channel_actions.save_channel(**given, by=by, now=now))
        if row is not None:
            messages.success(request, _("The channel was registered. Send a test message to see it arrive."))
            return redirect("delivery:channel_edit", row.slug)
    return render(request, "delivery/channel_add.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def channel_edit(request: PersonRequest, slug: str) -> HttpResponse:
    """A chat channel: its form, its state, and what can be done with it."""
    policies.check_read_deliveries(request.user)
    row = get_object_or_404(ChatChannel, slug=slug)
    form = ChannelForm(request.POST or None, initial={"name": row.name})
    if request.method == "POST":
        policies.check_edit_endpoints(request.user)
        if form.is_valid():
            given, by, now = form.cleaned_data, request.user, timezone.now()
            if receivers.saved(
                form, lambda: channel_actions.save_channel(slug=slug, **given, by=by, now=now)
            ):
                messages.success(request, _("The channel was changed."))
                return redirect("delivery:channel_edit", slug)
    return render(
        request,
        "delivery/channel_edit.html",
        {
            "channel": row,
            "form": form,
            "unfinished": queries.unfinished_of_channels().get(row.pk, queries.Unfinished()),
            "can_edit": policies.can_edit_endpoints(request.user),
        },
        status=422 if form.errors else 200,
    )


@require_POST
def channel_switch(request: PersonRequest, slug: str) -> HttpResponse:
    """Switch a channel off, or on again."""
    row = get_object_or_404(ChatChannel, slug=slug)
    return receivers.switch(request, row, back=redirect("delivery:channel_edit", slug))


@require_POST
def channel_test(request: PersonRequest, slug: str) -> HttpResponse:
    """Send a test message."""
    policies.check_edit_endpoints(request.user)
    row = get_object_or_404(ChatChannel, slug=slug)
    try:
        made = channel_actions.test(channel_id=row.pk, by=request.user, now=timezone.now())
    except NotAllowed as refused:
        messages.error(request, refused.sentence)
        return redirect("delivery:channel_edit", slug)
    messages.success(request, _("A test message is on its way; this page says what came of it."))
    return redirect("delivery:delivery_detail", made.pk)


@require_POST
def channel_delete(request: PersonRequest, slug: str) -> HttpResponse:
    """Remove a channel that was never used."""
    row = get_object_or_404(ChatChannel, slug=slug)
    back = redirect("delivery:channel_edit", slug)
    done = _("The channel was deleted.")
    return receivers.delete(request, row, back=back, done=done, to="delivery:channel_list")


@require_POST
def channel_replay(request: PersonRequest, slug: str) -> HttpResponse:
    """Send again what was given up for a channel."""
    row = get_object_or_404(ChatChannel, slug=slug)
    return receivers.replay(request, row, back=redirect("delivery:channel_edit", slug))
