"""`?wait=`: agents are woken by NOTIFY, nothing is missed, and nothing is asked meanwhile."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from threading import Timer
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, connections, transaction
from django.db.backends.utils import CursorWrapper

from apps.api import waiting
from apps.api.reading import Snapshot, snapshots
from apps.delivery.listener import hub
from apps.delivery.live import announce
from apps.proposals.models import Proposal
from apps.proposals.states import Status
from apps.registry.actions import revoke_key, suspend_agent
from tests.api.conftest import AgentClient, make_key
from tests.factories import AgentFactory, House, claimed, pending, proposal_at


@pytest.fixture(autouse=True)
def _threads_leave_no_connections() -> Iterator[None]:
    """The threads of waiting requests outlive a test; their connections must not."""
    kept = connection.settings_dict["CONN_MAX_AGE"]
    connection.settings_dict["CONN_MAX_AGE"] = 0
    yield
    connection.settings_dict["CONN_MAX_AGE"] = kept


@pytest.fixture
def token(live_house: House) -> str:
    return make_key(live_house.agent)[1]


class Answer:
    """What an ASGI application sent."""

    def __init__(self, sent: list[Any], seconds: float) -> None:
        start, body = sent
        self.status = start["status"]
        self.headers = {name.decode(): value.decode() for name, value in start["headers"]}
        self.content = body["body"]
        self.seconds = seconds

    def json(self) -> Any:
        return json.loads(self.content)


async def ask(
    token: str, proposal_id: object, wait: object = 20, leaves: Any = None, **headers: str
) -> Answer:
    """Ask the ASGI application, as uvicorn would. The client stays until the event `leaves` is set."""
    sent: list[Any] = []
    given = {"authorization": f"Bearer {token}"} | {
        key.replace("_", "-"): value for key, value in headers.items()
    }
    scope = {
        "type": "http",
        "method": "GET",
        "path": f"/api/v1/proposals/{proposal_id}",
        "query_string": f"wait={wait}".encode(),
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
    }
    body = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Any:
        if body:
            return body.pop()
        await (leaves or asyncio.Event()).wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    begun = time.monotonic()
    await waiting.application(scope, receive, send)
    return Answer(sent, time.monotonic() - begun) if sent else None  # type: ignore[return-value]


async def in_a_thread(change: Callable[[], Any]) -> Any:
    """Do this as another process would: in a thread, with a connection of its own."""

    def done() -> Any:
        try:
            return change()
        finally:
            connections.close_all()

    return await asyncio.to_thread(done)


async def everyone_waits(number: int) -> None:
    """Return when so many are subscribed, and have had time to read."""
    async with asyncio.timeout(20):
        while hub().waiting < number:
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.3)


def test_a_waiting_agent_hears_of_a_change_at_once(live_house: House, token: str) -> None:
    proposal = pending(live_house)

    async def story() -> Answer:
        request = asyncio.create_task(ask(token, proposal.pk))
        await everyone_waits(1)
        await in_a_thread(lambda: claimed(proposal, live_house.alice, live_house.now))
        changed = time.monotonic()
        answer = await request
        assert time.monotonic() - changed < 1
        return answer

    answer = asyncio.run(story())
    assert (answer.status, answer.json()["substatus"]) == (200, "claimed")
    assert answer.headers["etag"]
    assert answer.headers["content-type"] == "application/json"


def test_nothing_is_asked_of_the_database_while_waiting(
    live_house: House, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposal = pending(live_house)
    asked: list[str] = []
    execute = CursorWrapper.execute

    def noted(self: CursorWrapper, sql: str, params: Any = None) -> Any:
        asked.append(sql)
        return execute(self, sql, params)

    monkeypatch.setattr(CursorWrapper, "execute", noted)

    async def story() -> Answer:
        request = asyncio.create_task(ask(token, proposal.pk, wait=3))
        await everyone_waits(1)
        asked.clear()
        answer = await request
        assert asked == []
        return answer

    answer = asyncio.run(story())
    assert (answer.status, answer.json()["substatus"]) == (200, "queued")
    assert answer.seconds >= 3


def test_many_who_wait_hold_no_connections_and_are_served_by_few_queries(
    live_house: House, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposals = [pending(live_house) for _n in range(4)]
    reads: list[int] = []

    def counted(proposal_ids: Any) -> dict[UUID, Snapshot]:
        reads.append(len(proposal_ids))
        return snapshots(proposal_ids)

    monkeypatch.setattr(waiting, "snapshots", counted)

    async def story() -> list[Answer]:
        requests = [asyncio.create_task(ask(token, proposals[n % 4].pk)) for n in range(200)]
        await everyone_waits(200)
        assert await in_a_thread(connections_open) <= 3
        reads.clear()

        def claim_all() -> None:
            with transaction.atomic():
                Proposal.objects.filter(pk__in=[row.pk for row in proposals]).update(
                    substatus="claimed", version=2
                )
                announce(f"proposal:{row.pk}" for row in proposals)

        await in_a_thread(claim_all)
        return list(await asyncio.gather(*requests))

    answers = asyncio.run(story())
    assert {answer.json()["substatus"] for answer in answers} == {"claimed"}
    assert len(reads) <= 4


def connections_open() -> int:
    """Connections to this database that are not a test's own."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )
        return int(cursor.fetchone()[0])


