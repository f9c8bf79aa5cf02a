"""A reviewer's question over HTTP: how the agent sees it, and how it answers."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
import time_machine

from apps.proposals.models import Evidence, Question
from apps.registry.states import Scope
from apps.reviews.models import Task
from apps.reviews.states import TaskStatus
from tests import factories
from tests.api.conftest import AgentClient, make_key

BODY = {
    "answer": "The one of March.",
    "evidence": [{"kind": "record", "title": "Statement", "content": "paid"}],
}


@pytest.fixture
def asked(house: factories.House, now: datetime) -> Any:
    """The id of a proposal about which Alice has just asked."""
    with time_machine.travel(now, tick=True):
        proposal = factories.pending(house)
        factories.asked(factories.claimed(proposal, house.alice, now), house.alice, now)
        yield proposal.pk


def test_the_question_is_on_the_resource_until_it_is_answered(bot: AgentClient, asked: Any) -> None:
    seen = bot.get(f"/proposals/{asked}")
    resource = seen.json()
    question = Question.objects.get()
    assert (resource["status"], resource["substatus"], resource["due_at"]) == (
        "pending",
        "info_requested",
        None,
    )
    assert resource["info_request"] == {
        "id": str(question.pk),
        "question": "Which invoice?",
        "asked_at": "2026-11-17T10:00:00Z",
        "answer_by": "2026-11-17T11:00:00Z",
    }
    answered = bot.post(f"/proposals/{asked}/info", BODY | {"question_id": str(question.pk)})
    assert answered.status_code == 200
    after = answered.json()
    assert (after["substatus"], after["info_request"]) == ("claimed", None)
    assert after["due_at"] is not None
    assert answered["ETag"] != seen["ETag"]
    assert bot.get("/proposals?status=pending").json()["items"] == [after]


def test_the_same_answer_again_is_answered_the_same_and_another_is_refused(
    bot: AgentClient, asked: Any, is_problem: Callable[..., dict[str, Any]]
) -> None:
    first = bot.post(f"/proposals/{asked}/info", BODY)
    again = bot.post(f"/proposals/{asked}/info", BODY)
    assert (again.status_code, again.json()) == (200, first.json())
    assert Evidence.objects.filter(question__isnull=False).count() == 1
    problem = is_problem(bot.post(f"/proposals/{asked}/info", {"answer": "Another."}), 409, "wrong-status")
    assert "No question waits" in problem["detail"]


def test_nothing_was_asked(
    bot: AgentClient, house: factories.House, is_problem: Callable[..., dict[str, Any]]
) -> None:
    proposal = factories.pending(house)
    is_problem(bot.post(f"/proposals/{proposal.pk}/info", BODY), 409, "wrong-status")
    is_problem(bot.post(f"/proposals/{uuid4()}/info", BODY), 404, "not-found")


@pytest.mark.parametrize(
    ("changes", "loc"),
    [
        ({"answer": "  "}, ["answer"]),
        ({"answer": "x" * 10_001}, ["answer"]),
        ({"answer": "a\0b"}, ["answer"]),
        ({"answer": None}, ["answer"]),
        ({"question_id": "one"}, ["question_id"]),
        ({"evidence": [{"kind": "record", "provenance": "verified"}]}, ["evidence", 0, "provenance"]),
        ({"evidence": [{"kind": "record"}] * 51}, ["evidence"]),
        ({"more": 1}, ["more"]),
    ],
)
def test_what_is_wrong_with_an_answer_is_told_at_its_place(
    bot: AgentClient,
    asked: Any,
    is_problem: Callable[..., dict[str, Any]],
    changes: dict[str, Any],
    loc: list[Any],
) -> None:
    is_problem(bot.post(f"/proposals/{asked}/info", BODY | changes), 422, "invalid-request", loc)
    assert Task.objects.get(proposal_id=asked).status == TaskStatus.ASKED


def test_it_is_for_the_agent_that_proposed_with_a_key_that_may_propose(
    stranger: AgentClient, house: factories.House, asked: Any, is_problem: Callable[..., dict[str, Any]]
) -> None:
    is_problem(stranger.post(f"/proposals/{asked}/info", BODY), 404, "not-found")
    reporter = AgentClient(make_key(house.agent, Scope.READ, Scope.REPORT)[1])
    is_problem(reporter.post(f"/proposals/{asked}/info", BODY), 403, "missing-scope")
