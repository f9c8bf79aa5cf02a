"""Which pages the top of every page offers, and which of them the reader is on.

Pages only offices may open are not offered to others; every page still checks for itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from apps.accounts import rights
from apps.accounts.models import User
from apps.accounts.roles import OFFICE_ROLES


@dataclass(frozen=True)
class Place:
    """An entry: its label, the page it opens, and the starts of the view names it stands for."""

    label: str | Promise
    view: str
    covers: tuple[str, ...]
    for_offices_only: bool = False


DAILY = (
    Place(_("Your turn"), "desk:home", ("desk:home",)),
    Place(_("Queues"), "desk:queue_list", ("desk:queue_", "desk:task_")),
    Place(_("Proposals"), "desk:proposal_list", ("desk:proposal_",)),
    Place(_("Trust"), "trust:slice_list", ("trust:",)),
    Place(_("Audit"), "audit:event_list", ("audit:",), for_offices_only=True),
)
SET_UP = (
    Place(_("Workflows"), "registry:workflow_list", ("registry:workflow_", "registry:action_type_")),
    Place(_("Agents"), "registry:agent_list", ("registry:agent_", "registry:key_")),
    Place(_("Calendars"), "sla:calendar_list", ("sla:",)),
    Place(_("Deliveries"), "delivery:delivery_list", ("delivery:",), for_offices_only=True),
    Place(_("People"), "accounts:people_list", ("accounts:people_", "accounts:person_", "accounts:team_")),
    Place(_("Roles"), "accounts:role_list", ("accounts:role_",)),
)


@dataclass(frozen=True)
class Link:
    """An entry as the page shows it."""

    label: str | Promise
    url: str
    active: bool


def navigation(request: HttpRequest) -> dict[str, object]:
    """Context `navigation`: `{daily: [Link], set_up: [Link], in_set_up: bool}`, made only if a page asks."""
    return {"navigation": SimpleLazyObject(lambda: _links(request))}


def _links(request: HttpRequest) -> dict[str, object]:
    match = request.resolver_match
    here = match.view_name if match else ""
    holds_office = isinstance(request.user, User) and rights.holds_everywhere(request.user, *OFFICE_ROLES)
    set_up = _shown(SET_UP, here, holds_office)
    return {
        "daily": _shown(DAILY, here, holds_office),
        "set_up": set_up,
        "in_set_up": any(link.active for link in set_up),
    }


def _shown(places: Iterable[Place], here: str, holds_office: bool) -> list[Link]:
    return [
        Link(place.label, reverse(place.view), here.startswith(place.covers))
        for place in places
        if holds_office or not place.for_offices_only
    ]