def test_a_change_between_looking_and_waiting_is_not_missed(live_house: House) -> None:
    proposal = pending(live_house)
    looks: list[str] = []

    async def read(proposal_id: UUID) -> Snapshot | None:
        found = await in_a_thread(lambda: snapshots([proposal_id])[proposal_id])
        looks.append(found.etag)
        if len(looks) == 1:
            await in_a_thread(lambda: claimed(proposal, live_house.alice, live_house.now))
        return found

    snapshot = asyncio.run(until_changed(live_house, proposal, read))
    assert json.loads(snapshot.content)["substatus"] == "claimed"
    assert len(looks) == 2


async def until_changed(house: House, proposal: Proposal, read: Callable[[UUID], Awaitable[Any]]) -> Snapshot:
    async with asyncio.timeout(5):
        return await waiting.when_changed(
            proposal_id=proposal.pk,
            agent_id=house.agent.pk,
            known=frozenset(),
            seconds=20,
            read=read,
            check_key=_is_good,
        )


async def _is_good() -> None:
    """For a key that nobody stops."""


@pytest.mark.parametrize(("stopped", "status"), [("key", 401), ("agent", 403)])
def test_a_key_that_is_stopped_while_it_waits_gets_no_answer(
    live_house: House, stopped: str, status: int
) -> None:
    key, token = make_key(live_house.agent)
    proposal = pending(live_house)
    by, now = live_house.adam, live_house.now

    def stop() -> None:
        if stopped == "key":
            revoke_key(key=key, by=by, now=now)
        else:
            suspend_agent(agent=live_house.agent, reason="odd", by=by, now=now)

    async def story() -> Answer:
        request = asyncio.create_task(ask(token, proposal.pk))
        await everyone_waits(1)
        await in_a_thread(stop)
        return await request

    answer = asyncio.run(story())
    assert (answer.status, answer.seconds < 10) == (status, True)


def test_another_key_of_the_agent_waits_on_when_one_is_revoked(live_house: House, token: str) -> None:
    leaked, _its_token = make_key(live_house.agent)
    proposal = pending(live_house)

    async def story() -> Answer:
        request = asyncio.create_task(ask(token, proposal.pk))
        await everyone_waits(1)
        await in_a_thread(lambda: revoke_key(key=leaked, by=live_house.adam, now=live_house.now))
        await asyncio.sleep(0.3)
        await in_a_thread(lambda: claimed(proposal, live_house.alice, live_house.now))
        return await request

    answer = asyncio.run(story())
    assert (answer.status, answer.json()["substatus"]) == (200, "claimed")


def test_news_that_change_nothing_an_agent_sees_do_not_end_the_wait(live_house: House, token: str) -> None:
    proposal = pending(live_house)

    def announce_only() -> None:
        announce([f"proposal:{proposal.pk}"])

    async def story() -> Answer:
        request = asyncio.create_task(ask(token, proposal.pk, wait=2))
        await everyone_waits(1)
        await in_a_thread(announce_only)
        return await request

    assert asyncio.run(story()).seconds >= 2


