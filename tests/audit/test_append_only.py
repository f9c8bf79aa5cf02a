"""The log refuses change in raw SQL, for its owner and for an ordinary database role."""

from collections.abc import Iterator
from datetime import datetime
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from apps.audit import actions
from apps.audit.models import Event

CHANGES = [
    "UPDATE audit_event SET actor_name = 'somebody else'",
    "DELETE FROM audit_event",
    "TRUNCATE audit_event",
    "TRUNCATE audit_event CASCADE",
]


@pytest.fixture
def event(db: None, now: datetime) -> Event:
    return actions.record(verb="task.claimed", now=now, subject=("task", uuid4()))


@pytest.mark.parametrize("statement", CHANGES)
def test_nothing_changes_an_event(event: Event, statement: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert Event.objects.get().actor_name == event.actor_name


def test_the_orm_does_not_either(event: Event) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        event.delete()
    event.actor_name = "somebody else"
    with pytest.raises(DatabaseError), transaction.atomic():
        event.save()
    with pytest.raises(DatabaseError), transaction.atomic():
        Event.objects.update(verb="nothing.happened")


@pytest.fixture
def application_role(event: Event) -> Iterator[None]:
    """The session as a role that may do everything with rows, and owns nothing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user")
        if not cursor.fetchone()[0]:
            pytest.skip("the role of this database may not make the ordinary role this test needs")
        cursor.execute("CREATE ROLE reviewhub_test_app NOLOGIN")
        cursor.execute("GRANT USAGE ON SCHEMA public TO reviewhub_test_app")
        cursor.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO reviewhub_test_app")
        cursor.execute("SET LOCAL ROLE reviewhub_test_app")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


@pytest.mark.usefixtures("application_role")
@pytest.mark.parametrize(
    "statement",
    [
        *CHANGES,
        "ALTER TABLE audit_event DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
        "DROP TABLE audit_event",
    ],
)
def test_an_ordinary_role_can_neither_change_events_nor_open_the_lock(statement: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert Event.objects.count() == 1


@pytest.mark.usefixtures("application_role")
def test_an_ordinary_role_can_add_events(now: datetime) -> None:
    actions.record(verb="task.released", now=now, subject=("task", uuid4()))
    assert Event.objects.count() == 2


def test_an_actor_is_a_person_an_agent_or_the_system(db: None, now: datetime) -> None:
    row = actions.event(verb="task.claimed", now=now, subject=("task", 1))
    row.actor_kind = "ghost"
    with pytest.raises(DatabaseError), transaction.atomic():
        row.save(force_insert=True)
