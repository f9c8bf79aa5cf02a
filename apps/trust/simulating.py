"""What would the live controller do with an agent like this one? And what would the rules people use today do?

Simulates one slice from its first proposal on, with `controller` itself (not a copy of it), or with one of two naive
rules. Pure but for the random source it is given. The stated confidence c has 1 - c distributed as Beta(0.7, 3) / 2; a
scenario says how likely a proposal with this confidence is wrong, and reviewers miss a share of what is.
"""

import math
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate
from random import Random
from statistics import NormalDist
from typing import Protocol

from apps.trust import controller
from apps.trust.controller import Earned, Terms
from apps.trust.states import Feeds, Move
from apps.trust.statistics import regions
from apps.trust.statistics.misses import miss_rate

POLICIES = ("last50", "wilson", "reviewhub")
_SEEDS = 100
_WINDOW = 50
_NAIVE_SHARE = 0.95
_NAIVE_AUDIT = 0.05
_Z = NormalDist().inv_cdf(0.975)
# Confidences are drawn from so many equally likely ones.
_QUANTILES = 8192
_A, _B = 0.7, 3

Error = Callable[[float], float]


@dataclass(frozen=True)
class Scenario:
    """How an agent errs: `wrong(confidence)` is the chance of it; reviewers miss the share `missed`.

    With `turns_at` the error is `turned` from that proposal on, whatever it was before.
    """

    name: str
    wrong: Error
    missed: float = 0.0
    turns_at: int | None = None
    turned: float = 0.0


@dataclass(slots=True)
class Life:
    """What happened in one run. `reviews_before` the first promotion; None: it never ran by itself.

    `steady_*` are the second half of the run, if it ran by itself before. `held_after` so many proposals from the turn
    on; None: never, or nothing ran when it turned (`turned_running`). `wrong_run` are wrong actions carried out; with a
    turn, from then on.
    """

    reviews: int = 0
    reviews_before: int | None = None
    steady_reviews: int = 0
    steady_proposals: int = 0
    ran_above_target: bool = False
    wrong_run: int = 0
    turned_running: bool = False
    held_after: int | None = None


class Rule(Protocol):
    """A rule for what runs. `running` is how many bands do now, from the highest confidence."""

    running: int

    def meet(self, band: int | None, wrong: bool, coin: float) -> tuple[bool, bool]:
        """(whether it runs, whether a person looks at it). `wrong` is what a person would see."""


def flat(error: float) -> Error:
    """The same error whatever it says."""
    return lambda _stated: error


SCENARIOS: dict[str, Scenario] = {
    "overconfident": Scenario("over-confident x2.5", lambda stated: min(1.0, 2.5 * (1 - stated))),
    "shifted": Scenario("over-confident by 8 points", lambda stated: min(1.0, 1 - stated + 0.08)),
    "top": Scenario("wrong at the top", lambda stated: 0.12 if stated >= 0.95 else 0.04),
    "flat6": Scenario("flat 6 %", flat(0.06)),
    "flat5.5": Scenario("flat 5.5 %", flat(0.055)),
    "rubberstamp": Scenario("flat 6 %, reviewers miss 40 %", flat(0.06), missed=0.4),
    "good2": Scenario("flat 2 %", flat(0.02)),
    "good1": Scenario("flat 1 %", flat(0.01)),
    # At 5,000 a good agent is audited at 5 %, at 1,500 still at 10 %.
    "drift": Scenario("2 %, then 10 % (audits 5 %)", flat(0.02), turns_at=5_000, turned=0.10),
    "drift10": Scenario("2 %, then 10 % (audits 10 %)", flat(0.02), turns_at=1_500, turned=0.10),
}


@lru_cache(maxsize=1)
def confidences() -> tuple[float, ...]:
    """Equally likely stated confidences, the highest first: quantiles of 1 - Beta(0.7, 3) / 2."""
    return tuple(1 - _beta_quantile((place + 0.5) / _QUANTILES) / 2 for place in range(_QUANTILES))


@lru_cache(maxsize=64)
def region_errors(scenario: Scenario, edges: tuple[float, ...]) -> tuple[float, ...]:
    """The true error of what runs with 1, 2, ... bands."""
    stated = confidences()
    sums = list(accumulate(scenario.wrong(one) for one in stated))
    sizes = [sum(one >= edge for one in stated) for edge in edges]
    return tuple(sums[size - 1] / size if size else 0.0 for size in sizes)


@lru_cache(maxsize=64)
def _kinds(scenario: Scenario, edges: tuple[float, ...]) -> tuple[tuple[int | None, float], ...]:
    """(band, chance of being wrong) of each equally likely proposal."""
    return tuple((regions.band_of(one, edges), scenario.wrong(one)) for one in confidences())


def live(*, scenario: Scenario, policy: str, proposals: int, random: Random, terms: Terms) -> Life:
    """One run of so many proposals. Raises KeyError for an unknown policy."""
    if policy == "reviewhub":
        # Its reviewers were shown a hundred known mistakes; the naive rules do not ask.
        unseen = sum(random.random() < scenario.missed for _seed in range(_SEEDS))
        terms = replace(terms, misses=miss_rate(_SEEDS, unseen).upper)
    rule = _MADE[policy](terms)
    kinds: Sequence[tuple[int | None, float]] = _kinds(scenario, terms.edges)
    above = [error > terms.alpha for error in region_errors(scenario, terms.edges)]
    life = Life()
    for number in range(proposals):
        band, chance = kinds[int(random.random() * _QUANTILES)]
        if number == scenario.turns_at:
            kinds = [(band, scenario.turned) for band, _chance in kinds]
            chance = scenario.turned
            life.turned_running, life.wrong_run = rule.running > 0, 0
        wrong = random.random() < chance
        seen_wrong = wrong and (not scenario.missed or random.random() >= scenario.missed)
        runs, is_reviewed = rule.meet(band, seen_wrong, random.random())
        life.reviews += is_reviewed
        life.wrong_run += runs and wrong
        if life.reviews_before is None:
            life.reviews_before = life.reviews if rule.running else None
        elif number >= proposals // 2:
            life.steady_proposals += 1
            life.steady_reviews += is_reviewed
        if above[rule.running - 1] and rule.running:
            life.ran_above_target = True
        if (
            scenario.turns_at is not None
            and number >= scenario.turns_at
            and life.turned_running
            and life.held_after is None
            and not rule.running
        ):
            life.held_after = number - scenario.turns_at + 1
    return life


