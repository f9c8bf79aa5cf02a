"""Pages of webhooks. Reading is for office holders, changing for admins."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.requests import PersonRequest
from apps.delivery import endpoint_actions, policies, queries
from apps.delivery.forms import EndpointForm
from apps.delivery.models import WebhookEndpoint
from apps.delivery.views import receivers


@require_safe
def endpoint_list(request: PersonRequest) -> HttpResponse:
    """Every webhook, whether it works, and what waits for it."""
    policies.check_read_deliveries(request.user)
    counts = queries.unfinished()
    rows = [(row, counts.get(row.pk, queries.Unfinished())) for row in queries.endpoints()]
    can_edit = policies.can_edit_endpoints(request.user)
    return render(request, "delivery/endpoint_list.html", {"rows": rows, "can_edit": can_edit})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def endpoint_add(request: PersonRequest) -> HttpResponse:
    """Register a webhook; its secret is on the page that follows, and on no other."""
    policies.check_edit_endpoints(request.user)
    form = EndpointForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        target, by, now = form.target(), request.user, timezone.now()
        made = receivers.saved(form, lambda: endpoint_actions.register(target=target, by=by, now=now))
        if made is not None:
            return _show_secret(request, *made)
    return render(request, "delivery/endpoint_add.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def endpoint_edit(request: PersonRequest, endpoint_id: int) -> HttpResponse:
    """A webhook: its form, its state, and what can be done with it."""
    policies.check_read_deliveries(request.user)
    row = get_object_or_404(WebhookEndpoint.objects.defer("secret", "old_secret"), pk=endpoint_id)
    form = EndpointForm(request.POST or None, instance=row)
    if request.method == "POST":
        policies.check_edit_endpoints(request.user)
        if form.is_valid():
            target, by, now = form.target(), request.user, timezone.now()
            if receivers.saved(
                form,
                lambda: endpoint_actions.change(endpoint_id=endpoint_id, target=target, by=by, now=now),
            ):
                messages.success(request, _("The webhook was changed."))
                return redirect("delivery:endpoint_edit", endpoint_id)
    return render(
        request,
        "delivery/endpoint_edit.html",
        {
            "endpoint": row,
            "form": form,
            "unfinished": queries.unfinished().get(row.pk, queries.Unfinished()),
            "can_edit": policies.can_edit_endpoints(request.user),
        },
        status=422 if form.errors else 200,
    )


@never_cache
@require_POST
def endpoint_rotate(request: PersonRequest, endpoint_id: int) -> HttpResponse:
    """A new secret, shown once; the one before signs beside it for a day."""
    row = get_object_or_404(WebhookEndpoint, pk=endpoint_id)
    secret = endpoint_actions.rotate_secret(endpoint_id=endpoint_id, by=request.user, now=timezone.now())
    return _show_secret(request, row, secret)


@require_POST
def endpoint_switch(request: PersonRequest, endpoint_id: int) -> HttpResponse:
    """Switch a webhook off, or on again."""
    row = get_object_or_404(WebhookEndpoint, pk=endpoint_id)
    return receivers.switch(request, row, back=redirect("delivery:endpoint_edit", endpoint_id))


@require_POST
def endpoint_delete(request: PersonRequest, endpoint_id: int) -> HttpResponse:
    """Remove a webhook that was never used."""
    row = get_object_or_404(WebhookEndpoint, pk=endpoint_id)
    back = redirect("delivery:endpoint_edit", endpoint_id)
    done = _("The webhook was deleted.")
    return receivers.delete(request, row, back=back, done=done, to="delivery:endpoint_list")


@require_POST
def endpoint_replay(request: PersonRequest, endpoint_id: int) -> HttpResponse:
    """Send again what was given up for a webhook."""
    row = get_object_or_404(WebhookEndpoint, pk=endpoint_id)
    return receivers.replay(request, row, back=redirect("delivery:endpoint_edit", endpoint_id))


def _show_secret(request: PersonRequest, row: WebhookEndpoint, secret: str) -> HttpResponse:
    return render(request, "delivery/endpoint_secret.html", {"endpoint": row, "secret": secret})
