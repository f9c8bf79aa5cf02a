"""The questions to the agent as one person may read them.

What somebody asked before they decided tells what they doubted. Until a blind second person has decided too, it is kept
back from them; the evidence an answer brought is on the card for everybody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.accounts.models import User
from apps.audit.reading import Reading
from apps.desk.queries.sight import Sight
from apps.desk.texts.told import Told
from apps.proposals.models import Proposal, Question
from apps.reviews.models import Task

_QUESTIONS = Reading(Question, "by")
_ABOUT_IT = """
    WHERE proposals_question.proposal_id = %s ORDER BY proposals_question.asked_at, proposals_question.id
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to the agent with its answer, as this person sees them."""

    question: Question
    text: str
    answer: Told


@dataclass(frozen=True, slots=True)
class Questions:
    """What was asked, oldest first: `shown`, and what is `kept_back` until this person has decided."""

    shown: Sequence[Asked]
    kept_back: Sequence[Question]

    @property
    def silent_until(self) -> datetime | None:
        """Until when the record of what was asked and answered is kept back with them."""
        return max((one.ended_at or one.asked_at for one in self.kept_back), default=None)


def questions(proposal: Proposal, task: Task | None, *, by: User, sees_votes: bool, seen: Sight) -> Questions:
    """Every question about the proposal. One query."""
    rows = _QUESTIONS.all(_ABOUT_IT, [proposal.pk])
    deciders = set() if task is None or sees_votes else {*task.deciders} - {by.pk}
    return Questions(
        shown=[
            Asked(one, seen.text(one.text), seen.told(one.answer))
            for one in rows
            if one.by_id not in deciders
        ],
        kept_back=[one for one in rows if one.by_id in deciders],
    )
