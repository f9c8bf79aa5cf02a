"""What the checks say about oneself: the page of one's own, the news of a known case, and disputing it."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.requests import PersonRequest
from apps.desk.forms.quality import DisputeForm
from apps.desk.queries.news import latest_of, news_for
from apps.desk.views.doors import changes
from apps.reviews.answering import put_aside
from apps.reviews.choosing import Invalid
from apps.reviews.disputing import dispute
from apps.reviews.figures import own_figures
from apps.reviews.models import GoldAnswer


@require_safe
def own_checks(request: PersonRequest) -> HttpResponse:
    """How one's own decisions came about and what known cases showed. Nobody else's."""
    now = timezone.now()
    context = {"figures": own_figures(request.user, now=now), "latest": latest_of(request.user), "now": now}
    return render(request, "desk/own_checks.html", context)


@require_safe
def check_news(request: PersonRequest) -> HttpResponse:
    """What a known case just showed, as htmx asks for it."""
    return render(request, "desk/_check_news.html", {"news": news_for(request.user)})


@changes
def check_seen(request: PersonRequest, answer_id: UUID) -> HttpResponse:
    """Put the news of a known case aside."""
    put_aside(answer_id=answer_id, by=request.user, now=timezone.now())
    if request.htmx:
        return render(request, "desk/_check_news.html", {"news": news_for(request.user)})
    return redirect("desk:home")


def check_dispute(request: PersonRequest, answer_id: UUID) -> HttpResponse:
    """Say that the known answer is wrong: it goes to the leads of the queue and the governance lead."""
    found = next((one for one in latest_of(request.user) if one.answer.pk == answer_id), None)
    if found is None:
        if GoldAnswer.objects.filter(pk=answer_id, by=request.user).exists():
            messages.info(request, _("That case is too long ago to be disputed here: write to a lead."))
            return redirect("desk:own_checks")
        raise Http404
    form = DisputeForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            dispute(answer_id=answer_id, note=form.cleaned_data["note"], by=request.user, now=timezone.now())
        except Invalid as invalid:
            form.add_error(invalid.field or None, str(invalid))
        else:
            messages.success(request, _("Disputed. A lead or governance rules on it, and you are told."))
            return redirect("desk:own_checks")
    status = 422 if form.is_bound else 200
    return render(request, "desk/check_dispute.html", {"form": form, "one": found}, status=status)
