"""The page that approves slight tasks together."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from apps.reviews import bulk
from apps.reviews.models import Decision, Task
from apps.reviews.states import TaskStatus
from tests import factories
from tests.desk.conftest import SignIn
from tests.reviews.test_bulk import seen, slight

PAGE = reverse("desk:queue_bulk", args=["triage"])


@pytest.fixture
def tasks(house: factories.House) -> list[Task]:
    """Five slight tasks of one slice."""
    return [slight(house, number) for number in range(5)]


def posted(tasks: list[Task], count: object) -> dict[str, object]:
    return {"count": count, "task": [f"{pk}:{digest}" for pk, digest in seen(tasks).items()]}


def open_sample(client: Client, tasks: list[Task]) -> None:
    key = client.session.session_key
    for pk in bulk.sample(seen(tasks), str(key)):
        client.get(reverse("desk:task_detail", args=[pk]))


def test_the_queue_leads_there_only_where_something_is_slight(
    as_alice: Client, house: factories.House, tasks: list[Task]
) -> None:
    factories.pending(house)
    assert PAGE in as_alice.get(reverse("desk:queue_detail", args=["triage"])).text
    other = reverse("desk:queue_detail", args=["standard"])
    assert "together/" not in as_alice.get(other).text


def test_the_sample_comes_first_then_the_number_then_all_are_approved(
    as_alice: Client, tasks: list[Task]
) -> None:
    page = as_alice.get(PAGE).text
    assert page.count("open this one") == bulk.SAMPLE
    assert "3 of the sample left to open" in page
    assert "Type 5 to approve all 5" not in page
    assert as_alice.post(PAGE, posted(tasks, 5)).status_code == 422
    open_sample(as_alice, tasks)
    page = as_alice.get(PAGE).text
    assert "Type 5 to approve all 5" in page
    refused = as_alice.post(PAGE, posted(tasks, 4))
    assert refused.status_code == 422
    assert "This is not 5. Nothing was decided." in refused.text
    assert not Decision.objects.exists()
    answer = as_alice.post(PAGE, posted(tasks, 5), follow=True)
    assert "5 tasks are approved." in answer.text
    assert "You approved 5 tasks together" in answer.text
    assert answer.text.count("Undo all") == 1
    undo = re.search(r'action="(/together/[^"]+)"', answer.text)
    assert undo
    assert "5 tasks are in their queue again" in as_alice.post(undo[1], follow=True).text
    assert set(Task.objects.values_list("status", flat=True)) == {TaskStatus.OPEN}


def test_what_another_session_opened_does_not_count(
    as_alice: Client, as_bob: Client, house: factories.House, tasks: list[Task], sign_in: SignIn
) -> None:
    for client in (as_bob, sign_in(house.alice)):
        for task in tasks:
            client.get(reverse("desk:task_detail", args=[task.pk]))
    assert as_alice.post(PAGE, posted(tasks, 5)).status_code == 422
    assert not Decision.objects.exists()


def test_others_may_not_and_rubbish_is_no_decision(
    as_alice: Client, house: factories.House, tasks: list[Task], sign_in: SignIn
) -> None:
    for person in (house.charlie, house.adam):
        assert sign_in(person).get(PAGE).status_code == 403
        assert sign_in(person).post(PAGE, posted(tasks, 5)).status_code == 403
    for values in ({}, {"count": "5", "task": ["x:y"]}, {"count": "five"}, {"count": "0"}):
        assert as_alice.post(PAGE, values).status_code == 422
    assert "Nothing here goes together" in as_alice.get(reverse("desk:queue_bulk", args=["standard"])).text
    assert not Decision.objects.exists()
