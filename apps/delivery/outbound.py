"""One HTTP POST to an address that may be hostile: guarded, bounded in time and size, never redirected.

Knows no rows and no message format. `requests-hardened` looks the name up once, refuses private addresses and
connects to the address it vetted; the connection checks its own peer again before it sends a byte.
"""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from threading import Timer
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests_hardened import Config, HTTPSession
from requests_hardened.ip_filter_adapter import IPFilterAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from apps.delivery.addresses import Allowed, RefusedAddress, allowed, check_address, look_up, split

TIMEOUT_SECONDS = 10
# A receiver that drips bytes keeps every single read within its timeout; this ends the whole exchange.
WHOLE_SECONDS = 20
READ_BYTES = 64 * 1024
_EXCERPT = 200


@dataclass(frozen=True)
class Answer:
    """What came of it: an HTTP status, or None and why there is none. `excerpt` is untrusted text."""

    status: int | None
    excerpt: str

    @property
    def accepted(self) -> bool:
        """Any 2xx."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def gone(self) -> bool:
        """The receiver wants no more messages."""
        return self.status == 410

    @property
    def exhausted(self) -> bool:
        """The receiver, not the message, is the trouble: no answer, overload, or its own error."""
        return self.status is None or self.status == 429 or self.status >= 500


def post(*, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Send `body` once. Never raises: what went wrong is in the answer."""
    permitted = allowed()
    try:
        with (
            _session(url, permitted) as session,
            session.post(url, data=body, headers=dict(headers), stream=True) as response,
        ):
            text = response.raw.read(READ_BYTES, decode_content=False) or b""
            return Answer(response.status_code, _excerpt_of(text.decode("utf-8", "replace"), url))
    except (requests.RequestException, HTTPError, RefusedAddress, OSError, ValueError) as error:
        # What urllib3 gave up over says it better, and without the address it was for.
        cause = getattr(next(iter(error.args), None), "reason", None) or error
        return Answer(None, _excerpt_of(f"{type(cause).__name__}: {cause}", url))


def _excerpt_of(text: str, url: str) -> str:
    """The readable beginning, without what comes after the host: in a chat's address that is the secret."""
    parts = urlsplit(url)
    for secret in (f"{parts.path}?{parts.query}", parts.query, parts.path):
        if len(secret) > 3:
            text = text.replace(secret, "/\N{HORIZONTAL ELLIPSIS}")
    return readable(text)


def readable(text: str) -> str:
    """At most 200 printable characters on one line (PostgreSQL refuses NUL)."""
    line = " ".join(text.split())
    return "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in line
    )[:_EXCERPT]


def _session(url: str, permitted: Allowed) -> requests.Session:
    parts, host = split(url, permitted)
    config = Config(
        ip_filter_enable=True,
        ip_filter_allow_loopback_ips=False,
        never_redirect=True,
        default_timeout=(TIMEOUT_SECONDS, TIMEOUT_SECONDS),
        user_agent_override="ReviewHub-Webhooks/1",
    )
    session = HTTPSession(config)
    # A proxy from the environment would make the connection, and nobody would see to which address.
    session.trust_env = False
    port = parts.port or (443 if parts.scheme == "https" else 80)
    if permitted.host(host):
        session.mount(f"{parts.scheme}://", _NamedHost())
    elif any(permitted.network(ip) for ip in look_up(host, port)):
        session.mount(f"{parts.scheme}://", _AllowedNetwork())
    else:
        session.mount(f"{parts.scheme}://", _Public(parts.scheme == "https"))
    return session


class _Bounded(HTTPConnection):
    """A connection that ends after WHOLE_SECONDS, whatever the other side does."""

    _end: Timer | None = None

    def connect(self) -> None:
        super().connect()
        self._end = Timer(WHOLE_SECONDS, _cut, [self.sock])
        self._end.daemon = True
        self._end.start()

    def close(self) -> None:
        if self._end is not None:
            self._end.cancel()
        super().close()


class _Vetted(_Bounded):
    """Refuses a peer that is neither public nor in an allowed network, before the first byte, TLS's too."""

    def _new_conn(self) -> socket.socket:
        connected = super()._new_conn()
        try:
            check_address(ip_address(str(connected.getpeername()[0]).partition("%")[0]), allowed())
        except RefusedAddress:
            connected.close()
            raise
        return connected


class _BoundedTLS(_Bounded, HTTPSConnection):
    pass


class _VettedTLS(_Vetted, HTTPSConnection):
    pass


class _BoundedPool(HTTPConnectionPool):
    ConnectionCls = _Bounded


class _BoundedTLSPool(HTTPSConnectionPool):
    ConnectionCls = _BoundedTLS


class _VettedPool(HTTPConnectionPool):
    ConnectionCls = _Vetted


class _VettedTLSPool(HTTPSConnectionPool):
    ConnectionCls = _VettedTLS


class _NamedHost(HTTPAdapter):
    pools: Mapping[str, type[HTTPConnectionPool]] = {"http": _BoundedPool, "https": _BoundedTLSPool}

    def init_poolmanager(self, *args: object, **kwargs: object) -> None:
        super().init_poolmanager(*args, **kwargs)  # type: ignore[arg-type]  # handed on as requests gave them
        self.poolmanager.pool_classes_by_scheme = dict(self.pools)


class _AllowedNetwork(_NamedHost):
    pools = {"http": _VettedPool, "https": _VettedTLSPool}


class _Public(_AllowedNetwork, IPFilterAdapter):
    pass


def _cut(connected: socket.socket) -> None:
    try:
        connected.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it had ended by itself
