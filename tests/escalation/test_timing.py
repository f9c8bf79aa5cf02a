"""When steps are due, and what a run does at each look: properties over random chains, clocks and histories."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.escalation.states import Because, Do, Ended, Waiting
from apps.escalation.steps import Share, Step, To, Unreadable
from apps.escalation.timeline import timeline
from apps.escalation.timing import (
    End,
    Fire,
    Hold,
    Position,
    Seen,
    Wait,
    following,
    look,
    moments,
    repeat_at,
    telling,
)
from apps.reviews.states import TaskStatus
from apps.sla.durations import Duration, Unit

START = datetime(2026, 11, 17, 10, 0, tzinfo=UTC)
TARGET = timedelta(hours=4)


@dataclass(frozen=True)
class WallClock:
    """A target of four hours that runs day and night."""

    def at_share(self, share: float) -> datetime:
        return START + TARGET * share

    def after(self, duration: Duration) -> datetime:
        return START + duration.span


CLOCK = WallClock()
LEADS = (To("leads"),)
afters = st.integers(0, 1000).map(Share) | st.integers(1, 5000).map(lambda n: Duration(n, Unit.MINUTES))
kinds = st.sampled_from([Do.NOTIFY, Do.NOTIFY, Do.RAISE_TIER, Do.FALLBACK])
steps = st.lists(
    st.builds(lambda after, do: Step(after, do, LEADS if do is Do.NOTIFY else ()), afters, kinds)
    | st.just(Unreadable("?")),
    min_size=1,
    max_size=8,
)
times = st.integers(0, 60 * 24 * 20).map(lambda n: START + timedelta(minutes=n))


@given(steps)
def test_a_step_is_never_due_before_the_one_above_it(chain: list[Step | Unreadable]) -> None:
    planned = moments(chain, CLOCK)
    assert len(planned) == len(chain)
    assert planned == sorted(planned)


@given(steps, st.lists(times, min_size=1, max_size=60))
def test_a_chain_that_is_looked_at_at_any_times_fires_each_step_at_most_once_and_in_order(
    chain: list[Step | Unreadable], looks: list[datetime]
) -> None:
    planned = moments(chain, CLOCK)
    at = Position(0, 0, planned[0])
    done: list[tuple[int, int]] = []
    for now in sorted(looks):
        found = look(at, planned, telling(chain), CLOCK.at_share(1), Seen(TaskStatus.OPEN), now)
        if isinstance(found, Wait):
            assert found.until > now, "a run that waits has a moment to come"
            continue
        assert isinstance(found, Fire)
        done += [(0, skipped) for skipped in found.skipped]
        done.append((found.loop, found.step))
        if found.loop == 0:
            assert planned[found.step] <= now
        at = following(found, planned, now)
        assert at.loop == 0 or at.due_at > now
    assert len(set(done)) == len(done)
    assert done == sorted(done)


@given(steps, times)
def test_after_an_outage_messages_that_were_overtaken_are_skipped_and_nothing_else(
    chain: list[Step | Unreadable], now: datetime
) -> None:
    planned = moments(chain, CLOCK)
    at, taken, skipped = Position(0, 0, planned[0]), list[int](), list[int]()
    while isinstance(
        found := look(at, planned, telling(chain), CLOCK.at_share(1), Seen(TaskStatus.OPEN), now), Fire
    ):
        taken.append(found.step)
        skipped += found.skipped
        at = following(found, planned, now)
    due = [index for index, moment in enumerate(planned) if moment <= now]
    needless = [index for index in due if telling(chain)[index] and planned[index] < planned[due[-1]]]
    assert skipped == needless
    assert taken == [index for index in due if index not in needless]


@given(steps)
def test_a_chain_never_ends_by_itself(chain: list[Step | Unreadable]) -> None:
    planned = moments(chain, CLOCK)
    at, now = Position(0, 0, planned[0]), START
    for _look in range(60):
        now = max(now, at.due_at)
        found = look(at, planned, telling(chain), CLOCK.at_share(1), Seen(TaskStatus.OPEN), now)
        assert isinstance(found, Fire)
        at = following(found, planned, now)
    assert at.step == len(chain) - 1
    assert at.due_at - now == timedelta(days=1)


def test_the_end_comes_again_after_one_hour_four_hours_and_then_daily() -> None:
    gaps = [repeat_at(START, loop) - START for loop in range(1, 6)]
    assert [gap / timedelta(hours=1) for gap in gaps] == [1, 4, 24, 24, 24]


PLANNED = [START + timedelta(hours=hours) for hours in (2, 4, 6)]
TELLS = [True] * 3
DUE = START + timedelta(hours=4)
FIRST = Position(0, 0, PLANNED[0])


@pytest.mark.parametrize(
    ("seen", "hours", "answer"),
    [
        (Seen(TaskStatus.OPEN), 1, Wait(PLANNED[0])),
        (Seen(TaskStatus.OPEN), 2, Fire(0, 0, Because.DUE)),
        (Seen(TaskStatus.OPEN, hurried=True), 1, Fire(0, 0, Because.HURRIED)),
        (Seen(TaskStatus.DONE, hurried=True), 3, End(Ended.DECIDED)),
        (Seen(TaskStatus.CANCELLED), 3, End(Ended.CANCELLED)),
        (
            Seen(TaskStatus.DECIDED, hurried=True),
            9,
            Hold(START + timedelta(hours=9, minutes=1), Waiting.UNDO),
        ),
        (
            Seen(TaskStatus.DECIDED, wavered=True),
            3.9,
            Hold(START + timedelta(hours=3.9, minutes=1), Waiting.UNDO),
        ),
        (Seen(TaskStatus.DECIDED, wavered=True), 5, Fire(1, 0, Because.DUE, (0,))),
        (
            Seen(TaskStatus.CLAIMED, lease_ends_at=START + timedelta(hours=3)),
            2,
            Hold(START + timedelta(hours=2, minutes=1), Waiting.CLAIM),
        ),
        (
            Seen(TaskStatus.CLAIMED, lease_ends_at=START + timedelta(hours=2, seconds=9)),
            2,
            Hold(START + timedelta(hours=2, seconds=9), Waiting.CLAIM),
        ),
        (Seen(TaskStatus.CLAIMED, lease_ends_at=START + timedelta(hours=2)), 2, Fire(0, 0, Because.DUE)),
        (
            Seen(TaskStatus.CLAIMED, lease_ends_at=START + timedelta(hours=9)),
            4,
            Hold(DUE + timedelta(seconds=1), Waiting.CLAIM),
        ),
        (
            Seen(TaskStatus.CLAIMED, lease_ends_at=START + timedelta(hours=9)),
            5,
            Fire(1, 0, Because.DUE, (0,)),
        ),
        (
            Seen(TaskStatus.ASKED, asked_until=START + timedelta(hours=3)),
            2,
            Hold(START + timedelta(hours=2, minutes=5), Waiting.ANSWER),
        ),
        (Seen(TaskStatus.ASKED, asked_until=START + timedelta(hours=2)), 2, Fire(0, 0, Because.DUE)),
        (Seen(TaskStatus.ASKED), 2, Fire(0, 0, Because.DUE)),
    ],
)
def test_every_state_of_a_task_has_its_answer(seen: Seen, hours: float, answer: object) -> None:
    assert look(FIRST, PLANNED, TELLS, DUE, seen, START + timedelta(hours=hours)) == answer


def test_every_status_is_in_the_table_above() -> None:
    for status in TaskStatus:
        assert look(FIRST, PLANNED, TELLS, DUE, Seen(status), START + timedelta(hours=2)) is not None


def test_a_held_step_comes_first_when_the_claim_is_lost() -> None:
    held = Position(0, 0, PLANNED[0], held=True)
    found = look(held, PLANNED, TELLS, DUE, Seen(TaskStatus.OPEN), START + timedelta(hours=5))
    assert found == Fire(0, 0, Because.DUE)


def test_the_timeline_says_who_hears_when() -> None:
    chain = [
        Step(Share(50), Do.NOTIFY, LEADS),
        Step(Share(100), Do.FALLBACK),
        Step(Share(150), Do.NOTIFY, (To("office", "admin"),)),
    ]
    names = {To("leads"): ["Bob"], To("office", "admin"): ["Adam", "Ada"]}
    stops = timeline(chain, CLOCK, lambda to: names[to])
    assert [(f"{stop.at:%d %H:%M}", stop.names) for stop in stops] == [
        ("17 12:00", ("Bob",)),
        ("17 14:00", ()),
        ("17 16:00", ("Adam", "Ada")),
        ("17 17:00", ("Adam", "Ada")),
        ("17 21:00", ("Adam", "Ada")),
        ("18 21:00", ("Adam", "Ada")),
    ]
