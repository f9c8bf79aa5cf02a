"""Thousands of agents waiting on one live process: how long after the decision do they know?"""

import asyncio
import json
import multiprocessing
import time
from multiprocessing.connection import Connection

from django.db import connection as database
from django.utils import timezone

from apps.proposals.actions import Answer, settle
from apps.proposals.models import Proposal
from apps.proposals.states import DecidedBy
from apps.routing.states import Verb


def wake_times(port: int, key: str, proposals: list[str], *, per_second: float) -> list[float]:
    """Seconds from each decision's commit to the end of its agent's answer, sorted.

    The agents live in a process of their own; clocks are the same machine's.
    """
    here, there = multiprocessing.Pipe()
    crowd = multiprocessing.get_context("spawn").Process(target=_crowd, args=(port, key, proposals, there))
    crowd.start()
    assert here.recv() == "waiting"
    time.sleep(2)
    decided = {}
    begun = time.perf_counter()
    for number, proposal_id in enumerate(proposals):
        pause = begun + number / per_second - time.perf_counter()
        if pause > 0:
            time.sleep(pause)
        _decide(proposal_id)
        decided[proposal_id] = time.time()
    answered: dict[str, float] = here.recv()
    crowd.join()
    return sorted(answered[proposal_id] - decided[proposal_id] for proposal_id in proposals)


def _decide(proposal_id: str) -> None:
    now = timezone.now()
    proposal = Proposal.objects.select_related("action_type").get(pk=proposal_id)
    answer = Answer(
        verb=Verb.APPROVE,
        decided_by_type=DecidedBy.HUMAN,
        decided_by="A reviewer",
        decided_at=now,
        action_name=proposal.action_type.name,
        args=proposal.args,
        args_sha256=proposal.args_sha256,
    )
    settle(proposal_id=proposal.pk, answer=answer, by=None, now=now)
    assert not database.in_atomic_block


def _crowd(port: int, key: str, proposals: list[str], pipe: Connection) -> None:
    asyncio.run(_wait_all(port, key, proposals, pipe))


async def _wait_all(port: int, key: str, proposals: list[str], pipe: Connection) -> None:
    sent = asyncio.Semaphore(200)
    waiting = 0

    async def wait(proposal_id: str) -> tuple[str, float]:
        nonlocal waiting
        async with sent:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(
                f"GET /api/v1/proposals/{proposal_id}?wait=55 HTTP/1.1\r\nHost: localhost\r\n"
                f"Authorization: Bearer {key}\r\nConnection: close\r\n\r\n".encode()
            )
            await writer.drain()
        waiting += 1
        if waiting == len(proposals):
            pipe.send("waiting")
        answer = await reader.read()
        at = time.time()
        writer.close()
        head, _, body = answer.partition(b"\r\n\r\n")
        if b" 200 " not in head.split(b"\r\n")[0] or json.loads(body)["status"] != "approved":
            raise RuntimeError(f"an agent was answered {answer[:300]!r}")
        return proposal_id, at

    pipe.send(dict(await asyncio.gather(*(wait(proposal_id) for proposal_id in proposals))))
