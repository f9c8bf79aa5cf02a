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
from apps.desk.help import topic_of
from apps.escalation.reach import own_reach_of


@dataclass(frozen=True)
class Place:
    """An entry: its label, the page it opens, and the starts of the view names it stands for.

    `also_for_readers`: although it is the offices', whoever may read some of the escalation is offered it.
    """

    label: str | Promise
    view: str
    covers: tuple[str, ...]
    for_offices_only: bool = False
    also_for_readers: bool = False


DAILY = (
    Place(_("Your turn"), "desk:home", ("desk:home",)),
    Place(_("Queues"), "desk:queue_list", ("desk:queue_", "desk:task_")),
    Place(_("Proposals"), "desk:proposal_list", ("desk:proposal_", "desk:outcome_")),
    Place(_("Outcomes"), "outcomes:portfolio", ("outcomes:", "quality:", "costs:", "evaluation:")),
    Place(
        _("Trust"),
        "trust:slice_list",
        ("trust:", "assurance:", "rulebook:segment_", "desk:slice_", "desk:veto_"),
    ),
    Place(
        _("Reports"),
        "desk:report_attainment",
        ("desk:report_",),
        for_offices_only=True,
        also_for_readers=True,
    ),
    Place(_("Audit"), "audit:event_list", ("audit:",), for_offices_only=True),
)
SET_UP = (
    Place(_("Workflows"), "registry:workflow_list", ("registry:workflow_", "registry:action_type_")),
    Place(
        _("Agents"),
        "registry:agent_list",
        ("registry:agent_", "registry:key_", "registry:version_", "permissions:"),
    ),
    Place(
        _("Policies"),
        "rulebook:policy_list",
        (
            "rulebook:policy_",
            "rulebook:version_",
            "rulebook:draft_",
            "rulebook:cell_",
            "rulebook:rule_",
            "back_tests:",
        ),
        for_offices_only=True,
    ),
    Place(_("Halts"), "halts:halt_list", ("halts:",)),
    Place(_("Privacy"), "privacy:erasure_list", ("privacy:",), for_offices_only=True),
    Place(_("Calendars"), "sla:calendar_list", ("sla:calendar_",)),
    Place(_("SLA policies"), "sla:policy_list", ("sla:policy_", "desk:policy_")),
    Place(
        _("Escalation"),
        "escalation:chain_list",
        ("escalation:",),
        for_offices_only=True,
        also_for_readers=True,
    ),
    Place(_("Deliveries"), "delivery:delivery_list", ("delivery:",), for_offices_only=True),
    Place(
        _("People"),
        "accounts:people_list",
        (
            "accounts:people_",
            "accounts:person_add",
            "accounts:person_away",
            "accounts:person_detail",
            "accounts:person_edit",
            "accounts:person_link",
            "accounts:team_",
            "accounts:absence_",
        ),
    ),
    Place(_("Roles"), "accounts:role_list", ("accounts:role_",)),
)


@dataclass(frozen=True)
class Link:
    """An entry as the page shows it."""

    label: str | Promise
    url: str
    active: bool


def navigation(request: HttpRequest) -> dict[str, object]:
    """Context `navigation`: `{daily: [Link], set_up: [Link], in_set_up: bool, help: address}`, if a page asks."""
    return {"navigation": SimpleLazyObject(lambda: _links(request))}


def _links(request: HttpRequest) -> dict[str, object]:
    match = request.resolver_match
    here = match.view_name if match else ""
    holds_office = isinstance(request.user, User) and rights.holds_everywhere(request.user, *OFFICE_ROLES)
    reads = holds_office or (isinstance(request.user, User) and bool(own_reach_of(request.user)))
    set_up = _shown(SET_UP, here, holds_office, reads)
    topic = topic_of(here)
    return {
        "help": reverse("desk:help_read", args=[topic.slug]) if topic else reverse("desk:help_list"),
        "daily": _shown(DAILY, here, holds_office, reads),
        "set_up": set_up,
        "in_set_up": any(link.active for link in set_up),
    }


def _shown(places: Iterable[Place], here: str, holds_office: bool, reads: bool) -> list[Link]:
    return [
        Link(place.label, reverse(place.view), here.startswith(place.covers))
        for place in places
        if holds_office or not place.for_offices_only or (reads and place.also_for_readers)
    ]
