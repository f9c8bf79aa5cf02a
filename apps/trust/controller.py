"""How does the autonomy of one agent version in one slice move with each decision? The whole controller, pure.

It takes what was earned so far and one verdict, and answers what is earned afterwards and whether something moved.
It knows no ORM, no clock and no person: people ratify what `recommended` finds, everything that takes autonomy away
happens here by itself. The live verbs, `trust_recompute` and `trust_simulate` call these same functions.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from apps.trust.movement import STANDARD, Movement
from apps.trust.states import Basis, Feeds, Move
from apps.trust.statistics import alarm, evidence, regions
from apps.trust.statistics.inputs import MOST_TARGET, BadInput, check_edges, check_level
from apps.trust.statistics.regions import Candidate
from apps.trust.statistics.weighing import ALL, Drawn, check_same_chance, log_weighted_evidence

EDGES = (0.99, 0.95, 0.90, 0.80, 0.70)
# A band with fewer decisions than this, or a wrong rate of at most twice alpha, has its overrides looked at twice.
FEW_DECISIONS = 20


@dataclass(frozen=True, slots=True)
class Terms:
    """What is tested: edges, the target error alpha, the chance delta of ever being wrong, the reviewers' miss rate;
    and what moves a standing beside the test.

    Raises BadInput for edges that do not fall and levels outside (0, 0.5).
    """

    edges: tuple[float, ...] = EDGES
    alpha: float = 0.05
    delta: float = 0.05
    misses: float = 0.0
    movement: Movement = STANDARD

    def __post_init__(self) -> None:
        check_edges(self.edges)
        check_level(self.delta, "The chance of a wrong certificate")
        # The alarm compares the tested error with twice as much, so that has to be an error too.
        if evidence.tested_error(self.alpha, self.misses) >= MOST_TARGET:
            raise BadInput(
                f"the target error has to be below {MOST_TARGET}: the alarm looks for twice as much"
            )

    @property
    def tested(self) -> float:
        """The error that is tested: alpha, tightened by what reviewers may miss."""
        return evidence.tested_error(self.alpha, self.misses)

    def need(self, attempt: int) -> float:
        """The evidence that certifies at this attempt."""
        return evidence.need(attempt, candidates=len(self.edges), delta=self.delta)


@dataclass(frozen=True, slots=True)
class Earned:
    """What one agent version has earned: counts per band, how many bands run from the top, the alarm, the audits.

    `useful_n` and `useful_k` are what shadow showed; they feed the usefulness gate only.
    """

    n: tuple[int, ...]
    k: tuple[int, ...]
    attempt: int = 1
    running: int = 0
    alarm: float = 0.0
    audited: int = 0
    useful_n: int = 0
    useful_k: int = 0

    @property
    def is_paused(self) -> bool:
        """Whether the alarm has everything reviewed."""
        return self.running > 0 and alarm.is_paused(self.alarm)


def fresh(bands: int, attempt: int = 1) -> Earned:
    """Nothing earned yet."""
    return Earned(n=(0,) * bands, k=(0,) * bands, attempt=attempt)


def feeds(earned: Earned, *, basis: Basis, band: int | None, wrong: bool) -> Feeds:
    """What a counted decision goes into. Only decisions with the same chance of being reviewed are pooled."""
    if basis is Basis.SHADOW:
        return Feeds.USEFULNESS
    if basis in (Basis.AUDIT, Basis.PAUSED):
        return Feeds.ALARM if earned.running else Feeds.NOTHING
    if basis is Basis.CONTEXT or band is None:
        return Feeds.NOTHING
    return Feeds.PROOF


def after(
    earned: Earned, *, into: Feeds, band: int | None, wrong: bool, terms: Terms, rate: float = ALL
) -> tuple[Earned, Move | None]:
    """What is earned after one decision that feeds `into`, and what moved.

    `rate` is the chance with which it was chosen to be looked at. The counts that prove hold decisions that were all
    looked at, and nothing else is pooled with them. Raises BadInput.
    """
    if into is Feeds.PROOF and band is not None:
        check_same_chance(rate, others=ALL)
        return _after_review(earned, band, wrong, terms)
    if into is Feeds.ALARM:
        return _after_audit(earned, wrong, terms)
    if into is Feeds.USEFULNESS:
        return replace(earned, useful_n=earned.useful_n + 1, useful_k=earned.useful_k + wrong), None
    return earned, None


def after_incident(earned: Earned, terms: Terms) -> tuple[Earned, Move | None]:
    """A complaint, a reversed outcome or a veto: raises the alarm of what runs, and proves nothing. It is no audit."""
    if not earned.running:
        return earned, None
    moved, move = _after_audit(earned, True, terms)
    return (replace(moved, audited=earned.audited) if moved.running else moved), move


def recommended(earned: Earned, terms: Terms, pending: Sequence[int] = ()) -> Candidate | None:
    """The lowest threshold that passes now, with pending reviews counted as wrong; None when none does."""
    found = regions.candidates(
        earned.n, earned.k, running=earned.running, error=terms.tested, pending=pending
    )
    return regions.lowest_passing(found, math.log(terms.need(earned.attempt)))


def is_useful(earned: Earned, terms: Terms) -> bool:
    """Whether what shadow showed passes the gate to assisted, if all of it had the same chance of being looked at.

    It says when to ask `useful`, which weighs.
    """
    rules = terms.movement
    return evidence.is_useful(
        earned.useful_n, earned.useful_k, error=rules.useful_error, needed=rules.useful_need
    )


def useful(drawn: Sequence[Drawn], terms: Terms) -> Candidate | None:
    """The gate to assisted, passed by comparisons of equal or unequal chances; None when it is not.

    What people reported about everything and what a coin put before blind reviewers comes together here: weighted.
    """
    rules = terms.movement
    found = log_weighted_evidence(drawn, rules.useful_error)
    if found < math.log(rules.useful_need):
        return None
    return Candidate(0, sum(each.n for each in drawn), sum(each.k for each in drawn), found)


def promoted(earned: Earned, bands: int) -> Earned:
    """After two people ratified that `bands` bands run. Lowering keeps the alarm; audits are counted anew."""
    if not earned.running < bands <= len(earned.n):
        raise BadInput(f"{bands} bands after {earned.running}: a threshold is never raised by itself")
    return replace(earned, running=bands, audited=0)


def again(earned: Earned, *, bands: int | None = None) -> Earned:
    """Nothing runs, nothing is counted, and the next attempt, which is harder. Shadow's counts stay."""
    empty = fresh(len(earned.n) if bands is None else bands, earned.attempt + 1)
    return replace(empty, useful_n=earned.useful_n, useful_k=earned.useful_k)


