"""Stopping, keeping and lifting: who may, what is told, and what the database refuses by itself."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.accounts.policies import NotAllowed
from apps.audit.models import Event
from apps.delivery.models import Notification
from apps.halts import halting, queries, reminding
from apps.halts.halting import HaltedAlready
from apps.halts.models import Halt
from apps.halts.targets import Target, named, target_of
from apps.registry.models import Agent, AgentGrant, Workflow
from apps.registry.states import Scope
from tests import factories
from tests.factories import House
from tests.halts.conftest import WEEK, go_on, key_of, stop, target
from tests.together import at_once

# Adam: admin. Gina: governance. Petra and Olga are named by the only workflow; Tina as well, and owns the agent.
MAY = {
    "everything": {"adam", "gina"},
    "workflow": {"adam", "gina", "petra", "olga", "tina"},
    "agent": {"adam", "gina", "petra", "olga", "tina"},
    "slice": {"adam", "gina", "petra", "olga", "tina"},
}
# Tina owns the only agent: she stops it and keeps it stopped, and does not let it go on.
OWN = {("workflow", "tina"), ("agent", "tina"), ("slice", "tina")}


CAST = ("adam", "gina", "petra", "olga", "tina", "alice", "charlie")


@pytest.mark.parametrize("who", CAST)
def test_one_person_who_answers_for_all_of_it_stops_it_and_lets_it_go_on(
    house: House, scope: str, who: str
) -> None:
    person = getattr(house, who)
    if who in MAY[scope] and (scope, who) in OWN:
        halt = stop(house, scope, by=person)
        with pytest.raises(NotAllowed, match="You own this agent"):
            go_on(house, halt, by=person)
        later = halt.look_again_on + WEEK
        halting.keep(halt_id=halt.pk, reason="Still.", look_again_on=later, by=person, now=house.now)
        return
    if who in MAY[scope]:
        assert not go_on(house, stop(house, scope, by=person), by=person).is_standing
        return
    with pytest.raises(NotAllowed):
        stop(house, scope, by=person)
    halt = stop(house, scope)
    with pytest.raises(NotAllowed):
        go_on(house, halt, by=person)
    with pytest.raises(NotAllowed):
        halting.keep(
            halt_id=halt.pk, reason="-", look_again_on=(house.now + WEEK).date(), by=person, now=house.now
        )


def test_an_agent_of_two_workflows_is_stopped_by_whom_both_name(house: House) -> None:
    other = Workflow.objects.create(
        slug="returns",
        name="Returns",
        business_owner=house.olga,
        process_owner=house.olga,
        technical_owner=house.olga,
        governance_lead=house.olga,
        reviewers=house.team,
    )
    AgentGrant.objects.create(agent=house.agent, workflow=other)
    with pytest.raises(NotAllowed):
        stop(house, "agent", by=house.petra)
    assert stop(house, "agent", by=house.olga).is_standing


@pytest.mark.parametrize(
    "changes",
    [
        {"reason": " "},
        {"reason": "\u200b\u202e \u200f\u2800"},
        {"look_again_on": 0},
        {"look_again_on": 367},
        {"look_again_on": -1},
    ],
)
def test_a_reason_and_a_day_to_look_again_are_wanted(house: House, changes: dict[str, Any]) -> None:
    if "look_again_on" in changes:
        changes = {"look_again_on": house.now.date() + timedelta(days=changes["look_again_on"])}
    with pytest.raises(NotAllowed):
        stop(house, **changes)
    assert not Halt.objects.exists()


def test_left_out_somebody_looks_again_in_a_week(house: House) -> None:
    assert stop(house).look_again_on == (house.now + WEEK).date()


def test_the_same_is_halted_once_and_again_after_it_was_lifted(house: House, scope: str) -> None:
    first = stop(house, scope)
    with pytest.raises(HaltedAlready) as refused:
        stop(house, scope, by=house.gina)
    assert refused.value.halt == first
    go_on(house, first)
    with pytest.raises(NotAllowed, match="lifted already"):
        go_on(house, first)
    assert stop(house, scope) != first
    assert Halt.objects.count() == 2


def test_everybody_accountable_is_told_and_the_log_keeps_why(house: House, scope: str) -> None:
    go_on(house, stop(house, scope, by=house.gina), by=house.adam)
    told = set(Notification.objects.filter(kind="halt").values_list("person__short", flat=True))
    assert {"adam", "gina", "olga", "petra", "tina"} == told
    begun, lifted = Event.objects.filter(verb__startswith="halt.").order_by("pk")
    assert (begun.verb, begun.actor_name, begun.data["reason"]) == (
        "halt.begun",
        "Gina",
        "The shop is on fire.",
    )
    assert (lifted.verb, lifted.actor_name, lifted.data["reason"]) == ("halt.lifted", "Adam", "It is out.")
    expected = house.workflow.pk if scope in ("workflow", "slice") else None
    assert {begun.workflow_id, lifted.workflow_id} == {expected}


def test_a_form_names_what_it_stops(house: House, scope: str) -> None:
    wanted = target(house, scope)
    assert named(wanted.key) == wanted
    assert target_of(stop(house, scope)) == wanted


@pytest.mark.parametrize(
    "key", ["", "all", "workflow", "workflow:", "workflow:0", "slice:x", "agent:²", "x:1"]
)
def test_a_form_that_names_nothing_is_refused(house: House, key: str) -> None:
    with pytest.raises(LookupError):
        named(key)


def test_whoever_looks_again_lets_it_stand_for_longer(house: House) -> None:
    halt = stop(house)
    later = halt.look_again_on + WEEK
    kept = halting.keep(
        halt_id=halt.pk, reason="Still burning.", look_again_on=later, by=house.gina, now=house.now
    )
    assert (kept.is_standing, kept.look_again_on, kept.kept_by_name) == (True, later, "Gina")
    assert Event.objects.get(verb="halt.kept").data["reason"] == "Still burning."


def test_an_overdue_look_is_told_to_the_offices_once_a_day(house: House) -> None:
    halt = stop(house, "workflow", by=house.petra)
    Notification.objects.all().delete()
    assert reminding.remind_overdue(now=house.now + timedelta(days=6)) == 0
    due = house.now + WEEK
    assert reminding.remind_overdue(now=due) == 1
    assert reminding.remind_overdue(now=due + timedelta(hours=1)) == 0
    told = Notification.objects.filter(kind="halt", title__startswith="Look again")
    assert {one.person.short for one in told} == {"adam", "gina", "petra"}
    assert reminding.remind_overdue(now=due + timedelta(days=1)) == 1
    # The newer one stands for the one before.
    assert told.filter(read_at=None).count() == 3
    halting.keep(
        halt_id=halt.pk,
        reason="-",
        look_again_on=(due + WEEK).date(),
        by=house.gina,
        now=due,
    )
    assert reminding.remind_overdue(now=due + timedelta(days=2)) == 0
    go_on(house, halt)
    assert reminding.remind_overdue(now=due + 2 * WEEK) == 0


def test_a_monitor_lifts_what_it_stopped_until_a_person_has_looked(house: House) -> None:
    monitor = key_of(factories.AgentFactory(slug="monitor"))
    go_on(house, stop(house, by=monitor), by=monitor)
    halt = stop(house, by=monitor)
    with pytest.raises(NotAllowed, match="only what it stopped itself"):
        go_on(house, halt, by=key_of(house.agent))
    halting.keep(
        halt_id=halt.pk, reason="Right so.", look_again_on=halt.look_again_on, by=house.gina, now=house.now
    )
    with pytest.raises(NotAllowed, match="person has looked"):
        go_on(house, halt, by=monitor)
    assert go_on(house, halt, by=house.gina).lifted_by == house.gina


def test_what_the_breaker_stopped_only_a_person_lifts_says_the_database(house: House) -> None:
    halt = halting.halt_by_breaker(target=target(house, "slice"), reason="5 of 20 failed.", now=house.now)
    assert halt is not None
    assert halt.is_by_breaker
    with pytest.raises(NotAllowed):
        go_on(house, halt, by=key_of(house.agent))
    with pytest.raises(DatabaseError), transaction.atomic():
        Halt.objects.filter(pk=halt.pk).update(
            lifted_at=house.now, lifted_by_name="ReviewHub", lifted_why="it looks well again"
        )
    assert go_on(house, halt, by=house.petra).lifted_by == house.petra


@pytest.mark.parametrize(
    "wrong",
    [
        {"reason": ""},
        {"scope": "agent"},
        {"scope": "everything"},
        {"by_agent_id": 1},
        {"lifted_why": "x"},
        {"kept_why": "x"},
    ],
)
def test_a_halt_that_says_nothing_sound_is_refused_by_the_database(
    house: House, wrong: dict[str, Any]
) -> None:
    halt = stop(house, "workflow")
    with pytest.raises(DatabaseError), transaction.atomic():
        Halt.objects.filter(pk=halt.pk).update(**wrong)


def test_a_halt_is_never_removed(house: House) -> None:
    halt = stop(house)
    with pytest.raises(DatabaseError), transaction.atomic():
        halt.delete()


@pytest.mark.django_db(transaction=True)
def test_two_who_stop_the_same_at_once_open_one_halt(live_house: House) -> None:
    people = [live_house.adam, live_house.gina, live_house.adam, live_house.gina]
    results = at_once([lambda by=by: stop(live_house, "workflow", by=by) for by in people])
    (made,) = [one for one in results if isinstance(one, Halt)]
    refused = [one for one in results if one != made]
    assert all(isinstance(one, HaltedAlready) and one.halt == made for one in refused), results
    assert Halt.objects.count() == 1


def test_nothing_named_is_everything() -> None:
    assert Target().key == "everything"


def test_a_key_without_the_scope_stops_nothing_and_lifts_nothing(house: House) -> None:
    halt = stop(house, "agent", by=key_of(house.agent))
    proposing = key_of(house.agent, Scope.PROPOSE)
    with pytest.raises(NotAllowed, match="lacks the scope `halt`"):
        stop(house, "workflow", by=proposing)
    with pytest.raises(NotAllowed, match="lacks the scope `halt`"):
        go_on(house, halt, by=proposing)


def test_who_owns_one_of_several_agents_lets_the_workflow_go_on(house: House) -> None:
    AgentGrant.objects.create(agent=factories.AgentFactory(owner=house.bob), workflow=house.workflow)
    assert not go_on(house, stop(house, "workflow"), by=house.tina).is_standing


def test_an_office_that_owns_every_agent_does_not_let_everything_go_on(house: House) -> None:
    Agent.objects.update(owner=house.adam)
    halt = stop(house)
    with pytest.raises(NotAllowed, match="You own this agent"):
        go_on(house, halt, by=house.adam)
    assert not go_on(house, halt, by=house.gina).is_standing


@pytest.mark.parametrize("who", ["adam", "petra"])
def test_a_list_of_many_halts_asks_no_more_than_a_list_of_one(house: House, who: str) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as seen:
            rows = queries.standing(getattr(house, who), today=house.now.date())
        assert all(row.can_lift for row in rows)
        return len(seen)

    stop(house, "agent")
    one = statements()
    for number in range(5):
        agent = factories.AgentFactory(slug=f"bot-{number}", owner=house.bob)
        AgentGrant.objects.create(agent=agent, workflow=house.workflow)
        halting.halt(target=Target(agent=agent), reason="Fire.", by=house.adam, now=house.now)
    stop(house, "workflow")
    stop(house, "slice")
    assert statements() == one
