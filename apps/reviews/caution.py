"""Which decisions must not be one key away, and what has to be typed instead?

Where the action that would be granted is irreversible or its consequence critical, or where something else about the
same subject is open in other hands or approved already (`contested`), the person who lets it happen types what the
proposal is about. A subject that cannot be typed by hand (none, too long, hidden characters) is replaced by
the first eight characters of the digest. What grants nothing (a rejection, the alternative to do nothing) asks for
nothing. Pure, but for the kinds of action an alternative may name.
"""

from collections.abc import Collection

from django.utils.translation import gettext as _

from apps.proposals.models import Proposal
from apps.registry.models import ActionType
from apps.registry.states import Consequence, Reversibility, Stage
from apps.reviews.choosing import Invalid
from apps.reviews.models import Task
from apps.routing.states import Verb
from apps.trust.states import Basis

_MOST_TO_TYPE = 40


def needs_typing(*, consequence: str, reversibility: str) -> bool:
    """Whether a decision that grants such an action asks for the typed word."""
    return consequence == Consequence.CRITICAL or reversibility == Reversibility.IRREVERSIBLE


def word_to_type(*, subject_id: str, args_sha256: str) -> str:
    """What to type: the subject's id, else the first eight characters of the digest."""
    can_be_typed = 0 < len(subject_id) <= _MOST_TO_TYPE and subject_id.isascii() and subject_id.isprintable()
    return subject_id.strip() or args_sha256[:8] if can_be_typed else args_sha256[:8]


def is_typed(typed: str, word: str) -> bool:
    """Whether `typed` is the word; upper or lower case and spaces around it do not matter."""
    return typed.strip().casefold() == word.casefold()


def word_for(proposal: Proposal, *, contested: bool = False) -> str:
    """What the person has to type to let this proposal's action happen; empty when a press is enough."""
    return _word(
        proposal,
        consequence=proposal.consequence,
        reversibility=proposal.reversibility,
        contested=contested,
    )


def words_for(proposal: Proposal, names: Collection[str], *, contested: bool = False) -> dict[str, str]:
    """{action name: what to type to let that happen instead}; empty text where a press is enough.

    No name is "do nothing". At most one query, none when every name is the proposal's own. Wants `action_type` loaded.
    """
    own = proposal.action_type.name
    words = {"": "", own: word_for(proposal, contested=contested)}
    others = set(names) - words.keys()
    if others:
        kinds = ActionType.objects.filter(workflow_id=proposal.workflow_id, name__in=others)
        for name, consequence, reversibility in kinds.values_list("name", "consequence", "reversibility"):
            words[name] = _word(
                proposal, consequence=consequence, reversibility=reversibility, contested=contested
            )
    return {name: words.get(name, "") for name in names}


def check_typed(proposal: Proposal, *, name: str, typed: str, contested: bool = False) -> None:
    """Whether what was typed is enough to grant the action `name` (empty: nothing). Raises Invalid at `typed`."""
    word = words_for(proposal, [name], contested=contested)[name]
    if word and not is_typed(typed, word):
        raise Invalid("typed", _("This is not {word}. Nothing was decided.").format(word=word))


def check_in_bulk(task: Task) -> None:
    """Whether this task may be approved together with others at all. Wants `proposal` loaded. Raises Invalid (`batch`).

    The lowest tier, one person, reversible, and where everything is reviewed: what was picked out of
    work that runs by itself is there to be looked at.
    """
    proposal = task.proposal
    is_slight = (
        task.tier == 0
        and proposal.consequence == Consequence.LOW
        and proposal.reversibility == Reversibility.REVERSIBLE
    )
    if not is_slight:
        raise Invalid("batch", _("Only what is of low consequence and reversible is approved with others."))
    if task.quorum != 1 or task.deciders or Verb.APPROVE not in task.verbs:
        raise Invalid("batch", _("This needs a decision of its own."))
    if task.together is not None:
        raise Invalid("batch", _("Something else was proposed about the same subject: decide it by itself."))
    if task.is_blind_first:
        raise Invalid("batch", _("Here one says first what one would do: decide it by itself."))
    if proposal.stage != Stage.ASSISTED or proposal.basis != Basis.FULL or proposal.is_copy:
        raise Invalid("batch", _("This was picked out to be looked at: decide it by itself."))


def _word(proposal: Proposal, *, consequence: str, reversibility: str, contested: bool) -> str:
    if not contested and not needs_typing(consequence=consequence, reversibility=reversibility):
        return ""
    return word_to_type(subject_id=proposal.subject_id, args_sha256=proposal.args_sha256)
