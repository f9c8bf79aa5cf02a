"""What a chain would have done: against plain cases, and against the sweeper itself."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.escalation.clocks import PlannedClock
from apps.escalation.simulation import MOST_STEPS, Past, Stay, simulate
from apps.escalation.states import Because
from apps.escalation.steps import read_steps
from apps.reviews.states import TaskStatus
from apps.routing.states import Fallback
from apps.sla.calendars import read_calendar
from apps.sla.durations import parse
from apps.sla.reckoning import Clock

START = datetime(2026, 11, 17, 10, tzinfo=UTC)
ALWAYS = read_calendar(
    zone="UTC", weekly={day: ["00:00-24:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
)
STEPS = read_steps(
    [
        {"after": "50%", "do": "notify", "to": ["leads"]},
        {"after": "100%", "do": "fallback"},
        {"after": "100%", "do": "notify", "to": ["office:admin"]},
    ]
)
CLOCK = PlannedClock(Clock(START, ALWAYS), parse("4h"))


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def went(over: float, **changes: object) -> Past:
    values: dict[str, object] = {"opened_at": START, "over_at": at(over), "fallback": Fallback.HOLD}
    return Past(**values | changes)  # type: ignore[arg-type]


def run(past: Past) -> list[tuple[int, int, datetime]]:
    return [(taken.index, taken.loop, taken.at) for taken in simulate(STEPS, CLOCK, CLOCK.due_at, past)]


def test_a_task_that_was_decided_early_met_no_step():
    assert run(went(1.9)) == []


def test_steps_come_at_their_moments_and_the_last_one_again():
    # Step 2 and 3 are due together: the fallback is applied, then people are told.
    assert run(went(30)) == [(0, 0, at(2)), (1, 0, at(4)), (2, 0, at(4)), (2, 1, at(5)), (2, 2, at(9))]


def test_a_claim_holds_the_chain_and_a_lost_one_resumes_it():
    stay = Stay(TaskStatus.CLAIMED, at(1.5), at(2.5))
    (first, *_rest) = simulate(STEPS, CLOCK, CLOCK.due_at, went(3, stays=(stay,)))
    assert (first.at, first.held) == (at(2.5), timedelta(minutes=30))


def test_a_claim_does_not_hold_past_the_target():
    stay = Stay(TaskStatus.CLAIMED, at(1.5), at(8))
    taken = run(went(4.5, stays=(stay,)))
    assert taken[0][:2] == (0, 0)
    assert at(4) < taken[0][2] < at(4) + timedelta(minutes=1)


def test_hurrying_moves_on_at_once():
    (first, *_rest) = simulate(STEPS, CLOCK, CLOCK.due_at, went(1.5, hurried=(at(1),)))
    assert (first.at, first.because) == (at(1), Because.HURRIED)


def test_a_fallback_that_rejects_is_the_end():
    steps = read_steps(
        [{"after": "1h", "do": "fallback"}, {"after": "3h", "do": "notify", "to": ["office:admin"]}]
    )
    past = went(30, fallback=Fallback.REJECT)
    assert [taken.index for taken in simulate(steps, CLOCK, CLOCK.due_at, past)] == [0]
    held = went(3.5, fallback=Fallback.HOLD)
    assert [taken.index for taken in simulate(steps, CLOCK, CLOCK.due_at, held)] == [0, 1]


STATUSES = st.sampled_from([TaskStatus.CLAIMED, TaskStatus.ASKED, TaskStatus.DECIDED])


@given(
    over=st.integers(1, 60 * 24 * 20),
    cuts=st.lists(st.integers(0, 60 * 24 * 5), max_size=8, unique=True),
    statuses=st.lists(STATUSES, min_size=4, max_size=4),
    hurries=st.lists(st.integers(0, 60 * 24 * 5), max_size=3, unique=True),
)
def test_whatever_happened_steps_are_in_order_and_each_comes_once(over, cuts, statuses, hurries):
    marks = sorted(cuts)
    pairs = zip(marks[::2], marks[1::2], strict=False)
    stays = tuple(
        Stay(status, START + timedelta(minutes=begins), START + timedelta(minutes=ends))
        for status, (begins, ends) in zip(statuses, pairs, strict=False)
    )
    asked = tuple(START + timedelta(minutes=minute) for minute in sorted(hurries))
    taken = run(Past(START, START + timedelta(minutes=over), Fallback.HOLD, stays, asked))
    places = [(loop, index) for index, loop, _at in taken]
    assert len(set(places)) == len(places)
    assert places == sorted(places)
    moments = [moment for _index, _loop, moment in taken]
    assert moments == sorted(moments)
    assert all(START <= moment < START + timedelta(minutes=over) for moment in moments)
    assert len(taken) <= MOST_STEPS


@pytest.mark.parametrize("hours", [2.2, 4.2, 5.2, 9.2, 33.2])
def test_it_says_what_the_sweeper_does(hours, house, now):
    """The same chain, task and looks every five minutes, by the real sweeper."""
    from apps.escalation.clocks import decide_clock
    from apps.escalation.models import StepExecution
    from apps.escalation.past import past_of
    from apps.escalation.sweeping import run_due
    from tests import factories
    from tests.escalation.conftest import save, staff

    staff(house)
    version = save(house)
    proposal = factories.pending(house)
    end = now + timedelta(hours=hours)
    moment = now
    while moment < end:
        run_due(now=moment)
        moment += timedelta(minutes=5)
    clock = decide_clock(proposal.pk)
    assert clock is not None
    done = StepExecution.objects.exclude(outcome="skipped").order_by("pk").values_list("step", "loop")
    simulated = simulate(version.read(), clock, clock.due_at, past_of(proposal.task, end))
    assert [(taken.index, taken.loop) for taken in simulated] == list(done)
