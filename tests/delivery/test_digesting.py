"""A person's notifications over time, as the dispatcher would decide about them: never lost, never twice."""

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from apps.delivery.digesting import MOST, WINDOW, Item, plan, still_recent
from apps.delivery.quiet import LONGEST, Quiet, quiet_end

NOW = datetime(2026, 11, 17, 10, 0, tzinfo=UTC)


def item(number: int, at: datetime = NOW, may_wait: bool = True) -> Item:
    return Item(UUID(int=number), at, may_wait)


def test_a_few_leave_at_once_each_alone() -> None:
    few = [item(number) for number in range(MOST)]
    assert plan(few, recent=[], quiet=None, now=NOW).alone == tuple(few)


def test_one_too_many_and_all_of_them_wait_for_one_digest() -> None:
    many = [item(number) for number in range(MOST + 1)]
    held = plan(many, recent=[], quiet=None, now=NOW)
    assert (held.alone, held.digest, held.wait_until) == ((), (), NOW + WINDOW)
    assert plan(many, recent=[], quiet=None, now=NOW + WINDOW).digest == tuple(many)


def test_messages_that_left_lately_count() -> None:
    recent = [NOW - WINDOW / 2] * MOST
    assert plan([item(1)], recent=recent, quiet=None, now=NOW).wait_until == NOW + WINDOW
    assert plan([item(1)], recent=recent, quiet=None, now=NOW + WINDOW / 2).alone == (item(1),)


def test_what_presses_waits_for_nothing() -> None:
    pressing = [item(number, may_wait=False) for number in range(3 * MOST)]
    quiet = Quiet(ZoneInfo("UTC"), time(9), time(12))
    decided = plan([*pressing, item(99)], recent=[NOW] * MOST, quiet=quiet, now=NOW)
    assert decided.alone == tuple(pressing)
    assert (decided.waiting, decided.wait_until) == ((item(99),), NOW.replace(hour=12))


def test_a_single_one_that_waited_is_no_digest() -> None:
    late = plan([item(1)], recent=[NOW + WINDOW] * MOST, quiet=None, now=NOW + WINDOW)
    assert (late.alone, late.digest) == ((item(1),), ())


quiets = st.one_of(
    st.none(),
    st.builds(
        lambda zone, starts, ends: Quiet(ZoneInfo(zone), starts, ends),
        st.sampled_from(["UTC", "Europe/Berlin", "America/New_York"]),
        st.times(),
        st.times(),
    ).filter(lambda quiet: quiet.length <= LONGEST),
)
arrivals = st.lists(
    st.tuples(st.integers(min_value=0, max_value=3 * 24 * 60), st.booleans()), min_size=1, max_size=60
)
bursts = st.lists(
    st.tuples(st.integers(min_value=0, max_value=60), st.just(True)), min_size=MOST, max_size=60
)


@given(st.one_of(arrivals, bursts), quiets)
def test_over_days_nothing_is_lost_doubled_or_late(
    given_arrivals: list[tuple[int, bool]], quiet: Quiet | None
) -> None:
    items = [
        item(number, NOW + timedelta(minutes=minute), may_wait)
        for number, (minute, may_wait) in enumerate(sorted(given_arrivals))
    ]
    waiting: list[Item] = []
    recent: list[datetime] = []
    left: Counter[Item] = Counter()
    patient_messages: list[datetime] = []
    moments = sorted({one.at for one in items})
    turns = 0
    while moments:
        turns += 1
        assert turns < 1000
        now = moments.pop(0)
        waiting += [one for one in items if one.at == now and one not in waiting and not left[one]]
        decided = plan(waiting, recent=recent, quiet=quiet, now=now)
        assert Counter(waiting) == Counter([*decided.alone, *decided.digest, *decided.waiting])
        assert bool(decided.waiting) == (decided.wait_until is not None)
        assert len(decided.digest) != 1
        for one in (*decided.alone, *decided.digest):
            left[one] += 1
            if one.may_wait:
                assert quiet is None or quiet_end(now, quiet) is None
                assert now <= one.at + WINDOW + LONGEST + timedelta(hours=1) + WINDOW
            else:
                assert now == one.at
        messages = [now] * (sum(one.may_wait for one in decided.alone) + bool(decided.digest))
        patient_messages += messages
        recent = [*still_recent(recent, now), *messages]
        waiting = list(decided.waiting)
        if decided.wait_until is not None:
            assert decided.wait_until > now
            moments = sorted({*moments, decided.wait_until})
    assert left == Counter(items)
    for moment in patient_messages:
        within = [other for other in patient_messages if moment <= other < moment + WINDOW]
        assert len(within) <= MOST + 1
