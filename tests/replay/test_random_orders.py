"""What would the real proposals have earned, in whatever order they came? By the functions the verbs themselves use.

Slices are action families with all agents pooled, everything is reviewed, and people know the truth. The policy allows
every step up. The clock is simulated: no real proposal tells when it was made.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from statistics import median

import pytest

from apps.trust import controller
from apps.trust.controller import Earned, Terms
from apps.trust.counting import Look, Past, count, replayed
from apps.trust.rules import Rules
from apps.trust.states import Basis, NotEvidence
from apps.trust.statistics.misses import ASSUMED, upper
from apps.trust.statistics.regions import Candidate
from tests.replay.mapping import AGREEMENT, Row

pytestmark = [pytest.mark.real_input, pytest.mark.timeout(300)]

ORDERS = 200
ORDERS_AT_FIVE = 50
A_DAY = 100
# What a hundred replays without a miss prove, and what is reckoned with before there are any.
MISSES = {"measured": upper(100, 0), "assumed": ASSUMED}


@dataclass(frozen=True)
class Decided:
    """What the ledger would know of one real proposal."""

    slice: str
    confidence: float
    wrong: bool
    content: str
    subject: str


@dataclass
class Earning:
    """One slice on its way, with what its ledger would hold."""

    earned: Earned
    contents: set[str] = field(default_factory=set)
    subjects: Counter[tuple[int, str]] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    recommended: Candidate | None = None
    after: int = 0

    def meet(self, one: Decided, *, day: int, rules: Rules, terms: Terms) -> None:
        """One settled decision; an override was confirmed by a second person."""
        past = Past(
            is_duplicate=one.content in self.contents,
            about_subject=self.subjects[day, one.subject] if one.subject else 0,
        )
        counted = count(
            self.earned,
            wrong=one.wrong,
            confidence=one.confidence,
            basis=Basis.FULL,
            because=None,
            look=Look(is_last=True),
            past=past,
            rules=rules,
        )
        self.reasons[counted.because or "counted"] += 1
        if counted.because is None:
            self.contents.add(one.content)
            self.subjects[day, one.subject] += 1
        self.earned, _move = replayed(
            self.earned, into=counted.into, band=counted.band, wrong=one.wrong, is_audit=True, terms=terms
        )
        # Only a right one that counts can certify anything.
        if self.recommended is None and counted.because is None and not one.wrong:
            self.recommended = controller.recommended(self.earned, terms)
            self.after = sum(self.earned.n)


def _decided(row: Row) -> Decided:
    target = row["target"]
    content = repr([row["action_type"], row["arguments"], row["rationale"], row["evidence"]])
    return Decided(
        slice=row["slice"],
        confidence=row["confidence"],
        wrong=not row["ground_truth"]["correct"],
        content=content,
        subject=f"{target['kind']}:{target['id']}" if target else "",
    )


def _lived(order: Sequence[Decided], rules: Rules, terms: Terms) -> dict[str, Earning]:
    slices = {name: Earning(controller.fresh(len(rules.edges))) for name in AGREEMENT}
    for number, one in enumerate(order):
        slices[one.slice].meet(one, day=number // A_DAY, rules=rules, terms=terms)
    return slices


def _replayed(rows: list[Row], *, alpha: float, misses: float, orders: int = ORDERS) -> dict[str, list[int]]:
    """{slice: after how many counted decisions a step up was recommended, one number for each order that had one}."""
    decided = [_decided(row) for row in rows]
    rules, terms = Rules(alpha=alpha), Terms(alpha=alpha, misses=misses)
    found: dict[str, list[int]] = defaultdict(list)
    for seed in range(orders):
        order = Random(seed).sample(decided, len(decided))
        for name, slice_ in _lived(order, rules, terms).items():
            if slice_.recommended is not None:
                found[name].append(slice_.after)
    return found


def _told(found: dict[str, list[int]], orders: int = ORDERS) -> str:
    return ", ".join(
        f"{name} in {len(after)} of {orders} (after {min(after)}-{max(after)}, median {median(after):.0f})"
        if (after := found.get(name, []))
        else f"{name} never"
        for name in AGREEMENT
    )


@pytest.mark.parametrize("known", MISSES)
def test_at_a_target_of_ten_percent_returns_earn_autonomy_and_modifications_and_handoffs_never(
    rows: list[Row], known: str
) -> None:
    begun = time.process_time()
    found = _replayed(rows, alpha=0.10, misses=MISSES[known])
    print(f"\nalpha 0.10, miss rate {known}: {_told(found)}; {time.process_time() - begun:.1f} CPU seconds")
    assert len(found["retail/return"]) == ORDERS
    assert "retail/modify" not in found
    assert "retail/handoff" not in found
    # Nobody earns it on fewer decisions than the golden table has for no mistake at all.
    assert min(found["retail/return"]) >= 64


@pytest.mark.parametrize("known", MISSES)
def test_what_happens_at_a_target_of_five_percent(rows: list[Row], known: str) -> None:
    found = _replayed(rows, alpha=0.05, misses=MISSES[known], orders=ORDERS_AT_FIVE)
    print(f"\nalpha 0.05, miss rate {known}: {_told(found, ORDERS_AT_FIVE)}")
    # 153 returns with a confidence of 0.70 and more are enough for measured reviewers (139 right ones in a row), not
    # for unmeasured ones (164). Nothing else comes near.
    assert set(found) == ({"retail/return"} if known == "measured" else set())


def test_the_real_proposals_are_different_evidence(rows: list[Row]) -> None:
    lived = _lived([_decided(row) for row in rows], Rules(), Terms())
    reasons = sum((slice_.reasons for slice_ in lived.values()), Counter[str]())
    assert reasons[NotEvidence.DUPLICATE_CONTENT] == 0
    assert set(reasons) <= {"counted", NotEvidence.BELOW_FLOOR, NotEvidence.SUBJECT_CAP}
    assert reasons["counted"] > 600
