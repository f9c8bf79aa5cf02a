"""What known cases showed about a person: the news they have not put aside, and the latest ones."""

from dataclasses import dataclass

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.desk.queries.right_answers import RightAnswer, right_answers
from apps.reviews.models import GoldAnswer
from apps.reviews.states import GoldResult

_NEWS = 3
_LATEST = 20


@dataclass(frozen=True, slots=True)
class News:
    """An answer to a known case, what is right in it and why, and what it is about; what is sensitive is hidden."""

    answer: GoldAnswer
    known: RightAnswer

    @property
    def summary(self) -> str:
        """What the case is about."""
        return self.known.summary

    @property
    def is_right(self) -> bool:
        """Whether they decided as they should have."""
        return self.answer.result == GoldResult.RIGHT

    @property
    def can_dispute(self) -> bool:
        """Whether it is theirs to say that the known answer is wrong."""
        return self.answer.case.retired_at is None and not hasattr(self.answer, "dispute")


def news_for(person: User) -> list[News]:
    """The latest ones not put aside. One query where there are none, else six."""
    new = GoldAnswer.objects.filter(by=person, seen_at=None)
    # Every card asks, and mostly there is nothing: then all that belongs to an answer need not be joined.
    return _told(new, _NEWS) if new.exists() else []


def latest_of(person: User) -> list[News]:
    """Their latest answers to known cases."""
    return _told(GoldAnswer.objects.filter(by=person), _LATEST)


def _told(rows: QuerySet[GoldAnswer], most: int) -> list[News]:
    rows = rows.select_related(
        "case__proposal__action_type", "case__added_by", "dispute__ruled_by", "decision__task"
    )
    answers = list(rows.order_by("-at")[:most])
    known = right_answers([answer.case for answer in answers])
    return [News(answer, known[answer.case_id]) for answer in answers]
