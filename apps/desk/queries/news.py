"""What known cases showed about a person: the news they have not put aside, and the latest ones."""

from dataclasses import dataclass

from apps.accounts.models import User
from apps.desk.queries.sight import masked
from apps.reviews.models import GoldAnswer
from apps.reviews.states import GoldResult

_NEWS = 3
_LATEST = 20


@dataclass(frozen=True, slots=True)
class News:
    """An answer to a known case, what the case is about with what is sensitive hidden, and why its answer is right."""

    answer: GoldAnswer
    summary: str
    explanation: str

    @property
    def is_right(self) -> bool:
        """Whether they decided as they should have."""
        return self.answer.result == GoldResult.RIGHT

    @property
    def can_dispute(self) -> bool:
        """Whether it is theirs to say that the known answer is wrong."""
        return self.answer.case.retired_at is None and not hasattr(self.answer, "dispute")


def news_for(person: User) -> list[News]:
    """The latest ones not put aside. One query."""
    return _told(person, is_new=True, most=_NEWS)


def latest_of(person: User) -> list[News]:
    """Their latest answers to known cases."""
    return _told(person, is_new=False, most=_LATEST)


def _told(person: User, *, is_new: bool, most: int) -> list[News]:
    rows = GoldAnswer.objects.filter(by=person, **({"seen_at": None} if is_new else {}))
    rows = rows.select_related("case__proposal__action_type", "dispute__ruled_by", "decision__task")
    return [_news(answer) for answer in rows.order_by("-at")[:most]]


def _news(answer: GoldAnswer) -> News:
    proposal = answer.case.proposal
    seen = masked(proposal)
    return News(answer, seen.text(proposal.summary), seen.text(answer.case.explanation))
