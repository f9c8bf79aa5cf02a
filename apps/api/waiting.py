"""`GET /proposals/{id}?wait=`: answers when the proposal has changed, or when time is up.

Nobody polls and nobody holds a database connection while waiting: a waiter hears of a change through the
hub, and the reads of all who were woken at the same moment become one query. Thousands may wait in one
process, so this is an ASGI application of its own: Django's handler alone costs several times what is left
to answer them all in time.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from typing import Any, NamedTuple, TypeVar
from urllib.parse import parse_qs
from uuid import UUID
from weakref import WeakKeyDictionary

import structlog
from django.db import close_old_connections
from django.utils.translation import gettext as _

from apps.api import problems
from apps.api.bodies import MOST_WAIT
from apps.api.keys import live_key
from apps.api.problems import Problem
from apps.api.reading import Snapshot, headers_of, is_known, known_etags, not_found, own, snapshots
from apps.delivery.listener import hub
from apps.registry.states import Scope

Read = Callable[[UUID], Awaitable[Snapshot | None]]
_T = TypeVar("_T")

_Message = Mapping[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]


class _Response(NamedTuple):
    """An answer, as ASGI sends it."""

    status: int
    headers: list[tuple[bytes, bytes]]
    content: bytes


# One query reads at most so many, so that the first of a great many are answered while the rest are read.
_MOST_AT_ONCE = 200
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="waiting")
log = structlog.get_logger(__name__)


async def when_changed(
    *,
    proposal_id: UUID,
    agent_id: int,
    known: frozenset[str],
    seconds: float,
    read: Read,
    check_key: Callable[[], Awaitable[object]],
) -> Snapshot:
    """The proposal, as soon as it is none of the versions the client knows, or as it is after `seconds`.

    A client that names no version is taken to know the proposal as it is on arrival, if that is pending: an answer is
    never held back. `check_key` is asked again when the agent or a key of it was stopped meanwhile. Raises Problem for
    an id that is not this agent's, and whatever `check_key` does.
    """
    ends = asyncio.get_running_loop().time() + seconds
    # Subscribe, then read: in this order no change can fall in between.
    door = f"agent:{agent_id}"
    async with hub().subscribe({f"proposal:{proposal_id}", door}) as waiter:
        snapshot = own(await read(proposal_id), agent_id)
        if not known and snapshot.is_pending:
            known = frozenset((snapshot.etag,))
        while is_known(snapshot, known):
            left = ends - asyncio.get_running_loop().time()
            heard = await waiter.wait(left) if left > 0 else frozenset[str]()
            if not heard:
                break
            if door in heard:
                await check_key()
            snapshot = own(await read(proposal_id), agent_id)
        return snapshot


class Reader:
    """Reads proposals for one event loop: all who ask while a query runs are served by the next one."""

    def __init__(self) -> None:
        self._asked: dict[UUID, list[asyncio.Future[Snapshot | None]]] = {}
        self._task: asyncio.Task[None] | None = None

    async def read(self, proposal_id: UUID) -> Snapshot | None:
        """The proposal as it is after this call, None when there is none."""
        future: asyncio.Future[Snapshot | None] = asyncio.get_running_loop().create_future()
        self._asked.setdefault(proposal_id, []).append(future)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._serve())
        return await future

    async def _serve(self) -> None:
        while self._asked:
            batch = dict(islice(self._asked.items(), _MOST_AT_ONCE))
            for proposal_id in batch:
                del self._asked[proposal_id]
            found: dict[UUID, Snapshot] | Exception
            try:
                found = await in_thread(snapshots, batch.keys())
            except Exception as error:
                found = error
            for proposal_id, futures in batch.items():
                for future in futures:
                    if future.done():
                        continue  # its client left
                    if isinstance(found, Exception):
                        future.set_exception(found)
                    else:
                        future.set_result(found.get(proposal_id))


_readers: "WeakKeyDictionary[asyncio.AbstractEventLoop, Reader]" = WeakKeyDictionary()


def reader() -> Reader:
    """The reader of the running event loop, made at first use."""
    return _readers.setdefault(asyncio.get_running_loop(), Reader())


async def in_thread(job: Callable[..., _T], *args: Any) -> _T:
    """Run database work on one of the few threads that all waiting requests share."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _with_connection, job, *args)


def _with_connection(job: Callable[..., _T], *args: Any) -> _T:
    close_old_connections()
    try:
        return job(*args)
    finally:
        close_old_connections()


async def application(scope: _Message, receive: _Receive, send: _Send) -> None:
    """The ASGI application. A client that leaves takes its request with it."""
    waiting = asyncio.current_task()
    leaving = asyncio.ensure_future(_left(receive))
    leaving.add_done_callback(lambda left: left.cancelled() or (waiting and waiting.cancel()))
    try:
        status, headers, content = await _response(scope)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})
    except asyncio.CancelledError:
        if not (leaving.done() and waiting and waiting.uncancel() == 0):
            raise
    finally:
        leaving.cancel()


async def _response(scope: _Message) -> _Response:
    try:
        return await _waited(scope)
    except Problem as problem:
        return _told(problem)
    except Exception as error:
        log.error("request_failed", path=scope["path"], exc_info=error)
        return _told(problems.unexpected(error))


async def _waited(scope: _Message) -> _Response:
    headers = {name.decode("latin1"): value.decode("latin1") for name, value in scope["headers"]}
    known = known_etags(headers.get("if-none-match", ""))
    check_key = partial(in_thread, live_key, headers.get("authorization", ""), Scope.READ)
    key = await check_key()
    snapshot = await when_changed(
        proposal_id=_proposal_id(scope["path"]),
        agent_id=key.agent_id,
        known=known,
        seconds=_seconds(scope["query_string"]),
        read=reader().read,
        check_key=check_key,
    )
    if is_known(snapshot, known):
        return _Response(304, _wire(headers_of(snapshot)), b"")
    headers = {"Content-Type": "application/json", **headers_of(snapshot)}
    return _Response(200, _wire(headers, snapshot.content), snapshot.content)


def _told(problem: Problem) -> _Response:
    response = problems.answer(problem)
    return _Response(problem.status, _wire(response.headers, response.content), response.content)


def _wire(headers: Mapping[str, str], content: bytes = b"") -> list[tuple[bytes, bytes]]:
    """The headers as ASGI sends them."""
    wire = [(name.lower().encode(), value.encode("latin1")) for name, value in headers.items()]
    if content:
        wire.append((b"content-length", b"%d" % len(content)))
    wire.append((b"x-content-type-options", b"nosniff"))
    return wire


def _proposal_id(path: str) -> UUID:
    try:
        return UUID(path.rpartition("/")[2])
    except ValueError as error:
        raise not_found() from error


def _seconds(query: bytes) -> int:
    given = parse_qs(query.decode("latin1"), keep_blank_values=True).get("wait", ["0"])[-1]
    if not re.fullmatch("[0-9]{1,2}", given, re.ASCII) or int(given) > MOST_WAIT:
        message = _("This is a whole number of seconds from 0 to {most}.").format(most=MOST_WAIT)
        raise Problem("invalid-request", message, errors=[{"loc": ["query", "wait"], "msg": message}])
    return int(given)


async def _left(receive: _Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
