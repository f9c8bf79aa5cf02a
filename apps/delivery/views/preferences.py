"""How one wants to be told: by which way, when not, and where one's own chat is."""

from zoneinfo import available_timezones

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.policies import NotAllowed
from apps.accounts.requests import PersonRequest
from apps.delivery import channel_actions, inbox_actions, queries, receiver_actions
from apps.delivery.addresses import RefusedAddress
from apps.delivery.digesting import MOST, WINDOW
from apps.delivery.forms import OwnChatForm, PreferencesForm
from apps.delivery.models import ChatChannel


@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: PersonRequest) -> HttpResponse:
    """One's preferences, and the form of one's own chat."""
    wishes = queries.preferences(request.user)
    form = PreferencesForm(request.POST or None, wishes=wishes)
    if request.method == "POST" and form.is_valid():
        inbox_actions.save_preferences(wishes=form.wishes(), by=request.user, now=timezone.now())
        messages.success(request, _("Your preferences were saved."))
        return redirect("inbox:preferences")
    return _page(request, form=form, chat_form=OwnChatForm(), status=422 if form.errors else 200)


@require_POST
def chat_save(request: PersonRequest) -> HttpResponse:
    """Give oneself a chat address, or another one."""
    chat_form = OwnChatForm(request.POST)
    if chat_form.is_valid():
        try:
            channel_actions.save_own(url=chat_form.cleaned_data["url"], by=request.user, now=timezone.now())
        except RefusedAddress as refused:
            chat_form.add_error("url", str(refused))
        else:
            messages.success(request, _("Your chat was saved. Send a test message to see it arrive."))
            return redirect("inbox:preferences")
    form = PreferencesForm(None, wishes=queries.preferences(request.user))
    return _page(request, form=form, chat_form=chat_form, status=422)


@require_POST
def chat_switch(request: PersonRequest) -> HttpResponse:
    """Switch one's own chat off, or on again."""
    row = get_object_or_404(ChatChannel, owner=request.user)
    by, now = request.user, timezone.now()
    if request.POST.get("to") == "off":
        receiver_actions.disable(receiver=row, reason=_("Switched off by its owner."), by=by, now=now)
    else:
        receiver_actions.enable(receiver=row, by=by, now=now)
    return redirect("inbox:preferences")


@require_POST
def chat_test(request: PersonRequest) -> HttpResponse:
    """Send a test message to one's own chat."""
    row = get_object_or_404(ChatChannel, owner=request.user)
    try:
        channel_actions.test(channel_id=row.pk, by=request.user, now=timezone.now())
    except NotAllowed as refused:
        messages.error(request, refused.sentence)
    else:
        messages.success(request, _("A test message is on its way to your chat."))
    return redirect("inbox:preferences")


def _page(
    request: PersonRequest, *, form: PreferencesForm, chat_form: OwnChatForm, status: int
) -> HttpResponse:
    chat = queries.own_chat(request.user)
    context = {
        "form": form,
        "chat_form": chat_form,
        "chat": chat,
        "last_message": queries.last_message_of(chat) if chat else None,
        "zones": sorted(available_timezones()),
        "most": MOST,
        "minutes": int(WINDOW.total_seconds() // 60),
    }
    return render(request, "delivery/preferences.html", context, status=status)
