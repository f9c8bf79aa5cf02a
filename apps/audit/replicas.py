"""Pages that only read may do so from a replica of the database, when there is one.

A view says so with `from_replica`. What it reads of the apps in `REVIEWHUB_REPLICA_APPS` then comes from the database
`replica`; people, rights and everything else still from the primary. The replica is asked only when it follows a
primary, is at most `REVIEWHUB_REPLICA_SECONDS` behind, and has what this person wrote last: `keep_position` keeps in a
cookie how far that is. Whatever goes wrong with it, the primary answers.
"""

import re
import time
from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

import structlog
from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.db import DEFAULT_DB_ALIAS, Error, connection, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase

P = ParamSpec("P")
Asked = TypeVar("Asked", bound=HttpRequest)
View = Callable[Concatenate[Asked, P], HttpResponse]

REPLICA = "replica"
COOKIE = "reviewhub_written"
# A replica that failed is left alone for so long, in seconds.
_REST = 15
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_POSITION = re.compile(r"[0-9A-F]{1,8}/[0-9A-F]{1,8}")
_NOTHING = "0/0"
# One row, true or false: nothing replayed yet is as good as nothing there.
_IS_CLOSE = """
    SELECT pg_is_in_recovery()
       AND coalesce(pg_last_wal_replay_lsn() >= %s::pg_lsn
                    AND pg_last_xact_replay_timestamp() >= now() - %s * interval '1 second', false)
"""
_is_reading: ContextVar[bool] = ContextVar("is_reading_from_replica", default=False)
_rests_until = 0.0
log = structlog.get_logger(__name__)


class Router:
    """Django's database router: reads of chosen apps go to the replica inside of `from_replica`, nothing else does."""

    def db_for_read(self, model: type[models.Model], **hints: Any) -> str:
        """Never where an object came from: what is read for a decision is read from the primary."""
        is_chosen = model._meta.app_label in settings.REVIEWHUB_REPLICA_APPS
        return REPLICA if is_chosen and _is_reading.get() else DEFAULT_DB_ALIAS

    def db_for_write(self, model: type[models.Model], **hints: Any) -> str:
        """The primary takes all writes."""
        return DEFAULT_DB_ALIAS

    def allow_relation(self, first: models.Model, second: models.Model, **hints: Any) -> bool:
        """Both databases hold the same rows."""
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        """A replica gets its tables from the primary."""
        return db != REPLICA


def reading_connection() -> BaseDatabaseWrapper:
    """Where a statement of our own that only reads tables of `REVIEWHUB_REPLICA_APPS` is sent."""
    return connections[REPLICA if _is_reading.get() else DEFAULT_DB_ALIAS]


def from_replica(view: View[Asked, P]) -> View[Asked, P]:
    """For a view that only reads, and whose answer is whole when it returns (not streamed)."""

    @wraps(view)
    def read(request: Asked, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.method not in _SAFE or not _is_close(request.COOKIES.get(COOKIE, _NOTHING)):
            return view(request, *args, **kwargs)
        token = _is_reading.set(True)
        try:
            return view(request, *args, **kwargs)
        except Http404:
            # It may be too new to be there.
            pass
        except Error as problem:
            _let_rest(problem)
        finally:
            _is_reading.reset(token)
        return view(request, *args, **kwargs)

    return read


def keep_position(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Middleware: a person who wrote something takes along how far a replica has to be to show it to them."""
    if REPLICA not in settings.DATABASES:
        raise MiddlewareNotUsed

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        is_person = settings.SESSION_COOKIE_NAME in request.COOKIES
        if is_person and request.method not in _SAFE and response.status_code < 400:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_current_wal_insert_lsn()::text")
                (position,) = cursor.fetchone()
            # A replica further behind than this is not asked anyway.
            response.set_cookie(
                COOKIE,
                position,
                max_age=settings.REVIEWHUB_REPLICA_SECONDS + 60,
                httponly=True,
                secure=settings.SESSION_COOKIE_SECURE,
                samesite="Lax",
            )
        return response

    return middleware


def _is_close(written: str) -> bool:
    if REPLICA not in settings.DATABASES or time.monotonic() < _rests_until:
        return False
    position = written if _POSITION.fullmatch(written) else _NOTHING
    try:
        with connections[REPLICA].cursor() as cursor:
            cursor.execute(_IS_CLOSE, [position, settings.REVIEWHUB_REPLICA_SECONDS])
            return bool(cursor.fetchone()[0])
    except Error as problem:
        _let_rest(problem)
        return False


def _let_rest(problem: Error) -> None:
    global _rests_until
    _rests_until = time.monotonic() + _REST
    connections[REPLICA].close()
    log.warning("replica.failed", problem=str(problem), rests_seconds=_REST)
