"""What exactly is granted, in one sentence a person can check: "refund 129.90 EUR to order W123".

The schema says it (`x-reviewhub-grants`); without its word, or where an argument it names has no value, the title of
the action, its subject and its amount do.
"""

from typing import Any

from apps.desk.queries.showing import currency_of
from apps.desk.queries.sight import Action, Sight
from apps.desk.templatetags.desk_values import money, readable
from apps.proposals.masking import Hidden
from apps.proposals.models import Proposal
from apps.registry.marks import PLACE, Field, fields, grants


def granted(proposal: Proposal, action: Action, seen: Sight) -> str:
    """The sentence for this action as the person sees it. Wants `action_type` loaded."""
    name, args = action
    schema = seen.schemas.get(name, {})
    found = fields(schema, seen.args(name, args))
    currency = currency_of(proposal, args)
    texts: dict[str, list[str]] = {}
    for field in found:
        texts.setdefault(field.path.removesuffix("[]"), []).append(_text(field, currency))
    said = grants(schema)
    if said and all(place in texts for place in PLACE.findall(said)):
        return PLACE.sub(lambda place: ", ".join(texts[place[1]]), said)
    return ", ".join(
        filter(None, [_title(name, seen), _subject(proposal), _amount(proposal, action, found, seen)])
    )


def _title(name: str, seen: Sight) -> str:
    title = seen.titles.get(name) or name.replace("_", " ")
    return title[:1].lower() + title[1:]


def _subject(proposal: Proposal) -> str:
    return f"{proposal.subject_kind} {proposal.subject_id[:40]}".strip() if proposal.subject_id else ""


def _amount(proposal: Proposal, action: Action, found: list[Field], seen: Sight) -> str:
    """The first amount among the arguments; of what was proposed, else the one the agent states."""
    own = next((_text(one, currency_of(proposal, action[1])) for one in found if one.is_amount), "")
    if own or action != (proposal.action_type.name, proposal.args):
        return own
    impact = proposal.sent_impact if seen.is_uncovered else proposal.impact
    stated = money(impact["amount"]) if "amount" in impact else ""
    return f"{stated} {impact.get('currency') or ''}".strip() if stated else ""


def _text(field: Field, currency: str) -> str:
    value: Any = field.value
    if field.is_amount and not isinstance(value, bool | Hidden) and (amount := money(value)):
        return f"{amount} {currency}".strip()
    return readable(value)
