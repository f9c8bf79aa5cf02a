"""May what a judge says be shown? Only where it was measured to agree with people, on enough cases.

Agreement is Cohen's kappa with its interval (`reviews.kappa`), over the cases about which both said something. It is
the lower end of the interval that has to reach what is asked: the figure itself is luck where cases are few. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.evaluation.scales import NOTHING_SAID
from apps.reviews.kappa import Agreement, agreement

# (what the judge said, what people said): how often.
Table = Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class Asked:
    """From which kappa on, and from how many cases, a judge is shown."""

    kappa: float
    cases: int


@dataclass(frozen=True, slots=True)
class Belief:
    """How far a judge agrees with people, and why it is not shown; empty: it is."""

    agreement: Agreement
    words: list[str]
    why_hidden: str | Promise

    @property
    def is_shown(self) -> bool:
        """Whether what it says may be shown."""
        return not self.why_hidden


def believe(table: Table, asked: Asked) -> Belief:
    """What this table of counts says; cases about which people said nothing are left out."""
    both = {key: n for key, n in table.items() if n and NOTHING_SAID not in key}
    words = sorted({word for key in both for word in key})
    found = agreement([[both.get((said, people), 0) for people in words] for said in words])
    return Belief(found, words, _why_hidden(found, asked))


def _why_hidden(found: Agreement, asked: Asked) -> str | Promise:
    if found.n < asked.cases:
        return _("Too few of its cases have an answer of people to say how far they agree.")
    if found.kappa is None:
        return _("Judge and people always said the same one word: chance explains that as well.")
    if found.low is None or found.low < asked.kappa:
        return _("It is not sure enough that the judge agrees with people beyond chance.")
    return ""
