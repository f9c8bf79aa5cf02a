"""The cases of a back-test, a page at a time, the newest first; and what of them one person may see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.models import User
from apps.proposals.models import Proposal
from apps.registry.conditions.arguments import may_tell_of
from apps.registry.states import Consequence, Reversibility
from apps.reviews.knowing import note_read
from apps.reviews.models import GoldCase, Queue
from apps.routing.states import Route
from apps.rulebook.drafting import version_content
from apps.rulebook.models import BackTest, BackTestCase
from apps.rulebook.sight import Sight
from apps.rulebook.states import Kind

_PAGE = 50


@dataclass(frozen=True, slots=True)
class Told:
    """One side of a case in words: what happens and how, the rules that hold, those that could not be answered."""

    what: str
    how: tuple[str, ...]
    rules: tuple[str, ...]
    failed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """One case as the page shows it."""

    row: BackTestCase
    proposal: Proposal
    before: Told
    after: Told


@dataclass(frozen=True, slots=True)
class CasePage:
    """A page of cases. `older` is the id after which the next one begins (None: there is none); `kept_back` of this
    page are not for this reader now.
    """

    cases: list[Listed]
    older: UUID | None
    kept_back: int


def cases_of(test: BackTest, kind: Kind, *, before: UUID | None, by: User, now: datetime) -> CasePage:
    """The cases of one kind. Who is shown that an action is known to be right or wrong knows the case from now on."""
    rows = BackTestCase.objects.filter(back_test=test, kind=kind)
    if before is not None:
        rows = rows.filter(proposal_id__lt=before)
    found = list(rows.order_by("-proposal_id")[: _PAGE + 1])
    page = found[:_PAGE]
    seen = _seen(test, page, by)
    known = [row.proposal_id for row in page if row.known and row.proposal_id in seen]
    if known:
        gold = GoldCase.objects.filter(proposal__in=known).values_list("pk", flat=True)
        note_read(gold, by=by, now=now)
    names = _names(page)
    listed = [
        Listed(row, seen[row.proposal_id], told(row.before, names), told(row.after, names))
        for row in page
        if row.proposal_id in seen
    ]
    older = page[-1].proposal_id if len(found) > _PAGE else None
    return CasePage(listed, older, len(page) - len(listed))


def _seen(test: BackTest, page: Sequence[BackTestCase], by: User) -> dict[UUID, Proposal]:
    """The proposals of these cases that are there for `by` now. Where a policy asks for arguments that are hidden from
    them, that it is listed or not would tell of these.
    """
    sight, rules = Sight(by), [*test.content["rules"], *version_content(test.against)["rules"]]
    found = Proposal.objects.select_related("action_type").in_bulk([row.proposal_id for row in page])
    seen = {}
    for proposal in sight.there(found.values()):
        hidden = sight.hidden(proposal)
        if not any(may_tell_of(hidden, rule["when"]) for rule in rules):
            seen[proposal.pk] = proposal
    return seen


def _names(page: Sequence[BackTestCase]) -> dict[str, str]:
    """{slug: name} of the queues these cases name."""
    slugs = {
        side[part] for row in page for side in (row.before, row.after) for part in ("queue", "compliance")
    }
    return dict(Queue.objects.filter(slug__in=slugs).values_list("slug", "name"))


def told(side: Mapping[str, Any], names: Mapping[str, str]) -> Told:
    """One side of a case in words; `names` are those of queues by slug."""
    route = Route(side["route"])
    return Told(
        what=str(route.label).capitalize(),
        how=tuple(_how(side, route, names)),
        rules=tuple(side["rules"]),
        failed=tuple(side["failed"]),
    )


def _how(side: Mapping[str, Any], route: Route, names: Mapping[str, str]) -> list[str]:
    if route is Route.REFUSE:
        return []
    said = [f"{Consequence(side['consequence']).label}, {Reversibility(side['reversibility']).label}"]
    if route is Route.REVIEW:
        people = ngettext("{n} person", "{n} people", side["people"]).format(n=side["people"])
        said.append(_("queue {queue}, {people}").format(queue=_name(side["queue"], names), people=people))
        if side["compliance"]:
            said.append(_("the second of {queue}").format(queue=_name(side["compliance"], names)))
        if side["blind"]:
            said.append(_("they say first what they would do"))
        said.append(_("clock {sla}, chain {chain}").format(sla=side["sla"], chain=side["chain"]))
    elif route is Route.ACT and side["veto_minutes"]:
        said.append(
            ngettext(
                "after {n} minute for a veto", "after {n} minutes for a veto", side["veto_minutes"]
            ).format(n=side["veto_minutes"])
        )
    if side["masked"]:
        said.append(_("hidden: {names}").format(names=", ".join(side["masked"])))
    return said


def _name(slug: str, names: Mapping[str, str]) -> str:
    return names.get(slug, slug)
