"""What does a judge say in the words in which people answer, and what did people say in the words of its scale?

Kappa needs both in the same words. A scale says what the judge's words are: `verdict` (correct, wrong), `choice` (as
proposed, another action, nothing), `reason` (one of the workflow's reason codes, or as proposed), `score` (a number
from `low` to `high` that means correct from `right_from` on). Where people said nothing about the agent's action (they
refused it for a reason that is not the agent's fault) or gave no reason, there is nothing to compare with. Pure.
"""

from collections.abc import Collection
from dataclasses import dataclass

from django.utils.translation import gettext as _

from apps.evaluation.states import Scale
from apps.proposals.states import Verdict
from apps.reviews.states import Pick

NOTHING_SAID = ""


class Unsaid(ValueError):
    """What the judge said is no word of its scale. `field` is where in the request, the text a sentence for people."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


@dataclass(frozen=True, slots=True)
class Measuring:
    """A scale as it is stated; the numbers belong to `score` and to nothing else."""

    scale: Scale
    low: float | None = None
    high: float | None = None
    right_from: float | None = None

    def check(self) -> None:
        """Raises Unsaid for a scale that cannot be."""
        numbers = (self.low, self.high, self.right_from)
        if self.scale is not Scale.SCORE:
            if any(number is not None for number in numbers):
                raise Unsaid("scale", _("Only a score has low, high and right_from."))
            return
        low, high, right_from = self.line()
        if not low < right_from <= high:
            raise Unsaid("scale", _("right_from lies above low and at most at high."))

    def line(self) -> tuple[float, float, float]:
        """Low, high and right_from of a score. Raises Unsaid where one is missing."""
        if self.low is None or self.high is None or self.right_from is None:
            raise Unsaid("scale", _("A score says its low, its high and from where on it means correct."))
        return self.low, self.high, self.right_from


@dataclass(frozen=True, slots=True)
class Answer:
    """What people chose about a proposal, with the reason they gave; `is_fault`: it tells something of the agent."""

    pick: Pick
    reason_code: str = ""
    is_fault: bool = True


def said_by_judge(
    measuring: Measuring, *, verdict: str | None, score: float | None, reasons: Collection[str]
) -> str:
    """Its word on the scale; `reasons` are the workflow's codes. Raises Unsaid."""
    if measuring.scale is Scale.SCORE:
        if score is None or verdict is not None:
            raise Unsaid("score", _("On this scale a judge says a number as score, and no verdict."))
        low, high, right_from = measuring.line()
        if not low <= score <= high:
            raise Unsaid("score", _("The score lies outside its scale."))
        return Verdict.CORRECT.value if score >= right_from else Verdict.WRONG.value
    if score is not None or verdict is None:
        raise Unsaid("verdict", _("On this scale a judge says a word as verdict, and no score."))
    words = words_of(measuring.scale, reasons)
    if verdict not in words:
        raise Unsaid("verdict", _("The words of this scale are: {words}.").format(words=", ".join(words)))
    return verdict


def words_of(scale: Scale, reasons: Collection[str]) -> list[str]:
    """Everything that can be said on a scale, in its order."""
    if scale is Scale.CHOICE:
        return [pick.value for pick in Pick]
    if scale is Scale.REASON:
        return [Pick.AS_PROPOSED.value, *reasons]
    return [verdict.value for verdict in Verdict]


def said_by_people(scale: Scale, answer: Answer | None) -> str:
    """What people said, in the words of the scale; `NOTHING_SAID` where there is nothing to compare with."""
    if answer is None or not (answer.is_fault or scale is Scale.REASON):
        return NOTHING_SAID
    is_taken = answer.pick is Pick.AS_PROPOSED
    if scale is Scale.CHOICE:
        return answer.pick.value
    if scale is Scale.REASON:
        return Pick.AS_PROPOSED.value if is_taken else answer.reason_code
    return Verdict.CORRECT.value if is_taken else Verdict.WRONG.value
