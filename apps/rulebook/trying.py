"""What would a condition say of a proposal that came in? For whoever writes it, clause by clause."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple
from uuid import UUID

from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.proposals.models import Assessment, Proposal
from apps.proposals.ruling import circumstances_of
from apps.registry.conditions.expressions import Clause, split
from apps.registry.conditions.tokens import without_texts
from apps.registry.models import Workflow
from apps.routing.assessment import place
from apps.routing.facts import Facts
from apps.routing.rules.expressions import RULES
from apps.routing.rules.names import NAMES, values
from apps.rulebook.sight import Sight

RECENT = 20
_LONGEST_SHOWN = 80
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_NAME = re.compile(r"(?<![\w.])[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
_KNOWN = {one.name for one in NAMES}


def recent_proposals(workflow: Workflow | None, *, by: User) -> list[Proposal]:
    """The newest proposals of a workflow (None: of all) that are there for `by`, to try a condition on."""
    own = Proposal.objects.filter(is_copy=False, erased_at__isnull=True).select_related("action_type")
    if workflow is not None:
        own = own.filter(workflow=workflow)
    return Sight(by).there(own.order_by("-id")[: 2 * RECENT])[:RECENT]


def named_in(text: str) -> UUID | None:
    """The id of a proposal in what somebody pasted: the id itself, or the address of its page."""
    found = _UUID.search(text)
    return UUID(found[0]) if found else None


class Looked(NamedTuple):
    """A clause, and the value of each name in it that stands for itself: (name, value in words)."""

    clause: Clause
    values: list[tuple[str, str]]


class Trial(NamedTuple):
    """What each part of a condition says of a proposal, and which arguments were left out because they are hidden from
    who asks.
    """

    proposal: Proposal
    looked: list[Looked]
    hidden: list[str]


def try_condition(when: str, proposal_id: UUID, *, by: User) -> Trial:
    """What each part of the condition says of this proposal, asked of what `by` may see of it. Raises BadExpression,
    and Assessment.DoesNotExist where the proposal is not there for them.
    """
    stored = Assessment.objects.select_related(
        "proposal__action_type", "proposal__workflow", "proposal__agent", "proposal__agent_version"
    ).get(proposal_id=proposal_id, proposal__is_copy=False)
    proposal, facts, sight = stored.proposal, Facts.of(stored.facts), Sight(by)
    if not sight.there([proposal]):
        raise Assessment.DoesNotExist
    consequence, reversibility = place(facts)
    around = circumstances_of(proposal, alternatives=proposal.alternatives.count())
    hidden = sight.hidden(proposal)
    if hidden:
        seen = {name: value for name, value in proposal.args.items() if name not in hidden}
        around = replace(around, args=seen, subject_id=proposal.subject_id)
        # The amount may be one of the hidden arguments, or tell of it.
        facts = replace(facts, amount=None)
    known = values(facts, around, consequence=consequence.value, reversibility=reversibility.value)
    clauses = RULES.clauses(when, RULES.given(known))
    return Trial(
        proposal, [Looked(one, _values_in(one.text, known, hidden)) for one in clauses], sorted(hidden)
    )


def _values_in(clause: str, known: Mapping[str, Any], hidden: set[str]) -> list[tuple[str, str]]:
    """Of a clause that is not taken apart any further; a whole one would say the same again."""
    if len(split(clause)) > 1:
        return []
    found = dict.fromkeys(_NAME.findall(without_texts(clause)))
    return [(name, _said(name, known, hidden)) for name in map(_asked, found) if name is not None]


def _asked(path: str) -> str | None:
    """The name a written path begins with: `args.items` of `args.items.size`; None where it is none."""
    parts = path.split(".")
    if parts[0] == "args":
        return ".".join(parts[:2])
    return next((name for name in (path, ".".join(parts[:2])) if name in _KNOWN), None)


def _said(name: str, known: Mapping[str, Any], hidden: set[str]) -> str:
    if name.startswith("args."):
        argument = name.removeprefix("args.")
        if argument in hidden:
            return _("hidden from you")
        place, key = known["args"], argument
    else:
        place, key = known, name
    if key not in place:
        return _("hidden from you") if hidden and name == "impact.amount" else _("not stated")
    shown = json.dumps(place[key], ensure_ascii=False, default=str)
    return shown if len(shown) <= _LONGEST_SHOWN else shown[: _LONGEST_SHOWN - 1] + "…"