def test_an_agent_that_holds_an_older_version_is_answered_at_once(live_house: House, token: str) -> None:
    proposal = pending(live_house)
    old = asyncio.run(ask(token, proposal.pk, wait=1)).headers["etag"]
    claimed(proposal, live_house.alice, live_house.now)
    answer = asyncio.run(ask(token, proposal.pk, if_none_match=old))
    assert (answer.status, answer.json()["substatus"]) == (200, "claimed")
    assert answer.seconds < 5


def test_an_agent_that_holds_this_version_is_told_304_when_time_is_up(live_house: House, token: str) -> None:
    proposal = pending(live_house)
    known = asyncio.run(ask(token, proposal.pk, wait=1)).headers["etag"]
    answer = asyncio.run(ask(token, proposal.pk, wait=1, if_none_match=known))
    assert (answer.status, answer.content, answer.headers["etag"]) == (304, b"", known)
    assert answer.seconds >= 1


@pytest.mark.parametrize("status", [Status.APPROVED, Status.DENIED, Status.RECORDED])
def test_an_answer_that_is_there_already_is_not_held_back(
    live_house: House, token: str, status: Status
) -> None:
    answer = asyncio.run(ask(token, proposal_at(live_house, status).pk))
    assert (answer.status, answer.json()["status"]) == (200, status)
    assert answer.seconds < 5


def test_what_is_wrong_with_a_waiting_request_is_told_at_once(live_house: House, token: str) -> None:
    proposal = pending(live_house)

    async def story() -> list[Answer]:
        return [
            await ask("nonsense", proposal.pk),
            await ask(token, uuid4()),
            await ask(token, "not-an-id"),
            await ask(token, proposal.pk, wait=56),
            await ask(token, proposal.pk, wait="soon"),
            await ask(token, proposal.pk, wait="٣"),
        ]

    answers = asyncio.run(story())
    assert [answer.status for answer in answers] == [401, 404, 404, 422, 422, 422]
    assert {answer.headers["content-type"] for answer in answers} == {"application/problem+json"}
    assert answers[0].headers["www-authenticate"].startswith("Bearer")
    assert answers[3].json()["errors"][0]["loc"] == ["query", "wait"]


def test_another_agents_proposal_cannot_be_waited_for(live_house: House) -> None:
    other = make_key(AgentFactory())[1]
    assert asyncio.run(ask(other, pending(live_house).pk)).status == 404


def test_a_client_that_leaves_is_forgotten(live_house: House, token: str) -> None:
    proposal = pending(live_house)

    async def story() -> None:
        leaves = asyncio.Event()
        request = asyncio.create_task(ask(token, proposal.pk, leaves=leaves))
        await everyone_waits(1)
        leaves.set()
        assert await asyncio.wait_for(request, timeout=2) is None
        await asyncio.sleep(0.05)
        assert hub().waiting == 0

    asyncio.run(story())


def test_a_failed_read_is_a_problem_and_the_next_one_works(
    live_house: House, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposal = pending(live_house)

    def fails(_ids: Any) -> Any:
        raise RuntimeError("secret inside")

    async def story() -> tuple[Answer, Answer]:
        with monkeypatch.context() as patch:
            patch.setattr(waiting, "snapshots", fails)
            first = await ask(token, proposal.pk)
        return first, await ask(token, proposal.pk, wait=1)

    first, second = asyncio.run(story())
    assert (first.status, second.status) == (500, 200)
    assert b"secret" not in first.content


def test_waiting_works_without_an_event_loop_too(live_house: House, token: str) -> None:
    proposal = pending(live_house)

    def change() -> None:
        claimed(proposal, live_house.alice, live_house.now)
        connections.close_all()

    timer = Timer(1, change)
    timer.start()
    begun = time.monotonic()
    answer = AgentClient(token).get(f"/proposals/{proposal.pk}?wait=20")
    timer.join()
    assert answer.json()["substatus"] == "claimed"
    assert 0.5 < time.monotonic() - begun < 10
