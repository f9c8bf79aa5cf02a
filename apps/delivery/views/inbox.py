"""A person's own notifications: the bell, the list, what is marked as read. Opening a page marks nothing."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.requests import PersonRequest
from apps.delivery import inbox_actions, queries
from apps.delivery.forms import InboxFilter, ReadForm
from apps.delivery.streams import sse_response


@require_safe
def notification_list(request: PersonRequest) -> HttpResponse:
    """One's notifications, newest first: the unread ones, or all."""
    wanted = InboxFilter(request.GET)
    wanted.is_valid()
    given = wanted.cleaned_data
    only_unread = given.get("show") != "all"
    page = queries.notifications(request.user, only_unread=only_unread, before=given.get("before"))
    further = request.GET.copy()
    further["before"] = str(page.older or "")
    return render(
        request,
        "delivery/notification_list.html",
        {
            "rows": page.rows,
            "only_unread": only_unread,
            "newest": page.rows[0].pk if page.rows and not given.get("before") else None,
            "older_url": f"?{further.urlencode()}" if page.older else "",
        },
    )


@never_cache
@require_safe
def bell(request: PersonRequest) -> HttpResponse:
    """The number beside the bell, for the page that heard that it changed."""
    return render(request, "delivery/_bell_count.html")


@require_POST
def notification_read(request: PersonRequest, notification_id: UUID) -> HttpResponse:
    """Mark one as read; one that is another person's, or gone, is no error and nothing happens."""
    inbox_actions.mark_read(notification_id=notification_id, by=request.user, now=timezone.now())
    if request.headers.get("X-Requested-With") == "fetch":
        return HttpResponse(status=204)
    return redirect("inbox:notification_list")


@require_POST
def notification_read_all(request: PersonRequest) -> HttpResponse:
    """Mark all as read, up to the newest one that was on the page."""
    form = ReadForm(request.POST)
    if form.is_valid():
        count = inbox_actions.mark_all_read(
            up_to=form.cleaned_data["up_to"], by=request.user, now=timezone.now()
        )
        said = ngettext(
            "{count} notification was marked as read.", "{count} notifications were marked as read.", count
        )
        messages.success(request, said.format(count=count))
    else:
        messages.error(request, _("Nothing was marked: open the list again."))
    return redirect("inbox:notification_list")


async def live(request: HttpRequest) -> HttpResponseBase:
    """Events named `person`, for the person themselves."""
    person = await request.auser()
    return sse_response([f"person:{person.pk}"], person_id=person.pk)  # type: ignore[arg-type]  # signed in
