"""On to the next task, when one is done with the last: its card in the same answer for htmx, else the way to its page.

A second request for the card would read session, person and rights again, and cost the way there and back.
"""

from collections.abc import Collection
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from apps.accounts.policies import NotAllowed
from apps.accounts.requests import PersonRequest
from apps.desk.views.cards import opened_card
from apps.desk.views.doors import seen_task
from apps.reviews import claiming


def to_next_task(
    request: PersonRequest,
    *,
    now: datetime,
    queue_id: int | None = None,
    own: Collection[int] | None = None,
    part: str = "",
) -> HttpResponse:
    """The next task: one that is held already, else a newly claimed one (of `queue_id` only), else home.

    `part` is an element's id, with its `#`, that the browser's address goes on to.
    """
    try:
        queues = None if queue_id is None else [queue_id]
        task = claiming.claim_next(by=request.user, now=now, queues=queues, own=own, held_first=True)
    except NotAllowed as refusal:
        messages.warning(request, refusal.sentence)
        task = None
    if task is None:
        return redirect(reverse("desk:home") + part)
    address = reverse("desk:task_detail", args=[task.pk]) + part
    if not request.htmx.boosted:
        return redirect(address)
    response = opened_card(request, seen_task(request, task.pk))
    response["HX-Push-Url"] = address
    return response
