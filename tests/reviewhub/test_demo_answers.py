"""What a simulated agent answers: something that fits its case, and always something the API takes."""

from collections.abc import Callable
from datetime import UTC, datetime
from random import Random

import pytest

from apps.api.bodies import InfoIn
from reviewhub.demo import past
from reviewhub.demo.answers import answer_to
from reviewhub.demo.case import Case, Item

NOW = datetime(2026, 11, 17, 10, tzinfo=UTC)
QUESTIONS = ("Is it really not shipped?", "Why so much?", "?", "Was sagt die Sendungsverfolgung?")


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("kind", past.KINDS)
def test_every_agent_has_an_answer_to_any_question_about_any_case(
    kind: Callable[[Random], Case], seed: int
) -> None:
    random = Random(seed)
    case = kind(random)
    for question in QUESTIONS:
        body = answer_to(question, case=case, now=NOW, random=random)
        said = InfoIn.model_validate(body)
        assert case.answer.note in said.answer
        assert all(item.retrieved_at == NOW for item in said.evidence)


def test_it_looks_again_where_the_question_points() -> None:
    case = _case(
        Item("record", "Invoice", "paid in March"), Item("tool_result", "Tracking", "out for delivery")
    )
    body = answer_to("What does the tracking say now?", case=case, now=NOW, random=Random(1))
    assert [item["title"] for item in body["evidence"]] == ["Tracking, looked at again"]
    assert "Tracking says the same as before" in body["answer"]


def test_an_agent_that_has_forgotten_says_so() -> None:
    body = answer_to("Why?", case=None, now=NOW, random=Random(1))
    assert InfoIn.model_validate(body).evidence == []
    assert "the run that found it has ended" in body["answer"]


def _case(*evidence: Item) -> Case:
    return Case(
        agent="refund-agent",
        workflow="customer-orders",
        action="refund_order",
        args={},
        subject=("order", "NC-1"),
        summary="-",
        rationale="-",
        confidence=0.9,
        evidence=evidence,
    )