def _beta_quantile(share: float) -> float:
    """Of Beta(0.7, 3), by bisection of its distribution, which is a finite sum because 3 is whole."""
    low, high = 0.0, 1.0
    for _halving in range(40):
        middle = (low + high) / 2
        below = middle**_A * (1 + _A * (1 - middle) + _A * (_A + 1) / 2 * (1 - middle) ** 2)
        low, high = (middle, high) if below < share else (low, middle)
    return high


class Controlled:
    """ReviewHub's own controller; two people ratify what it recommends at once.

    `hurries`: it is not asked while it cannot have anything to recommend. A right decision multiplies the evidence by
    at most 1 / (1 - a), so that after a look it is known how many of them have to come first.
    """

    def __init__(self, terms: Terms, *, hurries: bool = True) -> None:
        self.terms = terms
        self.earned: Earned = controller.fresh(len(terms.edges))
        self.running = 0
        self._hurries = hurries
        self._asks_again = 0
        self._most = -math.log1p(-terms.tested)

    def meet(self, band: int | None, wrong: bool, coin: float) -> tuple[bool, bool]:
        """(whether it runs, whether a person looks at it)."""
        in_region = band is not None and band < self.earned.running
        runs = in_region and self.running > 0
        if runs and coin >= self.terms.movement.audit_rate(self.earned.audited):
            return True, False
        if band is None:
            return False, True
        into = Feeds.ALARM if in_region else Feeds.PROOF
        self.earned, move = controller.after(self.earned, into=into, band=band, wrong=wrong, terms=self.terms)
        if move in (Move.DEMOTED, Move.STARTED_OVER):
            self._asks_again = 0
        # A wrong one never certifies anything: the evidence falls.
        if into is Feeds.PROOF and not wrong:
            self._ask()
        self.running = 0 if self.earned.is_paused else self.earned.running
        return runs, True

    def _ask(self) -> None:
        self._asks_again -= 1
        if self._asks_again > 0:
            return
        found = controller.recommended(self.earned, self.terms)
        if found is not None:
            self.earned = controller.promoted(self.earned, found.bands)
        elif self._hurries:
            self._asks_again = self._right_ones_to_come()

    def _right_ones_to_come(self) -> int:
        tested = regions.candidates(
            self.earned.n, self.earned.k, running=self.earned.running, error=self.terms.tested
        )
        best = max((one.log_evidence for one in tested), default=-math.inf)
        if best == -math.inf:
            return 2**31
        return math.ceil((math.log(self.terms.need(self.earned.attempt)) - best) / self._most - 1e-9)


class LastFifty:
    """A region runs while at least 95 % of its last 50 reviewed were right; 5 % of what runs is audited."""

    def __init__(self, terms: Terms) -> None:
        self.running = 0
        self._last: list[deque[bool]] = [deque(maxlen=_WINDOW) for _edge in terms.edges]
        self._wrong = [0] * len(terms.edges)

    def meet(self, band: int | None, wrong: bool, coin: float) -> tuple[bool, bool]:
        """(whether it runs, whether a person looks at it)."""
        runs = band is not None and band < self.running
        if (runs and coin >= _NAIVE_AUDIT) or band is None:
            return runs, not runs
        most = (1 - _NAIVE_SHARE) * _WINDOW
        for index in range(band, len(self._last)):
            last = self._last[index]
            self._wrong[index] += wrong - (len(last) == _WINDOW and last[0])
            last.append(wrong)
        self.running = max(
            (
                index + 1
                for index, last in enumerate(self._last)
                if len(last) == _WINDOW and self._wrong[index] <= most
            ),
            default=0,
        )
        return runs, True


class Wilson:
    """A region runs for ever once the upper end of a 95 % Wilson interval is below the target at any look; no audit."""

    def __init__(self, terms: Terms) -> None:
        self.running = 0
        self._alpha = terms.alpha
        self._n = [0] * len(terms.edges)
        self._k = [0] * len(terms.edges)

    def meet(self, band: int | None, wrong: bool, coin: float) -> tuple[bool, bool]:
        """(whether it runs, whether a person looks at it)."""
        if band is None or band < self.running:
            return band is not None, band is None
        for index in range(band, len(self._n)):
            self._n[index] += 1
            self._k[index] += wrong
            if not wrong and _wilson_upper(self._n[index], self._k[index]) <= self._alpha:
                self.running = max(self.running, index + 1)
        return False, True


def _wilson_upper(n: int, k: int) -> float:
    share, z2 = k / n, _Z * _Z
    centre, spread = share + z2 / (2 * n), _Z * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return (centre + spread) / (1 + z2 / n)


_MADE: dict[str, Callable[[Terms], Rule]] = {"last50": LastFifty, "wilson": Wilson, "reviewhub": Controlled}
