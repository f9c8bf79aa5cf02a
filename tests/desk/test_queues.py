"""The queue page: order, filters, totals, paging, and who may look."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts import rights
from apps.accounts.roles import Role
from apps.desk.queries import queue as reads
from apps.desk.queries import turn
from apps.intake.actions import submit
from apps.reviews import moving, settling
from apps.reviews.models import Task
from tests import factories
from tests.desk.conftest import SignIn

MOST_QUERIES = 32
STANDARD = reverse("desk:queue_detail", args=["standard"])


def _send_many(house: factories.House, count: int) -> None:
    bodies = [
        factories.proposal_body(
            subject={"kind": "order", "id": f"#W{n}"}, summary=f"Cancel order number {n}."
        )
        for n in range(count)
    ]
    for n, body in enumerate(bodies):
        body["action"] = {
            "name": "cancel_order",
            "args": {"order_id": f"#W{n}", "reason": "no longer needed"},
        }
    submit(agent=house.agent, submissions=[factories.submission(body) for body in bodies], now=house.now)


def _shown(page: Any) -> list[str]:
    return re.findall(r'id="task-([0-9a-f-]{36})"', page.text)


def test_tasks_stand_in_the_order_they_are_taken(as_alice: Client, house: factories.House) -> None:
    late = factories.pending(house, subject={"kind": "order", "id": "#W1"})
    early = factories.pending(
        house, now=house.now - timedelta(hours=2), subject={"kind": "order", "id": "#W2"}
    )
    assert _shown(as_alice.get(STANDARD)) == [str(early.task.pk), str(late.task.pk)]


def test_every_task_is_on_exactly_one_page(as_alice: Client, house: factories.House) -> None:
    _send_many(house, reads.PAGE * 2 + 7)
    seen: list[str] = []
    url = STANDARD
    for _page in range(4):
        page = as_alice.get(url)
        seen += _shown(page)
        following = re.search(r'rel="next" href="([^"]+)"', page.text)
        if following is None:
            break
        url = STANDARD + following[1].replace("&amp;", "&")
    assert len(seen) == reads.PAGE * 2 + 7
    assert len(set(seen)) == len(seen)


def test_totals_are_true_whatever_is_filtered(as_alice: Client, house: factories.House) -> None:
    _send_many(house, 12)
    factories.claimed(factories.pending(house, subject=None), house.bob, house.now)
    page = as_alice.get(STANDARD, {"text": "order number 3."})
    assert len(_shown(page)) == 1
    assert re.search(
        r'Waiting <span class="count"[^>]*>12</span> <span class="count">in all</span>', page.text
    )
    assert re.search(r'With someone <span class="count"[^>]*>1<', page.text)


@pytest.mark.parametrize(
    ("query", "hits"),
    [
        ({}, 1),
        ({"text": "#W1"}, 1),
        ({"text": "nothing of the kind"}, 0),
        ({"workflow": "orders"}, 1),
        ({"workflow": "unheard-of"}, 1),
        ({"consequence": "moderate"}, 1),
        ({"consequence": "critical"}, 0),
        ({"show": "overdue"}, 0),
        ({"show": "held"}, 0),
        ({"show": "decided"}, 0),
        ({"show": "<script>"}, 1),
        ({"after": "rubbish"}, 1),
        ({"text": "\x00"}, 1),
    ],
)
def test_filters_narrow_and_rubbish_does_not(
    as_alice: Client, house: factories.House, query: dict[str, str], hits: int
) -> None:
    factories.pending(house)
    page = as_alice.get(STANDARD, query)
    assert page.status_code == 200
    assert len(_shown(page)) == hits


def test_it_says_who_holds_what_until_when(as_alice: Client, house: factories.House) -> None:
    task = factories.claimed(factories.pending(house), house.bob, house.now)
    page = as_alice.get(STANDARD, {"show": "held"}).text
    assert task.lease_expires_at is not None
    assert "Bob" in page
    assert f"until {task.lease_expires_at:%H:%M} UTC" in page
    assert "People of this queue" in page


def test_decided_tasks_are_listed_newest_first(as_alice: Client, house: factories.House) -> None:
    done = factories.settled(house)
    assert _shown(as_alice.get(STANDARD, {"show": "decided"})) == [str(done.task.pk)]


def test_a_task_one_may_not_take_says_why_instead_of_offering_it(
    as_alice: Client, house: factories.House
) -> None:
    proposal = factories.two_person(house)
    factories.decided(factories.claimed(proposal, house.alice, house.now), house.alice, house.now)
    settling.settle_due(now=house.now + timedelta(minutes=1))
    page = as_alice.get(reverse("desk:queue_detail", args=["senior"])).text
    assert "You have decided on this proposal before" in page
    assert f"/tasks/{proposal.task.pk}/claim/" not in page


def test_outsiders_may_not_look_and_admins_may_only_look(house: factories.House, sign_in: SignIn) -> None:
    proposal = factories.pending(house)
    assert sign_in(house.charlie).get(STANDARD).status_code == 403
    page = sign_in(house.adam).get(STANDARD)
    assert page.status_code == 200
    assert f"/tasks/{proposal.task.pk}/claim/" not in page.text


@pytest.mark.parametrize("url", [STANDARD, reverse("desk:home"), reverse("desk:queue_list")])
def test_the_number_of_queries_does_not_depend_on_how_much_waits(
    as_alice: Client, house: factories.House, django_assert_max_num_queries: Any, url: str
) -> None:
    _send_many(house, reads.PAGE)
    as_alice.get(url)
    with django_assert_max_num_queries(MOST_QUERIES) as few:
        as_alice.get(url)
    _send_many(house, 450)
    with django_assert_max_num_queries(MOST_QUERIES) as many:
        as_alice.get(url)
    assert len(many) == len(few)


def test_a_task_offered_in_another_queue_stands_in_both(
    as_alice: Client, house: factories.House, client: Client
) -> None:
    dora = factories.UserFactory(short="dora")
    senior = house.queues["senior"]
    rights.give(role=Role.REVIEWER, to=dora, on=senior, by=None, now=house.now)
    late, early = factories.pending(house), factories.two_person(house, subject=None)
    client.force_login(dora)
    address = reverse("desk:queue_detail", args=["senior"])
    assert _shown(client.get(address)) == [str(early.task.pk)]
    moving.widen(task_id=late.task.pk, queue=senior, now=house.now)
    page = client.get(address)
    assert _shown(page) == [str(early.task.pk), str(late.task.pk)]
    assert "from Standard, offered here too" in page.text
    assert re.search(r'Waiting <span class="count"[^>]*>2<', page.text)
    assert client.get(reverse("desk:task_detail", args=[late.task.pk])).status_code == 200
    assert str(late.task.pk) in as_alice.get(STANDARD).text
    loads = {
        load.queue.slug: load.waiting for load in turn.queue_loads({senior.pk}, now=house.now, by=house.alice)
    }
    assert loads == {"senior": 2}
    both = {
        load.queue.slug: load.waiting
        for load in turn.queue_loads({q.pk for q in house.queues.values()}, now=house.now, by=house.alice)
    }
    assert both == {"triage": 0, "standard": 1, "senior": 2, "critical": 0}
    client.post(reverse("desk:task_claim", args=[late.task.pk]))
    assert turn.held_by_others(house.alice, {senior.pk}).count == 1
    found = client.get(reverse("desk:proposal_list"))
    assert str(late.pk) in found.text


def test_pages_go_on_past_tasks_of_other_queues(house: factories.House) -> None:
    _send_many(house, reads.PAGE + 5)
    senior = house.queues["senior"]
    for task in Task.objects.all():
        moving.widen(task_id=task.pk, queue=senior, now=house.now)
    for _number in range(reads.PAGE):
        factories.two_person(house)
    seen: list[str] = []
    after = ""
    for _page in range(4):
        page = reads.page(senior, reads.Filters(), after=after, now=house.now, by=house.alice)
        seen += [str(task.pk) for task in page.tasks]
        after = page.next
        if not after:
            break
    assert len(seen) == len(set(seen)) == 2 * reads.PAGE + 5
    ranks = [Task.objects.get(pk=pk).rank_at for pk in seen]
    assert ranks == sorted(ranks)


def test_nothing_to_do_says_how_many_others_hold_and_until_when(
    as_alice: Client, house: factories.House
) -> None:
    task = factories.claimed(factories.pending(house), house.bob, house.now)
    assert task.lease_expires_at is not None
    page = as_alice.get(STANDARD).text
    assert f"Another person holds 1 task, until {task.lease_expires_at:%H:%M} UTC at the latest" in page


def test_a_rejected_task_does_not_say_that_it_needs_another_person(
    as_alice: Client, house: factories.House
) -> None:
    proposal = factories.two_person(house)
    task = factories.claimed(proposal, house.alice, house.now)
    factories.decided(task, house.alice, house.now, factories.Verb.REJECT, reason_code="wrong-facts")
    settling.settle_due(now=house.now + timedelta(minutes=1))
    url = reverse("desk:queue_detail", args=[task.queue.slug]) + "?show=decided"
    page = as_alice.get(url).text
    assert "needs another person" not in page
    assert "denied" in page.lower()
