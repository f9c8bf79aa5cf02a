"""What is at stake in a proposal, and why it came to a person."""

from dataclasses import dataclass
from typing import Any

from apps.audit.models import Event
from apps.desk.queries.sight import Sight
from apps.desk.templatetags.desk_values import money
from apps.proposals.models import Proposal
from apps.registry.marks import fields
from apps.routing.novelty import AND
from apps.routing.reasons import sentence
from apps.routing.states import Layer, Route


@dataclass(frozen=True, slots=True)
class Stakes:
    """Money and reach, as the agent states them. `amount` is a decimal text or empty."""

    amount: str
    currency: str
    affected: int | None
    systems: list[str]


def stakes(proposal: Proposal, seen: Sight) -> Stakes:
    """The impact of a proposal in parts a page can show; what is not of the right form is left out."""
    impact = proposal.sent_impact if seen.is_uncovered else proposal.impact
    affected = impact.get("affected")
    systems = impact.get("systems") or []
    return Stakes(
        amount=money(impact["amount"]) if "amount" in impact else "",
        currency=str(impact.get("currency") or ""),
        affected=affected if isinstance(affected, int) else None,
        systems=[seen.text(str(system)) for system in systems] if isinstance(systems, list) else [],
    )


def reasons(proposal: Proposal, seen: Sight) -> list[tuple[str, str]]:
    """(layer, sentence) of every reason of the assessment, and before them why it did not act after all, if so.

    Wants `assessment` and `action_type` loaded. One query, only of what was about to act.
    """
    titles = {field.path: field.title for field in fields(proposal.args_schema, proposal.args)}
    told = [
        (str(Layer(reason["layer"]).label), seen.text(sentence(_titled(reason, titles))))
        for reason in proposal.assessment.reasons
    ]
    return [*_did_not_act(proposal), *told]


def _titled(reason: dict[str, Any], titles: dict[str, str]) -> dict[str, Any]:
    """The reason with what is new in it called by the titles of its arguments: "Bank country: LT"."""
    what = reason["figures"].get("what")
    if not isinstance(what, list):
        return reason
    called = [AND.join(_called(part, titles) for part in str(one).split(AND)) for one in what]
    return {**reason, "figures": {**reason["figures"], "what": called}}


def _called(part: str, titles: dict[str, str]) -> str:
    path, _equals, value = part.partition(" = ")
    return f"{titles[path]}: {value}" if path in titles else part


def _did_not_act(proposal: Proposal) -> list[tuple[str, str]]:
    if proposal.route != Route.ACT or proposal.is_copy:
        return []
    events = Event.objects.filter(proposal_id=proposal.pk, verb="proposal.brought_to_person")
    return [(str(Layer.MODEL.label), str(event.data["reason"])) for event in events]
