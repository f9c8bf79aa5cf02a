"""What everything a chain can name is called, for sentences and for choosing."""

from collections.abc import Iterable
from typing import NamedTuple

from django.utils.translation import gettext as _

from apps.accounts.models import Team, User
from apps.delivery.models import ChatChannel
from apps.escalation.steps import Step, To, Unreadable
from apps.escalation.wording import FIXED, Names
from apps.reviews.models import Queue

# With more people than this one names teams and roles: a list of all would help nobody.
MOST_PEOPLE = 200


class Group(NamedTuple):
    """Choices of one sort: (how a step writes it, what it is called)."""

    label: str
    kinds: frozenset[str]
    options: list[tuple[str, str]]


def names_of(*versions: Iterable[Step | Unreadable]) -> Names:
    """{what steps name: what it is called}, for what exists. One query a sort that is named."""
    wanted: dict[str, set[str]] = {}
    for steps in versions:
        for step in steps:
            for to in step.to if isinstance(step, Step) else ():
                wanted.setdefault(to.kind, set()).add(to.name)
    found: dict[To, str] = {}
    if "team" in wanted:
        found |= _called("team", Team.objects.filter(slug__in=wanted["team"]).values_list("slug", "name"))
    if "person" in wanted:
        found |= _called(
            "person", User.objects.filter(short__in=wanted["person"]).values_list("short", "name")
        )
    if "channel" in wanted:
        rows = ChatChannel.objects.filter(slug__in=wanted["channel"]).values_list("slug", "name")
        found |= _called("channel", rows)
    if "queue" in wanted:
        found |= _called("queue", Queue.objects.filter(slug__in=wanted["queue"]).values_list("slug", "name"))
    return found


def choices() -> list[Group]:
    """Everything a step can name, by sort. Four queries."""
    people = User.objects.filter(is_active=True).order_by("name", "pk")[:MOST_PEOPLE]
    channels = ChatChannel.objects.filter(slug__isnull=False).order_by("name")
    return [
        Group(
            _("Roles"),
            frozenset({"leads", "reviewers", "role", "office"}),
            [(str(to), str(label)) for to, label in FIXED.items()],
        ),
        _group(_("Teams"), "team", Team.objects.order_by("name").values_list("slug", "name")),
        _group(_("Chat channels"), "channel", channels.values_list("slug", "name")),
        _group(_("People"), "person", people.values_list("short", "name")),
        _group(_("Queues"), "queue", Queue.objects.order_by("name").values_list("slug", "name")),
    ]


def _called(kind: str, rows: Iterable[tuple[str | None, str]]) -> dict[To, str]:
    return {To(kind, slug): name for slug, name in rows if slug}


def _group(label: str, kind: str, rows: Iterable[tuple[str | None, str]]) -> Group:
    return Group(label, frozenset({kind}), [(f"{kind}:{slug}", name) for slug, name in rows if slug])
