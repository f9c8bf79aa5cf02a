"""Pages of what leaves the house: messages, webhooks. Reading is for office holders, changing for admins."""

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.models import User
from apps.accounts.policies import NotAllowed
from apps.delivery import actions, endpoint_actions, policies, queries
from apps.delivery.addresses import RefusedAddress
from apps.delivery.forms import EndpointForm, ListFilter
from apps.delivery.models import DeliveryStatus, WebhookEndpoint


def _person(request: HttpRequest) -> User:
    """The signed-in person; LoginRequiredMiddleware let nobody else through."""
    return cast(User, request.user)


@require_safe
def delivery_list(request: HttpRequest) -> HttpResponse:
    """Messages, newest first, by where they stand and to whom."""
    policies.check_read_deliveries(_person(request))
    wanted = ListFilter(request.GET)
    wanted.is_valid()
    given = wanted.cleaned_data
    page = queries.deliveries(
        status=given.get("status", ""), endpoint_id=given.get("endpoint"), before=given.get("before")
    )
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
            "endpoint": next((row for row in queries.endpoints() if row.pk == given.get("endpoint")), None),
            "unfinished": queries.total(queries.unfinished().values()),
        },
    )


@require_safe
def delivery_detail(request: HttpRequest, delivery_id: UUID) -> HttpResponse:
    """One message: where it stands, what it says, what went wrong."""
    policies.check_read_deliveries(_person(request))
    row = queries.delivery(delivery_id)
    if row is None:
        raise Http404
    can_replay = policies.can_replay(row, by=_person(request))
    return render(request, "delivery/delivery_detail.html", {"delivery": row, "can_replay": can_replay})


@require_POST
def delivery_replay(request: HttpRequest, delivery_id: UUID) -> HttpResponse:
    """Send one message again."""
    if queries.delivery(delivery_id) is None:
        raise Http404
    actions.replay(delivery_id=delivery_id, by=_person(request), now=timezone.now())
    messages.success(request, _("The message will be sent again."))
    return redirect("delivery:delivery_detail", delivery_id)


@require_safe
def endpoint_list(request: HttpRequest) -> HttpResponse:
    """Every webhook, whether it works, and what waits for it."""
    policies.check_read_deliveries(_person(request))
    counts = queries.unfinished()
    rows = [(row, counts.get(row.pk, queries.Unfinished())) for row in queries.endpoints()]
    can_edit = policies.can_edit_endpoints(_person(request))
    return render(request, "delivery/endpoint_list.html", {"rows": rows, "can_edit": can_edit})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def endpoint_add(request: HttpRequest) -> HttpResponse:
    """Register a webhook; its secret is on the page that follows, and on no other."""
    policies.check_edit_endpoints(_person(request))
    form = EndpointForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row, secret = endpoint_actions.register(
                target=form.target(), by=_person(request), now=timezone.now()
            )
        except RefusedAddress as refused:
            form.add_error("url", str(refused))
        else:
            return _show_secret(request, row, secret)
    return render(request, "delivery/endpoint_add.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def endpoint_edit(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """A webhook: its form, its state, and what can be done with it."""
    policies.check_read_deliveries(_person(request))
    row = get_object_or_404(WebhookEndpoint.objects.defer("secret", "old_secret"), pk=endpoint_id)
    form = EndpointForm(request.POST or None, instance=row)
    if request.method == "POST":
        policies.check_edit_endpoints(_person(request))
        if form.is_valid():
            try:
                endpoint_actions.change(
                    endpoint_id=endpoint_id, target=form.target(), by=_person(request), now=timezone.now()
                )
            except RefusedAddress as refused:
                form.add_error("url", str(refused))
            else:
                messages.success(request, _("The webhook was changed."))
                return redirect("delivery:endpoint_edit", endpoint_id)
    return render(
        request,
        "delivery/endpoint_edit.html",
        {
            "endpoint": row,
            "form": form,
            "unfinished": queries.unfinished().get(row.pk, queries.Unfinished()),
            "can_edit": policies.can_edit_endpoints(_person(request)),
        },
        status=422 if form.errors else 200,
    )


@never_cache
@require_POST
def endpoint_rotate(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """A new secret, shown once; the one before signs beside it for a day."""
    row = get_object_or_404(WebhookEndpoint, pk=endpoint_id)
    secret = endpoint_actions.rotate_secret(endpoint_id=endpoint_id, by=_person(request), now=timezone.now())
    return _show_secret(request, row, secret)


@require_POST
def endpoint_switch(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """Switch a webhook off, or on again."""
    row = get_object_or_404(WebhookEndpoint, pk=endpoint_id)
    by, now = _person(request), timezone.now()
    if request.POST.get("to") == "off":
        endpoint_actions.disable(endpoint_id=row.pk, reason=_("Switched off by an admin."), by=by, now=now)
    else:
        endpoint_actions.enable(endpoint_id=row.pk, by=by, now=now)
    return redirect("delivery:endpoint_edit", endpoint_id)


@require_POST
def endpoint_delete(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """Remove a webhook that was never used."""
    policies.check_edit_endpoints(_person(request))
    get_object_or_404(WebhookEndpoint, pk=endpoint_id)
    try:
        endpoint_actions.delete(endpoint_id=endpoint_id, by=_person(request), now=timezone.now())
    except NotAllowed as refused:
        messages.error(request, refused.sentence)
        return redirect("delivery:endpoint_edit", endpoint_id)
    messages.success(request, _("The webhook was deleted."))
    return redirect("delivery:endpoint_list")


@require_POST
def endpoint_replay(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """Send again what was given up for a webhook."""
    row = get_object_or_404(WebhookEndpoint, pk=endpoint_id)
    count = actions.replay_dead(endpoint=row, by=_person(request), now=timezone.now())
    said = ngettext("{count} message will be sent again.", "{count} messages will be sent again.", count)
    messages.success(request, said.format(count=count))
    return redirect("delivery:endpoint_edit", endpoint_id)


def _show_secret(request: HttpRequest, row: WebhookEndpoint, secret: str) -> HttpResponse:
    return render(request, "delivery/endpoint_secret.html", {"endpoint": row, "secret": secret})
