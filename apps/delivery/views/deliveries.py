"""Pages of what leaves the house: messages and where each stands. Reading is for office holders."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.requests import PersonRequest
from apps.delivery import actions, policies, queries
from apps.delivery.forms import ListFilter
from apps.delivery.models import DeliveryStatus


@require_safe
def delivery_list(request: PersonRequest) -> HttpResponse:
    """Messages, newest first, by where they stand and to whom."""
    policies.check_read_deliveries(request.user)
    wanted = ListFilter(request.GET)
    wanted.is_valid()
    given = wanted.cleaned_data
    page = queries.deliveries(
        status=given.get("status", ""),
        endpoint_id=given.get("endpoint"),
        channel_id=given.get("channel"),
        before=given.get("before"),
    )
    receiver = queries.receiver(endpoint_id=given.get("endpoint"), channel_id=given.get("channel"))
    further = request.GET.copy()
    further["before"] = str(page.older or "")
    return render(
        request,
        "delivery/delivery_list.html",
        {
            "rows": page.rows,
            "older_url": f"?{further.urlencode()}" if page.older else "",
            "status": given.get("status", ""),
            "statuses": DeliveryStatus.choices,
            "receiver": receiver,
            "only": f"{receiver.delivery_field}={receiver.pk}" if receiver else "",
            "unfinished": queries.total(queries.unfinished().values()),
        },
    )


@require_safe
def delivery_detail(request: PersonRequest, delivery_id: UUID) -> HttpResponse:
    """One message: where it stands, what it says, what went wrong."""
    policies.check_read_deliveries(request.user)
    row = queries.delivery(delivery_id)
    if row is None:
        raise Http404
    can_replay = policies.can_replay(row, by=request.user)
    return render(request, "delivery/delivery_detail.html", {"delivery": row, "can_replay": can_replay})


@require_POST
def delivery_replay(request: PersonRequest, delivery_id: UUID) -> HttpResponse:
    """Send one message again."""
    if queries.delivery(delivery_id) is None:
        raise Http404
    actions.replay(delivery_id=delivery_id, by=request.user, now=timezone.now())
    messages.success(request, _("The message will be sent again."))
    return redirect("delivery:delivery_detail", delivery_id)
