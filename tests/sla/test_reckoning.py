"""Due times, shares and elapsed time with pauses: worked examples, an oracle by the minute, another library."""

import random
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import businesstimedelta
import pytest
import pytz
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.sla.calendars import read_calendar
from apps.sla.durations import Duration, Unit, parse
from apps.sla.reckoning import Clock, Pause, longest_until
from tests.sla.oracle import Written
from tests.sla.strategies import CHANGES, ZONES, calendar_of

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
WEEK = {day: ["09:00-12:00", "13:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
DESK = read_calendar(zone="UTC", weekly=WEEK)
TUESDAY = datetime(2026, 11, 17, tzinfo=UTC)


def at(hour: float, day: int = 0) -> datetime:
    """An hour of that Tuesday, or of days after it."""
    return TUESDAY + timedelta(days=day, hours=hour)


def clock(*pauses: tuple[datetime, datetime], started_at: datetime | None = None) -> Clock:
    return Clock(started_at or at(10), DESK, tuple(Pause(*pause) for pause in pauses))


@pytest.mark.parametrize(
    ("text", "pauses", "due"),
    [
        ("4wh", [], at(15)),
        # An hour of work is waited through: an hour later.
        ("4wh", [(at(10), at(11))], at(16)),
        # Lunch is not work: a pause in it costs nothing.
        ("4wh", [(at(12), at(13))], at(15)),
        # Over night: what was left at the pause is left in the morning.
        ("4wh", [(at(14), at(9, day=1))], at(10, day=1)),
        ("4wh", [(at(11), at(11.5)), (at(14), at(16))], at(9.5, day=1)),
        # A pause after the due moment comes too late to move it.
        ("4wh", [(at(15), at(16))], at(15)),
        ("4h", [(at(11), at(15))], at(18)),
        # Three business days from Tuesday end on Friday; a day of work waited through makes it Monday.
        ("3bd", [], at(17, day=3)),
        ("3bd", [(at(9, day=1), at(17, day=1))], at(17, day=6)),
        ("3bd", [(at(17), at(9, day=1))], at(17, day=3)),
    ],
)
def test_a_pause_moves_the_due_time_by_the_work_it_waited_through(text, pauses, due):
    assert clock(*pauses).due(parse(text)) == due


@pytest.mark.parametrize(
    ("share", "moment"),
    [(0, at(10)), (0.25, at(11)), (0.5, at(12)), (0.75, at(14)), (1.5, at(17)), (2, at(11, 1))],
)
def test_shares_count_what_the_target_counts(share, moment):
    assert clock().share(parse("4wh"), share) == moment


def test_a_share_of_business_days_is_a_share_of_the_work_in_them():
    # From Tuesday 10:00 to Wednesday 17:00 there are 13 hours of work.
    assert clock().share(parse("1bd"), 6 / 13) == at(17)


def test_a_second_one_of_a_pause_begins_when_the_clock_runs_again():
    waiting = clock((at(11), at(14)))
    assert waiting.counted(at(13.5), wall=False) == HOUR
    assert waiting.counted(at(15), wall=False) == 2 * HOUR
    assert waiting.counted(at(15), wall=True) == 2 * HOUR


@pytest.mark.parametrize(
    ("most", "pauses", "until"),
    [
        ("4wh", [], at(15)),
        ("4h", [], at(14)),
        ("4wh", [(at(9), at(10))], at(14)),
        ("4wh", [(at(17, day=-1), at(9))], at(15)),
        ("2h", [(at(6), at(8))], at(10)),
        ("2h", [(at(5), at(8))], at(10)),
    ],
)
def test_all_pauses_together_have_a_bound(most, pauses, until):
    assert longest_until(at(10), parse(most), [Pause(*pause) for pause in pauses], DESK) == until


# The oracle: which minutes are open, in a list, and one walk along it.

DAYS = 24
CASES_A_CALENDAR = 280
CALENDARS = 40


def any_calendar(dice: random.Random) -> tuple[Written, datetime]:
    """A calendar, and a midnight near a change of its clocks."""
    zone = dice.choice(ZONES)
    weekly = [any_hours(dice) for _ in range(7)]
    weekly[dice.randrange(7)] = [(540, 1020)]
    near = dice.choice(CHANGES[zone] or [datetime(2026, 5, 1, tzinfo=UTC)])
    base = near - timedelta(days=dice.randrange(1, 8))
    dates = [base.date() + timedelta(days=dice.randrange(DAYS)) for _ in range(3)]
    written = Written(zone, weekly, {dates[0]: any_hours(dice)}, frozenset(dates[1:]))
    return written, base


def any_hours(dice: random.Random) -> list[tuple[int, int]]:
    cuts = sorted(dice.sample(range(0, 1441, 15), dice.choice([0, 2, 2, 4, 6])))
    return list(zip(cuts[0::2], cuts[1::2], strict=True))


def open_minutes(written: Written, base: datetime) -> tuple[list[bool], list[int]]:
    """Of each minute from `base` on: is it open, and on which local date does it lie?"""
    zone, opens, dates = ZoneInfo(written.zone), [], []
    for n in range(DAYS * 1440):
        local = (base + n * MINUTE).astimezone(zone)
        minute = local.hour * 60 + local.minute
        opens.append(any(first <= minute < last for first, last in written.hours_on(local.date())))
        dates.append(local.toordinal())
    return opens, dates


def any_pauses(dice: random.Random, start: int) -> list[tuple[int, int]]:
    cuts = sorted(dice.sample(range(start, start + 4000), 2 * dice.choice([0, 1, 1, 2, 3])))
    return list(zip(cuts[0::2], cuts[1::2], strict=True))


def walk(opens: list[bool], start: int, length: int, pauses: list[tuple[int, int]], wall: bool) -> int | None:
    """The minute at whose beginning `length` minutes have counted; None when the list ends before."""
    resumes, at, left = dict(pauses), start, length
    while left > 0:
        # Two pauses may touch.
        while at in resumes:
            at = resumes[at]
        if at >= len(opens):
            return None
        left -= wall or opens[at]
        at += 1
    return at


def close_of_business(opens: list[bool], dates: list[int], start: int, days: int) -> int | None:
    ends = {dates[n]: n + 1 for n in range(start, len(opens)) if opens[n] and dates[n] > dates[start]}
    # The last date in the list may go on past its end.
    complete = [ends[date] for date in sorted(ends) if date < dates[-1]]
    return complete[days - 1] if len(complete) >= days else None


def test_ten_thousand_clocks_with_pauses_agree_with_a_walk_by_the_minute():
    dice = random.Random(20261117)
    compared = 0
    for _ in range(CALENDARS):
        written, base = any_calendar(dice)
        calendar = calendar_of(written)
        opens, dates = open_minutes(written, base)
        for _ in range(CASES_A_CALENDAR):
            compared += one_case(dice, calendar, base, opens, dates)
    assert compared >= 10_000


def one_case(dice, calendar, base, opens, dates) -> bool:
    """Compare one random clock; False when it would be due after the days that were looked at."""
    start = dice.randrange(3 * 1440)
    pauses = any_pauses(dice, start)
    ours = Clock(
        base + start * MINUTE,
        calendar,
        tuple(Pause(base + begins * MINUTE, base + ends * MINUTE) for begins, ends in pauses),
    )
    unit = dice.choice([Unit.WORKING_MINUTES, Unit.WORKING_MINUTES, Unit.MINUTES, Unit.BUSINESS_DAYS])
    wall = unit is Unit.MINUTES
    if unit is Unit.BUSINESS_DAYS:
        duration = Duration(dice.randrange(1, 4), unit)
        closes = close_of_business(opens, dates, start, duration.amount)
        if closes is None:
            return False
        length = sum(opens[start:closes])
    else:
        duration = Duration(4 * dice.randrange(1, 400), unit)
        length = duration.amount
    share = dice.choice([0.25, 0.5, 0.75, 1.25])
    due = walk(opens, start, length, pauses, wall)
    if due is None:
        return False
    assert ours.due(duration) == base + due * MINUTE
    if length % 4 == 0 and (shared := walk(opens, start, int(length * share), pauses, wall)) is not None:
        assert ours.share(duration, share) == base + shared * MINUTE
    end = dice.randrange(start, min(start + 6000, len(opens)))
    paused = {minute for begins, ends in pauses for minute in range(begins, ends)}
    counted = sum((wall or opens[n]) and n not in paused for n in range(start, end))
    assert ours.counted(base + end * MINUTE, wall=wall) == counted * MINUTE
    return True


@settings(max_examples=300, deadline=None)
@given(
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"]),
    opens=st.integers(4, 11),
    hours=st.integers(1, 11),
    days=st.sets(st.integers(0, 6), min_size=1),
    start=st.integers(0, 365 * 1440).map(lambda n: datetime(2026, 1, 1, tzinfo=UTC) + n * MINUTE),
    minutes=st.integers(1, 3000),
    before=st.integers(0, 5000),
    lasts=st.integers(1, 5000),
)
def test_another_library_agrees_on_due_times_after_a_pause(
    zone, opens, hours, days, start, minutes, before, lasts
):
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    text = f"{opens:02d}:00-{opens + hours:02d}:00"
    calendar = read_calendar(zone=zone, weekly={names[day]: [text] for day in days})
    rule = businesstimedelta.WorkDayRule(
        time(opens), time(opens + hours), working_days=sorted(days), tz=pytz.timezone(zone)
    )
    pause = Pause(start + before * MINUTE, start + (before + lasts) * MINUTE)
    done = rule.difference(start, pause.begins).timedelta
    whole = minutes * MINUTE
    if done >= whole:
        theirs = start + businesstimedelta.BusinessTimeDelta(rule, seconds=whole.total_seconds())
    else:
        left = (whole - done).total_seconds()
        theirs = pause.ends + businesstimedelta.BusinessTimeDelta(rule, seconds=left)
    ours = Clock(start, calendar, (pause,)).due(Duration(minutes, Unit.WORKING_MINUTES))
    assert ours == theirs


@settings(max_examples=200, deadline=None)
@given(
    cuts=st.lists(st.integers(0, 20 * 1440), max_size=6, unique=True).map(sorted),
    first=st.floats(0.01, 2),
    second=st.floats(0.01, 2),
    text=st.sampled_from(["4wh", "90m", "3bd", "2d", "11wh"]),
)
def test_later_shares_come_later_and_pauses_never_hasten(cuts, first, second, text):
    duration = parse(text)
    pauses = [
        (at(10) + a * MINUTE, at(10) + b * MINUTE) for a, b in zip(cuts[0::2], cuts[1::2], strict=False)
    ]
    paused, plain = clock(*pauses), clock()
    low, high = sorted((first, second))
    assert paused.share(duration, low) <= paused.share(duration, high)
    assert plain.share(duration, low) <= paused.share(duration, low)
    due = paused.due(duration)
    assert paused.counted(due, wall=duration.is_wall) == paused.length(duration)
