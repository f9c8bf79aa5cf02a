"""The chains, what one says and has said, and removing one nothing points to."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.policies import NotAllowed, why_not
from apps.accounts.requests import PersonRequest
from apps.escalation import chain_queries, policies
from apps.escalation.chains import delete_chain
from apps.escalation.models import Chain
from apps.escalation.previewing import prove_now
from apps.escalation.reach import reach_of
from apps.escalation.views.parts import page_or_part, place_form, timeline_of
from apps.escalation.wording import reads


@require_safe
def chain_list(request: PersonRequest) -> HttpResponse:
    """Every chain: how it ends, where it is used, how many tasks run by it."""
    policies.check_read_escalation(request.user)
    context = {
        "lines": chain_queries.chain_lines(),
        "can_edit": policies.can_edit_chains(request.user),
        "can_read_audits": policies.can_read_audits(request.user),
    }
    return render(request, "escalation/chain_list.html", context)


@require_safe
def chain_read(request: PersonRequest, slug: str) -> HttpResponse:
    """One chain: its steps, its proof, who would be told when, and its versions. htmx asks for the timeline alone."""
    policies.check_read_escalation(request.user)
    now = timezone.now()
    editions, names = chain_queries.editions(slug)
    if not editions:
        raise Http404
    version = editions[0].version
    steps = version.read()
    place = place_form(request.GET, slug, now, reach_of(request.user))
    proof = prove_now(slug, steps, place.where(), now)
    context = {
        "chain": version.chain,
        "version": version,
        "editions": editions,
        "steps": [
            (number, reads(step, names), proof.by_step.get(number, []))
            for number, step in enumerate(steps, start=1)
        ],
        "used_at": chain_queries.used_at(slug).items(),
        "proof": proof,
        **timeline_of(place, steps, names, now),
        "can_edit": policies.can_edit_chains(request.user),
        "why_not_delete": why_not(policies.check_delete_chain, version.chain, by=request.user),
    }
    return page_or_part(request, "escalation/chain_read.html", ("timeline",), context)


def chain_delete(request: PersonRequest, slug: str) -> HttpResponse:
    """Remove a chain nothing points to. A GET (after signing in again) leads to the chain."""
    policies.check_edit_chains(request.user)
    if request.method != "POST":
        return redirect("escalation:chain_read", slug)
    try:
        delete_chain(slug=slug, by=request.user, now=timezone.now())
    except Chain.DoesNotExist:
        raise Http404 from None
    except NotAllowed as refusal:
        messages.error(request, refusal.sentence)
        return redirect("escalation:chain_read", slug)
    messages.success(request, _("The chain is deleted. What it said stays in the audit log."))
    return redirect("escalation:chain_list")
