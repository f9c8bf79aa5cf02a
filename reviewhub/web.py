"""One web process of `manage.py serve`. The supervisor has opened the port and hands it over by number.

python -m reviewhub.web 3
"""

import socket
import sys

import uvicorn

from reviewhub.asgi import application, waiting
from reviewhub.settling import settle


class Server(uvicorn.Server):
    """Lets waiting requests go at once when it is told to stop, and gives the others two seconds."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End live streams and long polls, then stop as usual."""
        waiting.stop()
        await super().shutdown(sockets)


def serve(listener: socket.socket) -> None:
    """Serve on an open, listening socket until SIGTERM or SIGINT."""
    config = uvicorn.Config(
        application,
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    settle()
    Server(config).run(sockets=[listener])


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
