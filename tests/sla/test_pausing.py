"""A decide clock that stands still while somebody else's answer is waited for: bounded, and never for ever."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from apps.audit.models import Event
from apps.sla import actions
from apps.sla.durations import parse
from apps.sla.models import ClockCycle
from apps.sla.queries import clock_face, decide_cycle, moment_after, moment_of_share, next_due

HOUR = timedelta(hours=1)


@pytest.fixture
def cycle(start) -> ClockCycle:
    """Four working hours from Tuesday 10:00 with lunch from 12 to 13: due at 15:00. Pauses: eight in all."""
    return start("decide", "4wh", longest_pause="8wh")


@pytest.fixture
def pause(subject, now):
    """Pauses the subject from some hours after ten, until others: `pause(1, 3)`."""

    def paused(begins: float, ends: float, about=subject):
        return actions.pause(
            subject_id=about, until=now + ends * HOUR, reason="Which order?", now=now + begins * HOUR
        )

    return paused


def test_a_pause_counts_to_its_end_at_once_and_is_told(cycle, subject, pause, now):
    assert pause(1, 4) == now + 4 * HOUR
    cycle.refresh_from_db()
    # From 11 to 14 two hours of work are waited through.
    assert (cycle.status, cycle.due_at) == ("running", now + 7 * HOUR)
    assert (cycle.paused_at, cycle.resume_at) == (now + HOUR, now + 4 * HOUR)
    assert next_due([subject]) == {subject: now + 7 * HOUR}
    event = cycle.events.get(kind="pause")
    assert (event.at, event.until) == (now + HOUR, now + 4 * HOUR)
    told = Event.objects.get(verb="clock.paused")
    assert (told.data["reason"], told.proposal_id) == ("Which order?", subject)


def test_an_early_answer_gives_back_what_was_not_waited(cycle, subject, pause, now):
    pause(1, 4)
    assert actions.resume(subject_id=subject, now=now + 1.5 * HOUR) == now + 5.5 * HOUR
    cycle.refresh_from_db()
    assert (cycle.due_at, cycle.paused_at, cycle.resume_at) == (now + 5.5 * HOUR, None, None)
    assert [event.kind for event in cycle.events.all()] == ["start", "pause", "resume"]


def test_the_clock_goes_on_by_itself_when_nobody_resumes_it(cycle, subject, pause, now):
    pause(1, 2)
    due = now + 6 * HOUR
    assert actions.mark_breaches(now=due) == 0
    assert actions.mark_breaches(now=due + HOUR) == 1
    # Somebody resumes it late: what came after the planned end was not a pause, and the breach stays.
    assert actions.resume(subject_id=subject, now=due + 2 * HOUR) == due
    cycle.refresh_from_db()
    assert (cycle.status, cycle.breached_at) == ("breached", due + HOUR)


def test_a_late_resume_does_not_lengthen_the_pause(cycle, subject, pause, now):
    pause(1, 2)
    assert actions.resume(subject_id=subject, now=now + 4 * HOUR) == now + 6 * HOUR


def test_what_is_not_paused_cannot_be_resumed(cycle, subject, now):
    assert actions.resume(subject_id=subject, now=now) is None
    assert actions.resume(subject_id=uuid4(), now=now) is None


def test_no_pause_is_longer_than_the_policy_allows(start, subject, now, pause):
    start("decide", "4wh", longest_pause="2h")
    assert pause(1, 100) == now + 3 * HOUR


def test_all_pauses_of_a_cycle_share_the_allowance(start, subject, now, pause):
    start("decide", "9wh", longest_pause="2h")
    pause(0, 1)
    actions.resume(subject_id=subject, now=now + HOUR)
    assert pause(1, 5) == now + 2 * HOUR
    actions.resume(subject_id=subject, now=now + 2 * HOUR)
    with pytest.raises(actions.WrongCycle, match="paused for 2h already"):
        pause(2, 3)


def test_a_pause_that_ended_by_itself_makes_room_for_another(cycle, subject, pause, now):
    pause(0.5, 1)
    assert pause(1.5, 2) == now + 2 * HOUR
    cycle.refresh_from_db()
    assert [event.kind for event in cycle.events.all()] == ["start", "pause", "resume", "pause"]
    assert cycle.due_at == now + 6 * HOUR


def test_a_clock_is_paused_once_at_a_time(cycle, pause):
    pause(0, 1)
    with pytest.raises(actions.WrongCycle, match="paused already"):
        pause(0.5, 2)


@pytest.mark.parametrize("ends", [-1, 1])
def test_a_pause_ends_in_the_future(cycle, pause, ends):
    with pytest.raises(actions.WrongCycle, match="a moment to come"):
        pause(1, ends)


def test_only_a_decision_that_is_waited_for_can_be_paused(start, subject, now, pause):
    start("claim", "4wh")
    with pytest.raises(actions.WrongCycle, match="Nobody is waiting"):
        pause(0, 1)
    start("decide", "4wh")
    actions.meet(subject_id=subject, target="decide", now=now)
    with pytest.raises(actions.WrongCycle, match="Nobody is waiting"):
        pause(0, 1)


def test_pausing_too_late_is_a_breach_first_and_it_stays(cycle, subject, pause, now):
    pause(5.5, 6.5)
    cycle.refresh_from_db()
    assert (cycle.status, cycle.due_at, cycle.breached_at) == ("breached", now + 5 * HOUR, now + 5.5 * HOUR)
    assert actions.resume(subject_id=subject, now=now + 6 * HOUR) == now + 5 * HOUR
    actions.meet(subject_id=subject, target="decide", now=now + 6.5 * HOUR)
    cycle.refresh_from_db()
    # Seven hours passed, one at lunch, and half a one in the pause.
    assert (cycle.status, cycle.elapsed) == ("met", 5 * HOUR)


def test_what_is_met_in_a_pause_used_nothing_of_it(cycle, subject, pause, now):
    pause(1, 4)
    actions.meet(subject_id=subject, target="decide", now=now + 3.5 * HOUR)
    cycle.refresh_from_db()
    assert (cycle.status, cycle.elapsed, cycle.paused_at) == ("met", HOUR, None)
    assert cycle.breached_at is None
    reopened = actions.reopen(subject_id=subject, target="decide", now=now + 3.5 * HOUR)
    # It stood still from 11 to 13:30, of which an hour and a half were work.
    assert reopened.due_at == now + 6.5 * HOUR


def test_what_is_cancelled_in_a_pause_ends(cycle, subject, pause, now):
    pause(1, 4)
    actions.cancel(subject_ids=[subject], now=now + 2 * HOUR)
    cycle.refresh_from_db()
    assert (cycle.status, cycle.elapsed, cycle.resume_at) == ("cancelled", HOUR, None)


def test_elapsed_counts_what_the_target_counts(start, subject, now):
    start("claim", "4wh")
    start("decide", "9h")
    actions.meet(subject_id=subject, target="claim", now=now + 4 * HOUR)
    actions.meet(subject_id=subject, target="decide", now=now + 4 * HOUR)
    elapsed = dict(ClockCycle.objects.values_list("target", "elapsed"))
    assert elapsed == {"claim": 3 * HOUR, "decide": 4 * HOUR}


def test_a_met_target_taken_back_has_not_ended(cycle, subject, now):
    actions.meet(subject_id=subject, target="decide", now=now + HOUR)
    actions.reopen(subject_id=subject, target="decide", now=now + HOUR)
    cycle.refresh_from_db()
    assert cycle.elapsed is None
    assert cycle.next_warning_at == now + 2 * HOUR


def test_moments_along_the_clock_know_its_pauses(cycle, subject, pause, now):
    pause(1, 4)
    live = decide_cycle(subject)
    assert moment_of_share(live, 0.25) == now + HOUR
    assert moment_of_share(live, 0.5) == now + 5 * HOUR
    assert moment_of_share(live, 1) == live.due_at == now + 7 * HOUR
    assert moment_after(live, parse("30m")) == now + 0.5 * HOUR
    assert moment_after(live, parse("2h")) == now + 5 * HOUR
    assert moment_after(live, parse("2wh")) == now + 5 * HOUR


def test_the_clock_on_a_page_says_until_when_it_is_paused(cycle, subject, pause, now):
    pause(1, 4)
    face = clock_face(decide_cycle(subject), now + 3.5 * HOUR)
    assert (face.remaining, face.fraction_used) == (3 * HOUR, 0.25)
    assert face.paused_until == now + 4 * HOUR
    assert clock_face(decide_cycle(subject), now + 4 * HOUR).paused_until is None


@pytest.mark.parametrize(
    ("columns", "rule"),
    [
        ({"paused_at": 0}, "pause_has_an_end"),
        ({"paused_at": 1, "resume_at": 1}, "pause_has_an_end"),
        ({"resume_at": 1}, "pause_has_an_end"),
    ],
)
def test_the_database_knows_no_pause_without_an_end(cycle, now, columns, rule):
    values = {name: now + hours * HOUR for name, hours in columns.items()}
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        ClockCycle.objects.filter(pk=cycle.pk).update(**values)
