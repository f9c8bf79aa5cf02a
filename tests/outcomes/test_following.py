"""What follows what: counted as events come in, in whatever order, as if the whole log had been read at once."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest

from apps.outcomes import folding
from apps.outcomes.live_log import Told, live_log_of, tell
from apps.outcomes.models import EventLog, FollowedDay, LogEvent
from apps.outcomes.process.following import (
    RATIO,
    Pair,
    bottleneck,
    cases_of,
    covering,
    pairs_of,
)
from tests import factories

EVER = (date(1990, 1, 1), date(2030, 1, 1))


def oracle(events: Sequence[LogEvent]) -> dict[tuple[str, str], list[float]]:
    """Seconds between what follows directly, by pair; read event by event."""
    cases: dict[str, list[LogEvent]] = defaultdict(list)
    for event in events:
        cases[event.case].append(event)
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for some in cases.values():
        some.sort(key=lambda one: (one.at, one.position, one.pk))
        found["", some[0].activity].append(0)
        found[some[-1].activity, ""].append(0)
        for first, second in pairwise(some):
            found[first.activity, second.activity].append((second.at - first.at).total_seconds())
    return found


def median(values: Sequence[float]) -> float:
    """As PostgreSQL's percentile_cont has it."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


@pytest.mark.parametrize("seed", range(4))
def test_told_in_any_order_it_is_what_the_whole_log_says(house: factories.House, seed: int) -> None:
    random = Random(seed)
    start = datetime(2026, 1, 1, 8, tzinfo=UTC)
    told = [
        Told(
            f"#{random.randrange(12)}",
            random.choice("ABCDE"),
            start + timedelta(hours=random.randrange(400)),
            "",
            f"{at}",
        )
        for at in range(160)
    ]
    random.shuffle(told)
    log = live_log_of(house.workflow)
    while told:
        some, told = told[:17], told[17:]
        tell(log, some)
        folding.fold_touched(now=house.now)
    expected = oracle(list(LogEvent.objects.filter(log=log)))
    pairs = pairs_of(log, between=EVER)
    assert {(one.before, one.after): one.n for one in pairs} == {
        key: len(found) for key, found in expected.items()
    }
    for one in pairs:
        assert one.seconds == pytest.approx(sum(expected[one.before, one.after]))
        if one.median:
            near = sorted(expected[one.before, one.after])
            assert any(one.median == pytest.approx(value, rel=RATIO - 1) for value in near)
        cases = cases_of(log, one.before, one.after, between=EVER)
        assert 0 < len(cases) <= one.n
    # Told again, and measured again because a KPI is new: nothing is counted twice.
    before = sorted(FollowedDay.objects.filter(n__gt=0).values_list("day", "before", "after", "n"))
    folding.touch_all(log)
    folding.fold_touched(now=house.now)
    assert sorted(FollowedDay.objects.filter(n__gt=0).values_list("day", "before", "after", "n")) == before


def test_a_late_event_comes_between(house: factories.House) -> None:
    log = live_log_of(house.workflow)
    at = datetime(2026, 1, 1, 8, tzinfo=UTC)
    tell(log, [Told("1", "A", at, "", "a"), Told("1", "C", at + timedelta(hours=4), "", "c")])
    folding.fold_touched(now=house.now)
    assert cases_of(log, "A", "C", between=EVER) == ["1"]
    tell(log, [Told("1", "B", at + timedelta(hours=1), "", "b")])
    folding.fold_touched(now=house.now)
    assert {(one.before, one.after) for one in pairs_of(log, between=EVER)} == {
        ("", "A"),
        ("A", "B"),
        ("B", "C"),
        ("C", ""),
    }
    assert cases_of(log, "A", "C", between=EVER) == []


def test_only_what_happened_in_the_period_counts(house: factories.House) -> None:
    log = live_log_of(house.workflow)
    at = datetime(2026, 1, 1, 8, tzinfo=UTC)
    tell(log, [Told("1", "A", at, "", "a"), Told("1", "B", at + timedelta(days=3), "", "b")])
    folding.fold_touched(now=house.now)
    found = pairs_of(log, between=(date(2026, 1, 2), date(2026, 1, 9)))
    assert [(one.before, one.after) for one in found] == [("A", "B"), ("B", "")]


def test_the_bottleneck_is_where_cases_wait_longest_in_all() -> None:
    often, long, rare = (
        Pair("A", "B", 100, 0, 60.0),
        Pair("B", "C", 3, 0, 1000.0),
        Pair("", "A", 500, 0, None),
    )
    assert bottleneck([often, long, rare]) == often
    assert bottleneck([rare]) is None
    once = Pair("C", "A", 4, 0, 1_000_000.0)
    assert bottleneck([often, once]) == often
    assert bottleneck([long, once]) == once


def test_a_share_covers_what_it_says_and_keeps_the_bottleneck() -> None:
    pairs = [Pair("A", "B", 60, 0, 1.0), Pair("B", "C", 30, 0, 1.0), Pair("C", "D", 10, 0, 900.0)]
    assert covering(pairs, share=60) == [pairs[0], pairs[2]]
    assert covering(pairs, share=61) == [pairs[0], pairs[1], pairs[2]]
    assert covering(pairs, share=100) == pairs


@pytest.mark.real_input
@pytest.mark.parametrize("name", ["eventlog_helpdesk.csv", "eventlog_permit_receipt.csv"])
def test_real_logs_as_an_independent_reading_has_them(
    house: factories.House, real_log: Callable[[str], bytes], imported: Callable[..., EventLog], name: str
) -> None:
    log = imported(real_log(name))
    expected = oracle(list(LogEvent.objects.filter(log=log)))
    pairs = pairs_of(log)
    assert Counter({(one.before, one.after): one.n for one in pairs}) == Counter(
        {key: len(found) for key, found in expected.items()}
    )
    for one in pairs:
        if one.median is not None:
            assert one.median == pytest.approx(median(expected[one.before, one.after]))
