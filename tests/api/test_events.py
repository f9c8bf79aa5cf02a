"""Events of the process, told by agents."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from apps.outcomes.models import LogEvent, TouchedCase
from tests.api.conftest import AgentClient
from tests.factories import House

ONE = {"id": "e1", "case": "#W1", "activity": "Packed", "at": "2025-11-17T10:00:00+01:00", "resource": "anna"}


def test_events_are_kept_once_by_their_id(bot: AgentClient, house: House) -> None:
    answer = bot.post("/workflows/orders/events", {"events": [ONE, ONE | {"id": "e2", "activity": "Sent"}]})
    assert (answer.status_code, answer.json()) == (200, {"kept": 2})
    assert bot.post("/workflows/orders/events", {"events": [ONE]}).json() == {"kept": 0}
    assert LogEvent.objects.count() == 2
    assert TouchedCase.objects.get().case == "#W1"


def test_what_an_event_cost_is_kept(bot: AgentClient, house: House) -> None:
    events = [ONE | {"cost": "1.85"}, ONE | {"id": "e2", "cost": 2}, ONE | {"id": "e3", "cost": None}]
    bot.post("/workflows/orders/events", {"events": events})
    assert list(LogEvent.objects.order_by("source").values_list("cost", flat=True)) == [
        Decimal("1.85"),
        Decimal(2),
        None,
    ]


def test_what_is_told_twice_in_one_body_is_kept_once(bot: AgentClient, house: House) -> None:
    assert bot.post("/workflows/orders/events", {"events": [ONE, ONE]}).json() == {"kept": 1}


def test_only_for_workflows_of_the_agent(
    bot: AgentClient, stranger: AgentClient, house: House, is_problem
) -> None:
    is_problem(bot.post("/workflows/other/events", {"events": [ONE]}), 403, "workflow-not-granted")
    is_problem(stranger.post("/workflows/orders/events", {"events": [ONE]}), 403, "workflow-not-granted")
    assert not LogEvent.objects.exists()


def test_bad_events_are_refused_at_their_place_and_nothing_is_kept(
    bot: AgentClient, house: House, is_problem, nothing_kept
) -> None:
    tomorrow = (timezone.now() + timedelta(days=1)).isoformat()
    with nothing_kept():
        for wrong in (
            {"at": "soon"},
            {"at": tomorrow},
            {"case": ""},
            {"activity": "x\x00"},
            {"resource": "x" * 201},
            {"cost": "NaN"},
            {"cost": 10**12},
            {"cost": "0.1234567"},
        ):
            (field,) = wrong
            body = {"events": [ONE, ONE | {"id": "e2"} | wrong]}
            is_problem(
                bot.post("/workflows/orders/events", body), 422, "invalid-request", ["events", 1, field]
            )
        is_problem(bot.post("/workflows/orders/events", {"events": []}), 422, "invalid-request", ["events"])
