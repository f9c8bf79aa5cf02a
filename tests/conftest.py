"""The cast and the ground rules of every test: no network beyond this machine, warnings are errors."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import hypothesis
import pgtrigger
import pytest
from django.apps import apps
from django.conf import settings
from django.core.management.commands import flush as flush_command
from django.db import IntegrityError, OperationalError, connection
from django.db.backends.postgresql.operations import DatabaseOperations
from psycopg.errors import DeadlockDetected, ForeignKeyViolation

from apps.accounts.models import User
from apps.registry.models import ActionType, Agent, Workflow
from apps.reviews.models import Queue
from tests import factories


def pytest_configure() -> None:
    """Slow password hashes protect people, not test data. Static files are served from their source."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    settings.STATIC_ROOT = None
    settings.WHITENOISE_USE_FINDERS = True
    # How fast a machine is says nothing about the code: time is for `make bench`.
    hypothesis.settings.register_profile(
        "any machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
    )
    hypothesis.settings.load_profile("any machine")


LOOPBACK = ("127.0.0.1", "::1", "localhost")


@pytest.fixture(autouse=True, scope="session")
def _no_network() -> Iterator[None]:
    """A test that reaches beyond this machine fails instead of hanging."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and address[0] not in LOOPBACK:
            raise AssertionError(f"a test tried to reach {address[0]}")
        connect(self, address)

    socket.socket.connect = guarded  # type: ignore[method-assign]
    yield
    socket.socket.connect = connect  # type: ignore[method-assign]


# What the migrations made and no test changes.
_STAYS = {"django_content_type", "auth_permission"}


def _tables_of_apps() -> list[str]:
    """Tables in the order of the installed apps, which is that of the house from below."""
    return [model._meta.db_table for model in apps.get_models(include_auto_created=True)]


@pytest.fixture(autouse=True, scope="session")
def _flush_past_append_only_tables() -> Iterator[None]:
    """Between transactional tests every table is emptied; the triggers that forbid it are for everyone else.

    Only tables with rows are, by DELETE: to truncate all takes most of a second, and these are hundreds of tests. Apps
    go from the top of the house down: what a chain names may not go before the chain.
    A server process that still answers the page before holds some rows and may want others, or writes one more: of
    the two PostgreSQL then refuses one, and when that is this one, it begins again, with every table.
    """
    sql_flush, flush = DatabaseOperations.sql_flush, DatabaseOperations.execute_sql_flush
    emit = flush_command.emit_post_migrate_signal
    every: list[str] = []

    def delete_rows(self: DatabaseOperations, style: Any, tables: list[str], **_options: bool) -> list[str]:
        from_the_top = list(reversed(dict.fromkeys([*_tables_of_apps(), *tables])))
        names = [self.quote_name(one) for one in from_the_top if one in tables and one not in _STAYS]
        every[:] = [f"DELETE FROM {name}" for name in names]  # noqa: S608
        # Names of our own tables.
        asked = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in names)  # noqa: S608
        with self.connection.cursor() as cursor:
            cursor.execute(asked)
            return [f"DELETE FROM {name}" for (name,) in cursor]  # noqa: S608

    def flush_ignoring_triggers(self: DatabaseOperations, sql_list: list[str]) -> None:
        for tries_left in reversed(range(10)):
            try:
                with pgtrigger.ignore():
                    flush(self, sql_list)
                return
            except (OperationalError, IntegrityError) as error:
                if not tries_left or not isinstance(error.__cause__, DeadlockDetected | ForeignKeyViolation):
                    raise
                sql_list = every

    DatabaseOperations.sql_flush = delete_rows  # type: ignore[method-assign]
    DatabaseOperations.execute_sql_flush = flush_ignoring_triggers  # type: ignore[method-assign]
    flush_command.emit_post_migrate_signal = lambda *_args, **_options: None
    yield
    flush_command.emit_post_migrate_signal = emit
    DatabaseOperations.execute_sql_flush = flush  # type: ignore[method-assign]
    DatabaseOperations.sql_flush = sql_flush  # type: ignore[method-assign]


@pytest.fixture(autouse=True, scope="session")
def _end_other_sessions(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A server process that is still saying good-bye must not keep the test database from being dropped."""
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename = current_user"
        )


@pytest.fixture
def now() -> datetime:
    """A Tuesday morning."""
    return datetime(2026, 11, 17, 10, 0, tzinfo=UTC)


@pytest.fixture
def house(db: None, now: datetime) -> factories.House:
    """A workflow with its people, queues, matrix, agent and cast; see `factories.House`."""
    return factories.build_house(now)


@pytest.fixture
def live_house(transactional_db: None, now: datetime) -> factories.House:
    """The same, committed: for tests with several connections."""
    return factories.build_house(now)


@pytest.fixture
def alice(house: factories.House) -> User:
    """A reviewer of every queue."""
    return house.alice


@pytest.fixture
def bob(house: factories.House) -> User:
    """Another reviewer of every queue."""
    return house.bob


@pytest.fixture
def olga(house: factories.House) -> User:
    """The workflow's benefit owner."""
    return house.olga


@pytest.fixture
def adam(house: factories.House) -> User:
    """An admin."""
    return house.adam


@pytest.fixture
def charlie(house: factories.House) -> User:
    """An outsider: may sign in, holds nothing."""
    return house.charlie


@pytest.fixture
def agent(house: factories.House) -> Agent:
    """The agent; its owner is Tina, the technical owner."""
    return house.agent


@pytest.fixture
def workflow(house: factories.House) -> Workflow:
    """Orders, in assisted stage."""
    return house.workflow


@pytest.fixture
def cancel_order(house: factories.House) -> ActionType:
    """A moderate, compensable action."""
    return house.cancel_order


@pytest.fixture
def standard(house: factories.House) -> Queue:
    """The queue of moderate actions."""
    return house.queues["standard"]