def needs_second_look(earned: Earned, *, band: int | None, early: bool, alpha: float) -> bool:
    """Whether an override counts as wrong only when a second person, who does not know of it, agrees.

    In what runs always; `early` also before, while the band has few decisions or hardly a wrong one.
    """
    if band is None:
        return False
    if band < earned.running:
        return True
    n, k = earned.n[band], earned.k[band]
    return early and (n < FEW_DECISIONS or k <= 2 * alpha * n)


def _after_review(earned: Earned, band: int, wrong: bool, terms: Terms) -> tuple[Earned, Move | None]:
    n = (*earned.n[:band], earned.n[band] + 1, *earned.n[band + 1 :])
    k = (*earned.k[:band], earned.k[band] + wrong, *earned.k[band + 1 :])
    # Not `replace`: this is done with every review, and a million times by a simulation.
    now = Earned(
        n,
        k,
        earned.attempt,
        earned.running,
        earned.alarm,
        earned.audited,
        earned.useful_n,
        earned.useful_k,
    )
    if now.running or sum(n) % terms.movement.start_over_every:
        return now, None
    found = regions.candidates(n, k, running=0, error=terms.tested)
    if all(one.log_evidence < 0 for one in found):
        return again(now), Move.STARTED_OVER
    return now, None


def _after_audit(earned: Earned, wrong: bool, terms: Terms) -> tuple[Earned, Move | None]:
    rules = terms.movement
    value = alarm.after(earned.alarm, wrong=wrong, error=terms.tested, resume_after=rules.resume_after)
    if alarm.is_demoting(value, rules.alarm_level):
        return again(earned), Move.DEMOTED
    now = replace(earned, alarm=value, audited=earned.audited + 1)
    if now.is_paused != earned.is_paused:
        return now, Move.PAUSED if now.is_paused else Move.RESUMED
    return now, None
