"""What of one proposal does this person see?

Who holds no right to its sensitive values, or has not uncovered them, sees masks in their place. Everything a page
shows of a proposal passes through here: its texts, its arguments, its differences.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from apps.accounts.models import User
from apps.accounts.policies import why_not
from apps.desk.texts.told import Told, tell
from apps.proposals.masking import NOTHING, Mask, mask_for
from apps.proposals.models import Proposal
from apps.registry.marks import has_sensitive
from apps.registry.models import ActionType
from apps.reviews import policies

# An action that is named: (its name, its arguments).
Action = tuple[str, Any]


@dataclass(frozen=True, slots=True)
class Sight:
    """How one person sees one proposal. `why_not` is why they may not uncover what is hidden, empty when they may.

    `schemas` and `titles` are those of the action types that are named in it; an unknown one has none.
    """

    mask: Mask = NOTHING
    has_hidden: bool = False
    is_uncovered: bool = False
    why_not: str = ""
    schemas: dict[str, dict[str, Any]] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)

    def text(self, text: str) -> str:
        """A text as this person sees it."""
        return self.mask.text(text)

    def told(self, text: str) -> Told:
        """A text as this person sees it, with what is odd about it."""
        return tell(self.mask.text(text))

    def args(self, name: str, args: Any) -> Any:
        """The arguments of an action as this person sees them."""
        return self.mask.args(self.schemas.get(name, {}), args)


CLEAR = Sight()


def sight(proposal: Proposal, *, by: User, is_uncovered: bool, others: Iterable[Action] = ()) -> Sight:
    """How `by` sees this proposal; `others` are the actions named beside its own. Wants `action_type` loaded.

    One query when other types of action are named, and another one when something is hidden.
    """
    named = [(proposal.action_type.name, proposal.args), *((name, args) for name, args in others if name)]
    schemas, titles = _known(proposal, {name for name, _args in named})
    if not any(map(has_sensitive, schemas.values())):
        return Sight(schemas=schemas, titles=titles)
    refusal = why_not(policies.check_uncover, proposal, by=by)
    if is_uncovered and not refusal:
        return Sight(has_hidden=True, is_uncovered=True, schemas=schemas, titles=titles)
    mask = mask_for((schemas.get(name, {}), args) for name, args in named)
    return Sight(mask, has_hidden=mask is not NOTHING, why_not=refusal, schemas=schemas, titles=titles)


def masked(proposal: Proposal, *, others: Iterable[tuple[ActionType, Any]] = ()) -> Sight:
    """How a list shows it, to everybody: with its sensitive values hidden, and those of `others`, actions named beside
    its own. Wants `action_type` loaded; no query.
    """
    named = [
        (kind, _schema(proposal, kind), args)
        for kind, args in [(proposal.action_type, proposal.args), *others]
    ]
    hiding = [(schema, args) for _kind, schema, args in named if has_sensitive(schema)]
    mask = mask_for(hiding) if hiding else NOTHING
    return Sight(
        mask,
        has_hidden=mask is not NOTHING,
        schemas={kind.name: schema for kind, schema, _args in named},
        titles={kind.name: kind.title for kind, _schema, _args in named},
    )


def _schema(proposal: Proposal, kind: ActionType) -> dict[str, Any]:
    return proposal.args_schema if kind.pk == proposal.action_type_id else kind.args_schema


def _known(proposal: Proposal, names: set[str]) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """{name: schema} and {name: title} of the action types with these names."""
    own = proposal.action_type
    schemas, titles = {own.name: proposal.args_schema}, {own.name: own.title}
    others = names - schemas.keys()
    if others:
        kinds = ActionType.objects.filter(workflow_id=proposal.workflow_id, name__in=others)
        for name, schema, title in kinds.values_list("name", "args_schema", "title"):
            schemas[name], titles[name] = schema, title
    return schemas, titles
