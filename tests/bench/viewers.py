"""People whose pages are open, in a process of its own: reads {port, sessions, viewers, path} as JSON, says `watching`
once all listen, and at a line on its input writes [[moment, figure], …], every figure each was told, and ends.

Like their pages they fetch the list again when something changed, at most every ten seconds. Knows nothing of Django.
"""

import asyncio
import json
import sys
import time

_AGAIN_SECONDS = 10
Told = list[tuple[float, int]]


async def main() -> None:
    """Watch until told to stop."""
    asked = json.loads(sys.stdin.readline())
    told: Told = []
    listening = asyncio.Event()
    count = 0

    async def watch(session: str) -> None:
        nonlocal count
        reader = await _get(asked["port"], "/live/desk/", session)
        fetched = 0.0
        while line := await reader.readline():
            if line.startswith(b"retry:"):
                count += 1
                if count == asked["viewers"]:
                    listening.set()
            if not line.startswith(b"data: {"):
                continue
            told.append((time.time(), json.loads(line[6:])["waiting"]))
            if time.monotonic() - fetched > _AGAIN_SECONDS:
                fetched = time.monotonic()
                fetching.add(asyncio.create_task(_fetch(asked["port"], asked["path"], session)))

    fetching: set[asyncio.Task[None]] = set()
    sessions = asked["sessions"]
    watching = [asyncio.create_task(watch(sessions[n % len(sessions)])) for n in range(asked["viewers"])]
    await listening.wait()
    print("watching", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    for task in [*watching, *fetching]:
        task.cancel()
    print(json.dumps(told), flush=True)


async def _fetch(port: int, path: str, session: str) -> None:
    reader = await _get(port, path, session, "HX-Request: true\r\nHX-Target: tasks\r\n")
    await reader.read()


async def _get(port: int, path: str, session: str, more: str = "") -> asyncio.StreamReader:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: sessionid={session}\r\n"
        f"{more}Connection: close\r\n\r\n".encode()
    )
    await writer.drain()
    _open.append(writer)
    return reader


# A writer that nobody holds would close its connection.
_open: list[asyncio.StreamWriter] = []


if __name__ == "__main__":
    asyncio.run(main())
