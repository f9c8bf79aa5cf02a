"""How two slices of the demo earned what they have: one let out of shadow, one that acts by itself.

Everything happens through the verbs people use, with the moments passed in: proposals, decisions, two signatures.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from apps.accounts.models import User
from apps.routing.states import Verb
from apps.trust.models import Recommendation, Slice
from apps.trust.recommending import ratify, reconsider_ripe
from apps.trust.retermining import set_criteria
from apps.trust.rules import Rules
from apps.trust.states import RecommendationStatus
from reviewhub.demo import care, contracts, story
from reviewhub.demo.case import Case

_SEED = 20261121
# At most so many more cases are played, one a minute or so, until there is enough evidence.
_MOST = 120
_EXTENSIONS, _MESSAGES = 50_000, 60_000

Kind = Callable[[Random], Case]


def let_extensions_out_of_shadow(stage: story.Stage, at: datetime) -> None:
    """One slice of the watched agent has agreed with people often enough, and two of them let it out."""
    _earn(stage, contracts.extend, "extend_contract", ("sofia", "felix"), first=_EXTENSIONS, at=at)


def let_messages_be_sent(stage: story.Stage, at: datetime) -> None:
    """Messages about delays: a wrong one is put right by another, so one in five may be; two people agree to that."""
    _one_right(stage, care.tell_of_delay, _MESSAGES - 1, at - timedelta(minutes=2 * _MOST))
    row = Slice.objects.get(action_type__name="send_message", agent__slug="care-writer")
    set_criteria(
        slice_id=row.pk,
        rules=Rules(alpha=0.20, second_look_early=False),
        by=User.objects.get(short="sofia"),
        reason="A wrong message is put right by another one.",
        start_over=True,
        now=at - timedelta(minutes=2 * _MOST),
    )
    _earn(stage, care.tell_of_delay, "send_message", ("sofia", "claire"), first=_MESSAGES, at=at)


def _earn(
    stage: story.Stage, kind: Kind, action: str, people: tuple[str, str], *, first: int, at: datetime
) -> None:
    # With chances of their own: how many it takes must not change the rest of the story.
    apart = replace(stage, random=Random(_SEED))  # noqa: S311  (a story, not a secret)
    for number in range(_MOST):
        moment = at - timedelta(minutes=2 * (_MOST - number))
        # As the sweeper does: where older reviews stood against it, it looks again.
        reconsider_ripe(now=moment)
        found = Recommendation.objects.filter(
            standing__slice__action_type__name=action, status=RecommendationStatus.OPEN
        ).first()
        if found is not None:
            break
        _one_right(apart, kind, first + number, moment)
    else:
        raise RuntimeError(f"The demo's agent has not earned {action}.")
    for short in people:
        ratify(
            recommendation_id=found.pk,
            by=User.objects.get(short=short),
            seen_sha256=found.evidence_sha256,
            now=at,
        )


def _one_right(stage: story.Stage, kind: Kind, number: int, at: datetime) -> None:
    """A case that people decide as proposed."""
    case = kind(stage.random)
    while case.answer.verb is not Verb.APPROVE:
        case = kind(stage.random)
    proposal = story.propose(stage, case, external_id=f"{case.agent}-{number + 1:05}", at=at)
    story.finish(stage, case, proposal, at=at)
