"""Several sweeper processes at once, some of them dying; rows that poison; clocks that jump; long outages."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from random import Random

from django.db import connection

from apps.delivery.models import Notification
from apps.escalation.auditing import audit
from apps.escalation.models import AuditRun, EscalationRun, Incident, StepExecution
from apps.escalation.sweeping import run_due
from apps.proposals.models import Proposal
from tests import factories
from tests.escalation.conftest import run_of
from tests.factories import House
from tests.faults import acts
from tests.faults.conftest import Victims, until
from tests.faults.promise import assert_kept

MINUTE = timedelta(minutes=1)


def many(house: House, number: int) -> list[Proposal]:
    return [factories.pending(house, subject={"kind": "order", "id": f"#{n}"}) for n in range(number)]


def test_three_sweepers_of_which_some_always_die_take_every_step_once(
    live_staffed: House, make_victims: Callable[[], Victims]
) -> None:
    house, dice = live_staffed, Random(5)
    proposals = many(house, 60)
    sweepers = [make_victims() for _number in range(3)]
    deaths = 0
    for hours in (2, 4, 6, 8):
        now = house.now + timedelta(hours=hours)
        while EscalationRun.objects.due(now).exists():
            for sweeper in sweepers:
                fault = dice.choice(["kill", "cut", ""])
                sweeper.order("sweep", now=now, fault=fault, at=dice.randint(1, 120), times=4)
            deaths += sum(sweeper.answer()["ended"] != "done" for sweeper in sweepers)
            until(sweepers[0].are_gone)
    assert deaths > len(sweepers)
    assert StepExecution.objects.filter(outcome="done").count() == 4 * len(proposals)
    assert Notification.objects.filter(kind="escalation").count() == 2 * len(proposals)
    assert Notification.objects.filter(kind="accountable").count() == 2 * len(proposals)
    assert_kept()


@contextmanager
def poisoned(table: str, condition: str) -> Iterator[None]:
    """Rows of a table that the database itself refuses, whatever the code does."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'poison'; END $$"
        )
        cursor.execute(
            f"CREATE TRIGGER poison BEFORE INSERT ON {table} FOR EACH ROW WHEN ({condition})"
            " EXECUTE FUNCTION poison()"
        )
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION poison CASCADE")


def test_one_poison_row_stops_no_other_and_ends_with_its_fallback_and_an_incident(
    live_staffed: House, victims: Victims
) -> None:
    house = live_staffed
    factories.publish_matrix(house.now, fallback="reject")
    proposals = many(house, 10)
    sick = run_of(proposals[0])
    later = house.now + timedelta(hours=2)
    with poisoned("escalation_stepexecution", f"NEW.run_id = {sick.pk}"):
        for _sweep in range(3):
            assert victims.do("run_due", now=later)["ended"] == "done"
        assert StepExecution.objects.filter(outcome="done").count() == 9
        audit(now=later + MINUTE)
        proposals[0].refresh_from_db()
        assert proposals[0].status == "pending"
        audit(now=later + 2 * MINUTE)
    proposals[0].refresh_from_db()
    assert (proposals[0].status, proposals[0].resolution.decided_by_type) == ("denied", "fallback")
    assert Incident.objects.filter(kind="not_healed", task_id=sick.task_id).exists()
    acts.everything_due(later + 2 * MINUTE)
    assert_kept(later + 2 * MINUTE)


def test_a_poison_row_that_recovers_goes_on_where_it_was(live_staffed: House, victims: Victims) -> None:
    house = live_staffed
    (proposal,) = many(house, 1)
    later = house.now + timedelta(hours=2)
    with poisoned("delivery_notification", "NEW.kind = 'escalation'"):
        victims.do("run_due", now=later)
        assert not StepExecution.objects.exists()
    victims.do("run_due", now=later)
    assert StepExecution.objects.get(run__task__proposal=proposal).outcome == "done"
    assert_kept(later)


def test_a_clock_that_jumps_forward_and_back_repeats_nothing(live_staffed: House, victims: Victims) -> None:
    house = live_staffed
    proposals = many(house, 5)
    for hours in (2, 1, 30, 0, 3, 31, 29, 31, 400, 31.5, 35):
        now = house.now + timedelta(hours=hours)
        for act in ("run_due", "warn_due", "mark_breaches"):
            assert victims.do(act, now=now)["ended"] == "done"
    for proposal in proposals:
        steps = StepExecution.objects.filter(run__task__proposal=proposal).order_by("id")
        assert list(steps.values_list("step", "loop", "outcome")) == [
            (0, 0, "done"),
            (1, 0, "skipped"),
            (2, 0, "done"),
            (3, 0, "done"),
            (3, 1, "done"),
            (3, 2, "done"),
        ]
        assert run_of(proposal).next_at is not None
    assert_kept()


def test_after_a_clock_far_ahead_is_set_right_the_auditor_lets_the_chain_speak_again(
    live_staffed: House, victims: Victims
) -> None:
    """Somebody's clock was a week ahead for one sweep: without the auditor the task would be silent for that week."""
    (proposal,) = many(live_staffed, 1)
    ahead = live_staffed.now + timedelta(days=7)
    victims.do("run_due", now=ahead)
    assert run_of(proposal).next_at == ahead + timedelta(hours=1)
    now = live_staffed.now + timedelta(hours=3)
    assert victims.do("audit", now=now)["ended"] == "done"
    assert AuditRun.objects.latest("at").found == {"ahead": 1}
    again = StepExecution.objects.filter(run__task__proposal=proposal, loop=1).get()
    assert (again.at, again.outcome) == (now, "done")
    assert run_of(proposal).next_at == now + timedelta(hours=4)
    assert audit(now=now).is_clean
    factories.claimed(proposal, live_staffed.alice, now)
    assert_kept(now)


def test_after_an_outage_of_days_one_look_brings_everything_up_to_date(
    live_staffed: House, victims: Victims
) -> None:
    house = live_staffed
    proposals = many(house, 20)
    factories.asked(factories.claimed(proposals[0], house.alice, house.now), house.alice, house.now)
    factories.claimed(proposals[1], house.bob, house.now)
    factories.decided(factories.claimed(proposals[2], house.alice, house.now), house.alice, house.now)
    later = house.now + timedelta(days=3)
    for act in acts.SWEEPERS:
        assert victims.do(act, now=later)["ended"] == "done"
    run_due(now=later + 2 * MINUTE)
    assert_kept(later + 2 * MINUTE)
    told = StepExecution.objects.filter(outcome="done", do="notify").values_list("run_id", flat=True)
    assert len(told) == len(set(told)), "of all that was to be told, the latest was"
    fallbacks = StepExecution.objects.filter(outcome="done", do="fallback")
    assert set(fallbacks.values_list("run_id", flat=True)) == set(told), "no fallback is left out"
