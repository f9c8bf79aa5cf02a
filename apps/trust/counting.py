"""Does a decision count as evidence, and what does it go into? Pure: takes how it came about and what was earned.

It knows no ORM and no clock: `recording` looks up what the ledger holds and writes what is answered here.
"""

from dataclasses import dataclass
from datetime import timedelta

from apps.trust import controller
from apps.trust.controller import Earned, Terms
from apps.trust.rules import Rules
from apps.trust.states import Basis, Feeds, Move, NotEvidence
from apps.trust.statistics.regions import band_of
from apps.trust.statistics.weighing import ALL

_AUDITS = (Basis.AUDIT, Basis.PAUSED)
# A mistake in what runs is one although its content was counted before.
_KNOWN = (NotEvidence.DUPLICATE_CONTENT, NotEvidence.SUBJECT_CAP)
_LATER = (NotEvidence.OUTCOME_ONLY, NotEvidence.VETOED)


@dataclass(frozen=True, slots=True)
class Look:
    """How a decision came about, as far as it matters for evidence.

    `took` from claim to decision; `person_id` who decided; `is_owner` of the agent. It is not looked at again when a
    second look has settled it (`is_last`) or two people had decided so, blind, in the first place (`is_confirmed`).
    """

    person_id: int | None = None
    took: timedelta | None = None
    is_owner: bool = False
    is_last: bool = False
    is_confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Past:
    """What the ledger knows: is the source written, did the content count, is the person careless, how often the
    subject counted in the day before.
    """

    is_written: bool = False
    is_duplicate: bool = False
    is_careless: bool = False
    about_subject: int = 0


@dataclass(frozen=True, slots=True)
class Counted:
    """The band of the stated confidence, why the decision does not count (None: it does), what it feeds."""

    band: int | None
    because: NotEvidence | None
    into: Feeds


def count(
    earned: Earned,
    *,
    wrong: bool | None,
    confidence: float,
    basis: Basis,
    because: NotEvidence | None,
    look: Look,
    past: Past,
    rules: Rules,
) -> Counted:
    """`because`: a reason that is known already. Raises BadInput for a confidence outside [0, 1]."""
    band = band_of(confidence, rules.edges)
    because = because or _why_not(look, past, rules) or _why_not_sampled(basis, band, earned)
    if because is None and wrong and _needs_second_look(earned, band, basis, look, rules):
        because = NotEvidence.SECOND_LOOK
    return Counted(band, because, _into(earned, basis=basis, band=band, wrong=wrong, because=because))


def replayed(
    earned: Earned,
    *,
    into: Feeds,
    band: int | None,
    wrong: bool,
    is_audit: bool,
    terms: Terms,
    rate: float = ALL,
) -> tuple[Earned, Move | None]:
    """What one ledger entry does to what was earned: the same when it is written and when the ledger is folded."""
    if into is Feeds.ALARM and not is_audit:
        return controller.after_incident(earned, terms)
    return controller.after(earned, into=into, band=band, wrong=wrong, terms=terms, rate=rate)


def is_audit(basis: Basis) -> bool:
    """Whether somebody looked because the slice runs, or would."""
    return basis in _AUDITS


def _why_not(look: Look, past: Past, rules: Rules) -> NotEvidence | None:
    if look.is_owner:
        return NotEvidence.CONFLICTED
    if look.took is not None and look.took.total_seconds() < rules.reading_seconds:
        return NotEvidence.TOO_FAST
    if past.is_careless:
        return NotEvidence.CARELESS_REVIEWER
    if past.is_duplicate:
        return NotEvidence.DUPLICATE_CONTENT
    if past.about_subject >= rules.subject_cap:
        return NotEvidence.SUBJECT_CAP
    return None


def _why_not_sampled(basis: Basis, band: int | None, earned: Earned) -> NotEvidence | None:
    if basis is Basis.SHADOW:
        return None
    if basis is Basis.CONTEXT:
        return NotEvidence.NOT_SAMPLED
    if band is None:
        return NotEvidence.BELOW_FLOOR
    return NotEvidence.NOT_RUNNING if basis in _AUDITS and not earned.running else None


def _needs_second_look(earned: Earned, band: int | None, basis: Basis, look: Look, rules: Rules) -> bool:
    if basis is Basis.SHADOW or look.is_last or look.is_confirmed:
        return False
    return controller.needs_second_look(earned, band=band, early=rules.second_look_early, alpha=rules.alpha)


def _into(
    earned: Earned, *, basis: Basis, band: int | None, wrong: bool | None, because: NotEvidence | None
) -> Feeds:
    """What came true later about a confidence that runs raises the alarm, whoever had let it happen."""
    if because is None:
        return controller.feeds(earned, basis=basis, band=band, wrong=bool(wrong))
    if not wrong or band is None or band >= earned.running:
        return Feeds.NOTHING
    if because in _LATER or (basis in _AUDITS and because in _KNOWN):
        return Feeds.ALARM
    return Feeds.NOTHING
