"""A crowd of waiting agents, in a process of its own: reads {port, key, proposals} as JSON, says `waiting` once all
wait, and writes {proposal: moment its answer was complete} as JSON at the end. Knows nothing of Django.
"""

import asyncio
import json
import sys
import time

_AT_A_TIME = 200


async def main() -> None:
    """Wait for every proposal's answer, each on a connection of its own."""
    asked = json.loads(sys.stdin.readline())
    opening = asyncio.Semaphore(_AT_A_TIME)
    waiting = 0
    writers: list[asyncio.StreamWriter] = []

    async def ask(proposal: str) -> asyncio.StreamReader:
        reader, writer = await asyncio.open_connection("127.0.0.1", asked["port"])
        writer.write(
            f"GET /api/v1/proposals/{proposal}?wait=55 HTTP/1.1\r\nHost: localhost\r\n"
            f"Authorization: Bearer {asked['key']}\r\nConnection: close\r\n\r\n".encode()
        )
        await writer.drain()
        writers.append(writer)
        return reader

    async def wait(proposal: str) -> tuple[str, float]:
        nonlocal waiting
        async with opening:
            reader = await ask(proposal)
        waiting += 1
        if waiting == len(asked["proposals"]):
            print("waiting", flush=True)
        while True:
            answer = await reader.read()
            at = time.time()
            head, _, body = answer.partition(b"\r\n\r\n")
            if b" 200 " not in head.split(b"\r\n")[0]:
                raise RuntimeError(f"an agent was answered {answer[:300]!r}")
            status = json.loads(body)["status"]
            if status == "approved":
                return proposal, at
            # 55 seconds are over: ask again, as an agent does.
            reader = await ask(proposal)

    print(json.dumps(dict(await asyncio.gather(*(wait(one) for one in asked["proposals"])))), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
