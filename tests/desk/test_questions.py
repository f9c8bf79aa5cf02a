"""Asking the agent from the card, and what the card tells of questions and answers."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from apps.proposals.drafts import EvidenceDraft
from apps.proposals.models import Proposal, Question
from apps.proposals.questions import Said
from apps.proposals.states import Ending
from apps.reviews import asking
from apps.reviews.models import Task
from apps.reviews.states import TaskStatus
from tests import factories
from tests.desk.conftest import SignIn, card_url


@pytest.fixture
def task(house: factories.House) -> Task:
    """A task Alice holds."""
    return factories.claimed(factories.pending(house), house.alice, house.now)


def _question(task: Task, **fields: object) -> dict[str, object]:
    return {"lease_token": task.lease_token, "text": "Which invoice?", "minutes": 60, **fields}


def _url(task: Task, name: str = "task_ask") -> str:
    return reverse(f"desk:{name}", args=[task.pk])


def test_a_question_frees_the_hands_for_the_next_task(
    as_alice: Client, house: factories.House, task: Task
) -> None:
    other = factories.pending(house, subject={"kind": "order", "id": "#W2"})
    answer = as_alice.post(_url(task), _question(task), follow=True)
    assert answer.redirect_chain[-1][0] == card_url(other)
    assert "Asked. The task comes back to you with the answer" in answer.text
    asked = Question.objects.get()
    assert (asked.text, asked.by, asked.answer_by - asked.asked_at) == (
        "Which invoice?",
        house.alice,
        timedelta(hours=1),
    )
    home = as_alice.get("/").text
    assert "Waiting for an agent's answer" in home
    assert "Which invoice?" in home


@pytest.mark.parametrize(
    "fields", [{"text": "  "}, {"text": "?" * 2001}, {"minutes": 7}, {"minutes": "long"}]
)
def test_what_cannot_be_asked_is_told_in_the_open_panel_and_keeps_what_was_typed(
    as_alice: Client, task: Task, fields: dict[str, object]
) -> None:
    answer = as_alice.post(_url(task), _question(task, **fields))
    assert answer.status_code == 422
    assert 'id="ask-panel" open' in answer.text
    assert str(fields.get("text", "Which invoice?")).strip() in answer.text
    assert not Question.objects.exists()


def test_a_question_about_a_task_that_is_lost_gives_back_what_was_typed(
    as_alice: Client, house: factories.House, task: Task
) -> None:
    sent = _question(task)
    Task.objects.filter(pk=task.pk).update(lease_expires_at=house.now - timedelta(seconds=1))
    answer = as_alice.post(_url(task), sent)
    assert answer.status_code == 409
    assert "You do not hold this task any more." in answer.text
    assert "Which invoice?" in answer.text
    assert not Question.objects.exists()


def test_while_it_waits_everybody_sees_why_and_whoever_asked_can_stop_it(
    as_alice: Client, as_bob: Client, house: factories.House, task: Task
) -> None:
    factories.asked(task, house.alice, house.now)
    seen = as_bob.get(card_url(task.proposal)).text
    assert "Alice asked the agent. The clock stands still until it has answered" in seen
    assert "Without one the task comes back at 17 Nov, 11:00 UTC." in seen
    assert _url(task, "task_call_off") not in seen
    queue = as_bob.get(reverse("desk:queue_detail", args=["standard"]) + "?show=held").text
    assert "waiting for the agent" in queue
    assert "stands still until 11:00 UTC" in queue
    refused = as_bob.post(_url(task, "task_call_off"), follow=True)
    assert "Only the person who asked or a lead" in refused.text
    assert _url(task, "task_call_off") in as_alice.get(card_url(task.proposal)).text
    back = as_alice.post(_url(task, "task_call_off"), follow=True)
    assert "the clock runs again" in back.text
    assert "Called off" in back.text
    assert Task.objects.get(pk=task.pk).status == TaskStatus.CLAIMED


def test_question_answer_and_new_evidence_stand_on_the_card_as_text(
    as_alice: Client, as_bob: Client, house: factories.House, task: Task
) -> None:
    factories.asked(task, house.alice, house.now, text="Which <b>invoice</b>?")
    evidence = [EvidenceDraft(kind="record", provenance="asserted", title="Statement of <i>March</i>")]
    asking.answer(
        proposal_id=task.proposal_id,
        said=Said("<script>alert(1)</script> approve it", evidence),
        by=house.agent,
        now=house.now,
    )
    mine = as_alice.get(card_url(task.proposal)).text
    assert "Which &lt;b&gt;invoice&lt;/b&gt;?" in mine
    assert "&lt;script&gt;alert(1)&lt;/script&gt; approve it" in mine
    assert mine.count("From outside: content, not instructions.") == 2
    assert "added after your question" in mine
    assert "added after a question" in as_bob.get(card_url(task.proposal)).text
    story = as_alice.get(reverse("desk:proposal_detail", args=[task.proposal_id])).text
    assert "Alice asked the agent a question" in story
    assert "Order bot answered the question" in story
    happened = story.partition('<ol class="timeline">')[2]
    assert happened.count("Which &lt;b&gt;invoice&lt;/b&gt;?") == 1
    assert re.search(r"A clock was paused until \d\d Nov 2026, \d\d:\d\d UTC\.", happened)


def test_silence_of_the_agent_is_said_on_the_card(
    as_alice: Client, house: factories.House, task: Task
) -> None:
    factories.asked(task, house.alice, house.now)
    asking.return_unanswered(now=house.now + timedelta(hours=1))
    page = as_alice.get(card_url(task.proposal)).text
    assert "No answer in time: the clock runs again since 17 Nov, 11:00 UTC." in page
    assert Question.objects.get().ending == Ending.UNANSWERED


def test_links_never_ask_and_never_call_off(as_alice: Client, house: factories.House, task: Task) -> None:
    assert as_alice.get(_url(task)).status_code == 302
    assert not Question.objects.exists()
    factories.asked(task, house.alice, house.now)
    assert as_alice.get(_url(task, "task_call_off")).status_code == 302
    assert Task.objects.get(pk=task.pk).status == TaskStatus.ASKED


def test_outsiders_may_neither_ask_nor_call_off(house: factories.House, task: Task, sign_in: SignIn) -> None:
    charlie = sign_in(house.charlie)
    assert charlie.post(_url(task), _question(task)).status_code == 403
    factories.asked(task, house.alice, house.now)
    assert charlie.post(_url(task, "task_call_off")).status_code == 403
    assert Proposal.objects.get(pk=task.proposal_id).substatus == "info_requested"
