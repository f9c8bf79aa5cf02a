"""The life of a clock cycle: started, met, cancelled, reopened; every step in its log."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from apps.audit.turns import together
from apps.sla import actions
from apps.sla.durations import DurationError
from apps.sla.models import ClockCycle, ClockEvent
from apps.sla.queries import cycles_of, next_due
from apps.sla.states import MOVES, CycleStatus, EventKind, Target
from tests.sla.conftest import policy_of

HOUR = timedelta(hours=1)


def kinds(cycle: ClockCycle) -> list[str]:
    return [event.kind for event in cycle.events.order_by("id")]


def test_a_cycle_starts_with_its_due_time_target_text_and_calendar_version(start, office, now):
    cycle = ClockCycle.objects.get(pk=start("decide", "4wh").pk)
    assert cycle.status == CycleStatus.RUNNING
    assert cycle.due_at == now + 5 * HOUR
    assert (cycle.target_text, cycle.calendar_version, cycle.started_at) == ("4wh", office, now)
    assert kinds(cycle) == ["start"]


def specs_for(subjects, version):
    policy = policy_of("4wh", version.created_at)
    return [
        actions.CycleSpec(
            subject_id=about,
            workflow_id=1,
            target=target,
            tier=4,
            policy_version=policy,
            calendar_version=version,
        )
        for about in subjects
        for target in ("claim", "decide")
    ]


def test_the_cycles_of_one_proposal_start_in_two_statements(office, subject, now, django_assert_num_queries):
    specs = specs_for([subject], office)
    with django_assert_num_queries(2):
        actions.start_cycles(specs=specs, now=now)
    assert ClockEvent.objects.filter(kind="start").count() == 2


def test_a_thousand_cycles_start_in_a_handful_of_statements(office, now, django_assert_max_num_queries):
    specs = specs_for([uuid4() for _ in range(500)], office)
    with django_assert_max_num_queries(4):
        cycles = actions.start_cycles(specs=specs, now=now)
    assert [cycle.subject_id for cycle in cycles] == [spec.subject_id for spec in specs]
    stored = ClockCycle.objects.filter(target="claim", status="running", due_at=cycles[0].due_at)
    assert stored.count() == 500
    assert ClockEvent.objects.filter(kind="start", cycle__in=cycles).count() == 1000


def test_meeting_in_time_asks_once_and_writes_with_the_rest_of_its_verb(
    start, subject, now, django_assert_num_queries
):
    start("claim")
    actions.meet(subject_id=subject, target="claim", now=now)
    cycle = start()
    # The versions are known from the claim.
    with together(), django_assert_num_queries(1):
        assert actions.meet(subject_id=subject, target="decide", now=now + HOUR)
    cycle.refresh_from_db()
    assert (cycle.status, cycle.met_at, cycle.breached_at) == (CycleStatus.MET, now + HOUR, None)
    assert kinds(cycle) == ["start", "met"]


def test_at_the_due_moment_itself_a_target_is_met_in_time(start, subject):
    cycle = start()
    assert actions.mark_breaches(now=cycle.due_at) == 0
    actions.meet(subject_id=subject, target="decide", now=cycle.due_at)
    cycle.refresh_from_db()
    assert cycle.breached_at is None


def test_meeting_too_late_before_any_sweep_is_a_breach_and_met(start, subject):
    cycle = start()
    late = cycle.due_at + timedelta(microseconds=1)
    actions.meet(subject_id=subject, target="decide", now=late)
    cycle.refresh_from_db()
    assert (cycle.status, cycle.met_at, cycle.breached_at) == (CycleStatus.MET, late, late)
    assert kinds(cycle) == ["start", "breached", "met"]


def test_a_breach_stays_a_breach_when_met_later(start, subject):
    cycle = start()
    marked, met = cycle.due_at + HOUR, cycle.due_at + 2 * HOUR
    actions.mark_breaches(now=marked)
    actions.meet(subject_id=subject, target="decide", now=met)
    cycle.refresh_from_db()
    assert (cycle.status, cycle.met_at, cycle.breached_at) == (CycleStatus.MET, met, marked)
    assert kinds(cycle) == ["start", "breached", "met"]


def test_meeting_twice_changes_nothing(start, subject, now):
    cycle = start("claim")
    assert actions.meet(subject_id=subject, target="claim", now=now)
    assert not actions.meet(subject_id=subject, target="claim", now=now + HOUR)
    cycle.refresh_from_db()
    assert cycle.met_at == now
    assert kinds(cycle) == ["start", "met"]


def test_meeting_one_target_leaves_the_others(start, subject, now):
    start("claim")
    decide = start("decide")
    actions.meet(subject_id=subject, target="claim", now=now)
    decide.refresh_from_db()
    assert decide.status == CycleStatus.RUNNING


def test_an_unknown_target_is_refused(db, subject, now):
    with pytest.raises(ValueError, match="lunch"), transaction.atomic():
        actions.meet(subject_id=subject, target="lunch", now=now)


def test_an_unusable_duration_starts_nothing(start, db):
    with pytest.raises(DurationError), transaction.atomic():
        start("decide", "0h")
    assert not ClockCycle.objects.exists()


def test_cancelling_ends_every_live_cycle_of_the_subjects_and_no_other(start, subject, now):
    claim, decide, other = start("claim"), start("decide"), start("decide", about=uuid4())
    actions.meet(subject_id=subject, target="claim", now=now)
    assert actions.cancel(subject_ids=[subject], now=now + HOUR) == 1
    for cycle in (claim, decide, other):
        cycle.refresh_from_db()
    assert (claim.status, decide.status, other.status) == ("met", "cancelled", "running")
    assert decide.cancelled_at == now + HOUR
    assert kinds(decide) == ["start", "cancelled"]
    assert actions.cancel(subject_ids=[subject], now=now + HOUR) == 0


def test_cancelling_a_breached_cycle_keeps_the_breach(start, subject):
    cycle = start()
    actions.mark_breaches(now=cycle.due_at + HOUR)
    actions.cancel(subject_ids=[subject], now=cycle.due_at + 2 * HOUR)
    cycle.refresh_from_db()
    assert (cycle.status, cycle.breached_at) == (CycleStatus.CANCELLED, cycle.due_at + HOUR)


def test_cancelling_many_takes_a_handful_of_statements(office, now, django_assert_max_num_queries):
    subjects = [uuid4() for _ in range(400)]
    actions.start_cycles(specs=specs_for(subjects, office), now=now)
    # Two of them read the versions, the first time only.
    with django_assert_max_num_queries(6):
        assert actions.cancel(subject_ids=subjects, now=now) == 800
    assert ClockEvent.objects.filter(kind="cancelled").count() == 800


def test_a_decision_taken_back_lets_the_clock_run_on_to_the_same_due_time(start, subject, now):
    cycle = start()
    due = cycle.due_at
    actions.meet(subject_id=subject, target="decide", now=now + HOUR)
    actions.reopen(subject_id=subject, target="decide", now=now + HOUR)
    cycle.refresh_from_db()
    assert (cycle.status, cycle.met_at, cycle.due_at) == (CycleStatus.RUNNING, None, due)
    assert kinds(cycle) == ["start", "met", "reopened"]
    assert actions.mark_breaches(now=due + HOUR) == 1


def test_a_late_decision_taken_back_is_overdue_again_and_breaches_only_once(start, subject):
    cycle = start()
    late = cycle.due_at + HOUR
    actions.meet(subject_id=subject, target="decide", now=late)
    assert actions.reopen(subject_id=subject, target="decide", now=late).status == CycleStatus.BREACHED
    assert actions.mark_breaches(now=late + HOUR) == 0
    actions.meet(subject_id=subject, target="decide", now=late + HOUR)
    cycle.refresh_from_db()
    assert (cycle.status, cycle.breached_at, cycle.met_at) == (CycleStatus.MET, late, late + HOUR)
    assert kinds(cycle) == ["start", "breached", "met", "reopened", "met"]


@pytest.mark.parametrize("before", ["nothing", "running", "breached", "cancelled"])
def test_only_a_met_target_can_be_reopened(start, subject, now, before):
    if before != "nothing":
        cycle = start()
    if before == "breached":
        actions.mark_breaches(now=cycle.due_at + HOUR)
    if before == "cancelled":
        actions.cancel(subject_ids=[subject], now=now)
    with pytest.raises(actions.WrongCycle):
        actions.reopen(subject_id=subject, target="decide", now=now)


def test_a_subject_has_one_live_cycle_of_a_target(start):
    start("decide")
    with pytest.raises(IntegrityError, match="clock_cycle_one_live"), transaction.atomic():
        start("decide")


def test_after_a_cancelled_cycle_another_may_start(start, subject, now):
    start("decide")
    actions.cancel(subject_ids=[subject], now=now)
    start("decide")
    assert [cycle.status for cycle in cycles_of(subject)] == ["cancelled", "running"]


def test_next_due_is_the_earliest_unmet_target_even_when_overdue(start, subject, now):
    claim, decide = start("claim", "30m"), start("decide", "4wh")
    assert next_due([subject, uuid4()]) == {subject: claim.due_at}
    actions.mark_breaches(now=claim.due_at + HOUR)
    assert next_due([subject]) == {subject: claim.due_at}
    actions.meet(subject_id=subject, target="claim", now=claim.due_at + HOUR)
    assert next_due([subject]) == {subject: decide.due_at}
    actions.meet(subject_id=subject, target="decide", now=decide.due_at)
    assert next_due([subject]) == {}


def test_the_database_refuses_a_move_that_is_not_in_the_table(start, subject, now):
    cycle = start()
    actions.cancel(subject_ids=[subject], now=now)
    with pytest.raises(Exception, match="Invalid transition"), transaction.atomic():
        ClockCycle.objects.filter(pk=cycle.pk).update(status="running", cancelled_at=None)


@pytest.mark.parametrize(
    "columns",
    [
        {"status": "met"},
        {"status": "breached"},
        {"status": "cancelled"},
        {"breached_at": "now"},
        {"met_at": "now"},
        {"cancelled_at": "now"},
    ],
)
def test_a_status_has_its_time_and_no_other(start, now, columns):
    cycle = start()
    values = {name: now if value == "now" else value for name, value in columns.items()}
    with pytest.raises(IntegrityError, match="status_has_its_time"), transaction.atomic():
        ClockCycle.objects.filter(pk=cycle.pk).update(**values)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE sla_clockevent SET at = at - interval '1 day'",
        "DELETE FROM sla_clockevent",
        "TRUNCATE sla_clockevent",
        "UPDATE sla_calendarversion SET zone = 'Europe/Berlin'",
        "DELETE FROM sla_calendarversion WHERE false OR true",
    ],
)
def test_the_log_and_the_calendar_versions_cannot_be_changed(start, sql):
    start()
    with connection.cursor() as cursor:
        # Settle the pending foreign key checks, as a commit would: they alone would refuse a TRUNCATE.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(Exception, match="pgtrigger: Cannot"), transaction.atomic():
            cursor.execute(sql)


def test_every_state_has_a_way_in_and_every_target_and_event_a_label():
    reached = {status for move in MOVES.values() for status in move.after}
    assert reached | {CycleStatus.RUNNING} == set(CycleStatus)
    assert all(choice.label for enum in (Target, CycleStatus, EventKind) for choice in enum)
