"""Try ReviewHub's controller on agents whose errors are known, beside the rules people use today."""

import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from random import Random
from statistics import mean, median, quantiles
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.trust.controller import Terms
from apps.trust.simulating import POLICIES, SCENARIOS, Life, live
from apps.trust.statistics.inputs import BadInput

_TITLES = {
    "last50": "last 50 >= 95 %, 5 % audit",
    "wilson": "Wilson bound, each decision",
    "reviewhub": "this controller",
}
_CHUNK = 5
_BAR = 30
Job = tuple[str, str, int, int, Terms]
Lives = list[Life]


class Command(BaseCommand):
    """`manage.py trust_simulate`: how often a region above its target ran, and what autonomy cost in reviews."""

    help = "Simulate slices: every scenario under every policy, unless told otherwise."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--scenario", action="append", choices=SCENARIOS, help="may be given several times"
        )
        parser.add_argument("--policy", action="append", choices=POLICIES, help="may be given several times")
        parser.add_argument("--runs", type=int, default=500)
        parser.add_argument("--proposals", type=int, default=20_000)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--alpha", type=float, default=0.05, help="target error of what runs")
        parser.add_argument(
            "--delta", type=float, default=0.05, help="chance of ever holding a wrong certificate"
        )
        parser.add_argument("--processes", type=int, default=2)

    def handle(
        self, *args: Any, runs: int, proposals: int, seed: int, processes: int, **options: Any
    ) -> None:
        if min(runs, proposals, processes) < 1:
            raise CommandError("--runs, --proposals and --processes have to be at least 1.")
        try:
            terms = Terms(alpha=options["alpha"], delta=options["delta"])
        except BadInput as error:
            raise CommandError(str(error)) from error
        scenarios, policies = options["scenario"] or list(SCENARIOS), options["policy"] or list(POLICIES)
        self.stdout.write(f"{runs} runs of {proposals:,} proposals each, seed {seed}; ± is a standard error")
        self.stdout.write(_line("", [_TITLES[policy] for policy in policies]))
        bar = _Bar(self.stderr if self.stderr.isatty() else None, len(scenarios) * len(policies) * runs)
        with ProcessPoolExecutor(processes) as pool:
            for scenario in scenarios:
                lived = []
                for policy in policies:
                    jobs = [
                        (scenario, policy, proposals, seed * 1_000_003 + run, terms) for run in range(runs)
                    ]
                    lived.append(list(bar.over(pool.map(_live, jobs, chunksize=_CHUNK))))
                bar.clear()
                for title, told in _questions(scenario, terms):
                    self.stdout.write(_line(title, [told(lives) for lives in lived]))
                self.stdout.flush()


class _Bar:
    """How far it is, on a terminal."""

    def __init__(self, out: Any, total: int) -> None:
        self._out, self._total, self._done = out, total, 0

    def over(self, lives: Iterator[Life]) -> Iterator[Life]:
        """The same lives, counted as they come."""
        for life in lives:
            self._done += 1
            if self._out is not None and self._done % _CHUNK == 0:
                full = _BAR * self._done // self._total
                share = self._done / self._total
                self._out.write(f"\r[{'#' * full}{'.' * (_BAR - full)}] {share:4.0%}", ending="")
                self._out.flush()
            yield life

    def clear(self) -> None:
        """Out of the way of a line of the table."""
        if self._out is not None:
            self._out.write("\r" + " " * (_BAR + 8) + "\r", ending="")


def _live(job: Job) -> Life:
    scenario, policy, proposals, seed, terms = job
    random = Random(seed)  # noqa: S311  (a simulation, not a secret)
    return live(scenario=SCENARIOS[scenario], policy=policy, proposals=proposals, random=random, terms=terms)


def _questions(scenario: str, terms: Terms) -> list[tuple[str, Callable[[Lives], str]]]:
    """(what is asked about this scenario, how it is answered from the lives under one policy)."""
    known = SCENARIOS[scenario]
    if known.turns_at is not None:
        return [
            (f"{known.name}: proposals until held, median/p90", _held),
            (f"{known.name}: wrong actions run since", _wrong),
        ]
    if all(known.wrong(stated) <= terms.alpha for stated in (0.5, 1.0)):
        return [
            (f"reviews to earn autonomy, agent {known.name}", _earned),
            (f"reviews per 1,000 in the second half, {known.name}", _steady),
        ]
    return [(f"ever runs above target: {known.name}", _above)]


def _above(lives: Lives) -> str:
    share = mean(life.ran_above_target for life in lives)
    # Where nothing was seen, three in that many are still possible (95 %).
    within = f"± {100 * _standard_error(share, len(lives)):.1f}" if 0 < share < 1 else f"({len(lives)} runs)"
    return f"{100 * share:.1f} % {within}"


def _earned(lives: Lives) -> str:
    before = [life.reviews_before for life in lives if life.reviews_before is not None]
    if not before:
        return "never"
    never = "" if len(before) == len(lives) else f", {len(lives) - len(before)} never"
    return f"{median(before):.0f} ± {_error_of_median(before):.0f}{never}"


def _steady(lives: Lives) -> str:
    rates = [1000 * life.steady_reviews / life.steady_proposals for life in lives if life.steady_proposals]
    return f"{mean(rates):.0f} ± {_error_of_mean(rates):.1f}" if rates else "-"


def _held(lives: Lives) -> str:
    running = [life for life in lives if life.turned_running]
    held = [life.held_after for life in running if life.held_after is not None]
    if not held:
        return "never"
    never = "" if len(held) == len(running) else f", {len(running) - len(held)} never"
    return f"{median(held):.0f} ± {_error_of_median(held):.0f} / {_p90(held):.0f}{never}"


def _wrong(lives: Lives) -> str:
    run = [life.wrong_run for life in lives if life.turned_running]
    return f"{mean(run):.0f} ± {_error_of_mean(run):.1f}" if run else "-"


def _p90(values: Sequence[float]) -> float:
    return quantiles(values, n=10)[-1] if len(values) > 1 else values[0]


def _standard_error(share: float, n: int) -> float:
    return math.sqrt(share * (1 - share) / n)


def _error_of_mean(values: Sequence[float]) -> float:
    n, middle = len(values), mean(values)
    return math.sqrt(sum((one - middle) ** 2 for one in values) / n / max(1, n - 1))


def _error_of_median(values: Sequence[float]) -> float:
    """Half of what the order statistics one standard error of rank around the median are apart."""
    ordered, n = sorted(values), len(values)
    away = math.sqrt(n) / 2
    low, high = max(0, round(n / 2 - away)), min(n - 1, round(n / 2 + away))
    return (ordered[high] - ordered[low]) / 2


def _line(title: str, cells: Sequence[str]) -> str:
    return title.ljust(64) + "".join(cell.ljust(32) for cell in cells).rstrip()
