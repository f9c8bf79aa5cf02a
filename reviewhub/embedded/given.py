"""Do the servers the operator gave us answer? Asked once before the start, to say it in one sentence."""

from collections.abc import Mapping
from typing import Any

import psycopg
from kombu import Connection

from reviewhub.embedded.failure import CannotStart

OLDEST_POSTGRES = 15


def check_database(database: Mapping[str, Any]) -> None:
    """`database` as in Django's DATABASES. Raises CannotStart when nobody answers, or somebody too old."""
    try:
        with psycopg.connect(
            host=database["HOST"],
            port=database["PORT"],
            user=database["USER"],
            password=database["PASSWORD"],
            dbname=database["NAME"],
            connect_timeout=5,
            **database["OPTIONS"],
        ) as connection:
            version = connection.info.server_version // 10_000
    except psycopg.Error as problem:
        raise CannotStart(f"DATABASE_URL: the database does not answer. {problem}") from problem
    if version < OLDEST_POSTGRES:
        raise CannotStart(
            f"DATABASE_URL: PostgreSQL {version} is too old; {OLDEST_POSTGRES} or newer is needed."
        )


def unreachable(problem: Exception) -> str:
    """What to do about a command that found no database, in one sentence; empty for any other trouble with one."""
    cause = problem.__cause__
    if not isinstance(cause, psycopg.OperationalError) or cause.sqlstate is not None or cause.pgconn is None:
        return ""
    if cause.pgconn.status != psycopg.pq.ConnStatus.BAD:
        return ""
    first = next(iter(str(problem).splitlines()), "")
    return (
        "The database does not answer: start ReviewHub (make run, make demo) with the same settings, or set "
        f"DATABASE_URL to a PostgreSQL that runs. ({first})"
    )


def check_broker(url: str) -> None:
    """Raises CannotStart when the broker at `url` does not answer."""
    try:
        with Connection(url, connect_timeout=5) as connection:
            connection.ensure_connection(max_retries=1, timeout=5)
    except Exception as problem:
        raise CannotStart(f"CELERY_BROKER_URL: the broker does not answer. {problem}") from problem
