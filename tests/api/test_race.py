"""Two at once, on real PostgreSQL."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections

from apps.intake.models import IdempotencyKey
from apps.proposals.models import Grant, Proposal
from apps.proposals.states import Status
from apps.reviews.models import Task
from tests.api.conftest import AgentClient, make_key
from tests.factories import House, proposal_at, proposal_body

AT_ONCE = 6


def together(call: Callable[[int], Any]) -> list[Any]:
    """What `call(0)`, `call(1)`, … answer, all begun at the same moment, each with a connection of its own."""
    barrier = Barrier(AT_ONCE)

    def one(number: int) -> Any:
        try:
            barrier.wait()
            return call(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(one, range(AT_ONCE)))


@pytest.fixture
def token(live_house: House) -> str:
    return make_key(live_house.agent)[1]


def test_the_same_request_at_once_has_the_effect_of_one(token: str) -> None:
    body, key = proposal_body(), uuid4().hex
    answers = together(lambda _n: AgentClient(token).propose(body, key=key))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sum("Idempotent-Replayed" not in answer for answer in answers) == 1
    assert (Proposal.objects.count(), Task.objects.count(), IdempotencyKey.objects.count()) == (1, 1, 1)


def test_the_same_key_with_other_bodies_at_once_lets_one_pass(token: str) -> None:
    key = uuid4().hex
    answers = together(lambda n: AgentClient(token).propose(proposal_body(external_id=f"call-{n}"), key=key))
    assert sorted(answer.status_code for answer in answers) == [202] + [409] * (AT_ONCE - 1)
    assert Proposal.objects.count() == 1


def test_the_same_external_id_at_once_lets_one_pass(token: str) -> None:
    body = proposal_body()
    answers = together(lambda _n: AgentClient(token).propose(body))
    assert sorted(answer.status_code for answer in answers) == [202] + [409] * (AT_ONCE - 1)
    assert Proposal.objects.count() == 1


def test_overlapping_batches_at_once_take_each_item_in_once(token: str) -> None:
    items = [{"idempotency_key": uuid4().hex, "proposal": proposal_body()} for _n in range(10)]

    def send(number: int) -> Any:
        return AgentClient(token).post("/proposals/batch", {"items": items if number % 2 else items[::-1]})

    answers = together(send)
    statuses = {row["status"] for answer in answers for row in answer.json()["items"]}
    assert {answer.status_code for answer in answers} == {200}
    assert statuses == {202}
    assert Proposal.objects.count() == len(items)


def test_a_grant_redeemed_at_once_is_redeemed_once(live_house: House, token: str, monkeypatch: Any) -> None:
    grant = proposal_at(live_house, Status.APPROVED).grant
    monkeypatch.setattr("django.utils.timezone.now", lambda: grant.issued_at)
    sent = {"args_sha256": grant.args_sha256}
    answers = together(lambda _n: AgentClient(token).post(f"/grants/{grant.pk}/redeem", sent))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * (AT_ONCE - 1)
    assert Grant.objects.get().redeemed_at == grant.issued_at
