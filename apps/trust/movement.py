"""What moves a standing beside the test itself: the alarm, the audits, the gate of shadow, starting over. Pure.

Each slice may have its own values, within bounds outside of which they would not do what they are for:

- **The alarm's level**, from 4 to 1,000. A confirmed mistake doubles the alarm, so that 2 to 10 net mistakes demote.
  Below, the first one would, and no pause would ever be given a chance; within its target a slice is demoted at most
  once in so many audits on average. Above 1,000 not even ten mistakes in a row would be enough.
- **Right audits that end a pause after one mistake**, at most 200. Never fewer than the target says, whatever is
  chosen: a larger step back would hide an agent that errs twice as often as it may.
- **The audit rates**, each from 0.01 to 1 and never rising. Never 0: where nothing is audited nothing is found, and
  at one in a hundred a slice that turned bad already carries out a hundred actions before the first of them is seen.
- **Audits that are too few**, 20 to 1,000 in 30 to 365 days. Twenty clean ones are what an agent that is wrong one time
  in seven shows one time in twenty.
- **The gate of shadow**: an error from 0.05 to 0.40, evidence from 10 to 10,000. An agent that is no better passes with
  a chance of at most 1 in 10 to 1 in 10,000.
- **Starting over** every 100 to 10,000 counted decisions. Fewer have hardly shown anything, and every attempt makes the
  next one harder.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

from django.utils.translation import gettext as _

from apps.trust.statistics import alarm, coin, evidence
from apps.trust.statistics.inputs import BadInput

MOST_RATES = 6
# {name: (least, most)} of the single values.
BOUNDS: dict[str, tuple[float, float]] = {
    "alarm_level": (4, 1000),
    "resume_after": (0, 200),
    "thin_audits": (20, 1000),
    "thin_days": (30, 365),
    "useful_error": (0.05, 0.40),
    "useful_need": (10, 10_000),
    "start_over_every": (100, 10_000),
}
RATE_BOUNDS = (0.01, 1.0)
STEP_BOUNDS = (1, 100_000)


@dataclass(frozen=True, slots=True)
class Movement:
    """The values; the defaults are those of a new slice. Raises BadInput outside the bounds.

    `alarm_level`: demoted at its logarithm. `resume_after`: 0 is as the target says. `audit_rates`: shares of what runs
    that are audited, each for so many audits as `audit_steps` says, the last one for ever. Fewer than `thin_audits` in
    `thin_days`: full review again. `useful_error`, `useful_need`: the gate of shadow.
    """

    alarm_level: float = alarm.LEVEL
    resume_after: int = 0
    audit_rates: tuple[float, ...] = coin.RATES
    audit_steps: tuple[int, ...] = coin.STEPS
    thin_audits: int = 50
    thin_days: int = 180
    useful_error: float = evidence.USEFUL_ERROR
    useful_need: float = evidence.USEFUL_NEED
    start_over_every: int = 500

    def __post_init__(self) -> None:
        for name, bounds in BOUNDS.items():
            _check(name, getattr(self, name), bounds)
        _check_rates(self.audit_rates, self.audit_steps)

    @property
    def movement(self) -> "Movement":
        """These values alone, without what a subclass adds."""
        return Movement(**{each.name: getattr(self, each.name) for each in fields(Movement)})

    def audit_rate(self, audited: int) -> float:
        """The share to audit after so many audited decisions since the promotion."""
        return coin.audit_rate(audited, self.audit_rates, self.audit_steps)


def _check(name: str, value: float, bounds: tuple[float, float]) -> None:
    least, most = bounds
    # Written so that what is no number is refused too.
    if not least <= value <= most:
        raise BadInput(
            _("{name} is {value}: it has to lie between {least:g} and {most:g}.").format(
                name=name, value=value, least=least, most=most
            )
        )


def _check_rates(rates: Sequence[float], steps: Sequence[int]) -> None:
    if not 1 <= len(rates) <= MOST_RATES or len(steps) != len(rates) - 1:
        raise BadInput(
            _("There is one step fewer than audit rates, and at most {most} rates.").format(most=MOST_RATES)
        )
    for rate in rates:
        _check(_("An audit rate (audit_rates)"), rate, RATE_BOUNDS)
    for step in steps:
        _check(_("A number of audits (audit_steps)"), step, STEP_BOUNDS)
    if list(rates) != sorted(rates, reverse=True):
        raise BadInput(_("Audit rates never rise with the number of audits."))


STANDARD = Movement()
