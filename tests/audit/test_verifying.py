"""`manage.py audit_verify`: whatever somebody does who can switch the triggers off, the first broken thing is named."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from io import StringIO
from typing import Any
from uuid import UUID

import pgtrigger
import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection
from pytest_django import Settings

from apps.audit import actions, sealing
from apps.audit.append_only import passing
from apps.audit.chaining import head_of, packed, unpacked
from apps.audit.leaf_rows import _SQL
from apps.audit.leaves import Columns, erasure
from apps.audit.merkle import root
from apps.audit.models import BEGINNING, Event, Seal
from apps.audit.sealing import seal_due
from apps.audit.verifying import verify
from tests.audit.conftest import Write

pytestmark = pytest.mark.usefixtures("db", "at_once_sealed")


@contextmanager
def superuser() -> Iterator[Callable[..., None]]:
    """Runs statements as somebody for whom no trigger and no constraint fires."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("ALTER TABLE audit_event DROP CONSTRAINT IF EXISTS audit_event_salted_or_erased")
        cursor.execute("ALTER TABLE audit_event DROP CONSTRAINT IF EXISTS audit_event_actor_kind")
        cursor.execute("ALTER TABLE audit_event DROP CONSTRAINT IF EXISTS audit_event_after_beginning")
        yield cursor.execute
        cursor.execute("SET LOCAL session_replication_role = origin")


@pytest.fixture
def log(write: Write, now: datetime, monkeypatch: pytest.MonkeyPatch) -> list[Event]:
    """Nine events in seals of three, and one that is not sealed yet."""
    monkeypatch.setattr(sealing, "BLOCK", 3)
    events = write(9, workflow_id=1, proposal_id=UUID(int=5))
    assert seal_due(now=now) == 9
    write()
    return events


def told(*options: str) -> str:
    """What the command says when nothing is broken."""
    said = StringIO()
    call_command("audit_verify", *options, stdout=said)
    return said.getvalue()


def broken(*options: str) -> str:
    """What it says when something is; it then ends with exit code 1."""
    with pytest.raises(CommandError) as failed:
        call_command("audit_verify", *options, stdout=StringIO())
    assert failed.value.returncode == 1
    return str(failed.value)


def test_a_whole_log_is_counted_and_its_head_is_told(log: list[Event]) -> None:
    head = bytes(Seal.objects.get(number=3).head).hex()
    assert told() == (
        "3 seals verified: 9 events are as they were sealed. 1 are not sealed yet.\n"
        f"Seal 3 has the head {head}\n"
    )
    assert told("--since", "3", "--head", head).startswith("1 seals verified: 3 events")
    assert told("--head", bytes(Seal.objects.get(number=1).head).hex())


def test_an_empty_log_is_whole() -> None:
    assert told().startswith("0 seals verified: 0 events")


def test_a_superusers_update_of_one_old_row_is_found(log: list[Event]) -> None:
    with superuser() as execute:
        execute("UPDATE audit_event SET actor_name = 'Mallory' WHERE id = %s", [log[4].pk])
    assert broken() == f"changed row: event {log[4].pk} is not as seal 2 has it."
    assert told("--since", "3"), "a later part is still as it was"


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("at", "at + interval '1 microsecond'"),
        ("at", "'infinity'"),
        ("at", "'0044-03-15 BC'"),
        ("verb", "'task.released'"),
        ("actor_kind", "'agent'"),
        ("actor_id", "'8'"),
        ("actor_name", "''"),
        ("subject_kind", "'taskk'"),
        ("subject_id", "'8'"),
        ("subject_label", "subject_label || ' '"),
        ("workflow_id", "NULL"),
        ("workflow_id", "9007199254740993"),
        ("proposal_id", "NULL"),
        ("data", "data || '{\"n\": 2}'"),
        ("data", "data - 'who'"),
        ("data", "'{}'"),
        ("data", "'7'"),
        ("data", "(repeat('[', 5000) || repeat(']', 5000))::jsonb"),
        ("salt", "gen_random_uuid()"),
        ("salt", "NULL"),
        ("erased", "'{}'"),
        ("erased", "'[7]'"),
        ("salt", "NULL, erased = '{}'"),
        ("salt", "NULL, erased = '[7]'"),
    ],
)
def test_a_change_of_any_column_is_found(log: list[Event], column: str, value: str) -> None:
    with superuser() as execute:
        execute(f"UPDATE audit_event SET {column} = {value} WHERE id = %s", [log[5].pk])  # noqa: S608
    assert broken() == f"changed row: event {log[5].pk} is not as seal 2 has it."


def test_a_removed_row_is_named(log: list[Event]) -> None:
    with superuser() as execute:
        execute("DELETE FROM audit_event WHERE id = ANY(%s)", [[log[3].pk, log[7].pk]])
    assert broken() == f"missing row: event {log[3].pk} of seal 2 is not there any more."


@pytest.mark.parametrize("before", [0, 3, 5])
def test_a_row_put_among_sealed_ones_is_named(log: list[Event], before: int) -> None:
    forged = UUID(int=log[before].pk.int - 1)
    with superuser() as execute:
        execute(
            "INSERT INTO audit_event SELECT (jsonb_populate_record(e, jsonb_build_object('id', %s::text))).*"
            " FROM audit_event e WHERE id = %s",
            [str(forged), log[0].pk],
        )
    seal = before // 3 + 1
    assert broken() == (
        f"added row: event {forged} stands among the events of seal {seal}, which does not have it."
    )


def test_a_row_before_all_others_is_named_and_nobody_can_write_one(log: list[Event]) -> None:
    late = "audit.Event:late_comes_after_what_is_sealed"
    with pytest.raises(IntegrityError, match="audit_event_after_beginning"), passing(late):
        Event.objects.create(id=BEGINNING, at=log[0].at, verb="x", actor_kind="system")
    with superuser() as execute:
        execute("UPDATE audit_event SET id = %s WHERE id > %s", [BEGINNING, log[8].pk])
    assert broken() == (
        f"added row: event {BEGINNING} stands among the events of seal 1, which does not have it."
    )


def test_rows_that_changed_places_are_found(log: list[Event]) -> None:
    one, other = log[1].pk, log[8].pk
    with superuser() as execute:
        for old, new in ((one, BEGINNING), (other, one), (BEGINNING, other)):
            execute("UPDATE audit_event SET id = %s WHERE id = %s", [new, old])
    assert broken() == f"changed row: event {one} is not as seal 1 has it."


@pytest.mark.parametrize(
    "change",
    [
        "count = count + 1",
        "sealed_at = sealed_at + interval '1 second'",
        "sealed_at = 'infinity'",
        "first_id = last_id",
        "ids = substr(ids, 1, 40)",
        "ids = ''",
        "leaves = substr(leaves, 1, 64)",
        "leaves = substr(leaves, 33) || substr(leaves, 1, 32)",
        "root = head",
        "previous = root",
        "head = root",
        "key = root",
    ],
)
def test_a_changed_seal_is_named(log: list[Event], change: str) -> None:
    with superuser() as execute:
        execute(f"UPDATE audit_seal SET {change} WHERE number = 2")  # noqa: S608
    assert broken() == "seal changed: seal 2 does not fit its own hash, or the seal before it."


@pytest.mark.parametrize("number", [1, 2])
def test_a_missing_seal_is_named(log: list[Event], number: int) -> None:
    with superuser() as execute:
        execute("DELETE FROM audit_seal WHERE number = %s", [number])
    assert broken() == f"seal missing: seal {number} is not there any more."
    assert broken("--since", str(number + 1)) == f"seal missing: seal {number} is not there any more."


def test_a_seal_made_anew_without_the_key_is_named(log: list[Event], now: datetime) -> None:
    """Somebody changes a row, and makes the seal and all after it anew, as well as they can."""
    with superuser() as execute:
        execute("UPDATE audit_event SET verb = 'nothing.happened' WHERE id = %s", [log[4].pk])
        previous = bytes(Seal.objects.get(number=1).head)
        for seal in Seal.objects.filter(number__gt=1).order_by("number"):
            ids = [UUID(bytes=piece) for piece in unpacked(bytes(seal.ids), 16)]
            leaves = [
                row.leaf
                for row in sealing.read_leaves(after=UUID(int=ids[0].int - 1), until=ids[-1], limit=3)
            ]
            head = head_of(
                number=seal.number,
                ids=ids,
                root=root(leaves),
                previous=previous,
                key=bytes(seal.key),
                sealed_at=now,
            )
            execute(
                "UPDATE audit_seal SET ids = %s, leaves = %s, root = %s, previous = %s, head = %s, sealed_at = %s"
                " WHERE number = %s",
                [packed(ids), b"".join(leaves), root(leaves), previous, head, now, seal.number],
            )
            previous = head
    assert broken().startswith("signature wrong: seal 2 was not signed by a key of this installation")


def test_a_tail_that_was_cut_off_with_its_seals_is_found_by_a_head_kept_elsewhere(
    log: list[Event], write: Write, now: datetime
) -> None:
    kept = bytes(Seal.objects.get(number=3).head).hex()
    with superuser() as execute:
        execute("DELETE FROM audit_event WHERE id > %s", [log[5].pk])
        execute("DELETE FROM audit_seal WHERE number = 3")
    assert told(), "nothing in the database says that there was more"
    truncated = "none has the head you gave: seals were removed from the end, or made anew."
    assert broken("--head", kept) == f"truncated: the newest seal is 2, and {truncated}"
    write(3)
    seal_due(now=now)
    assert broken("--head", kept) == f"truncated: the newest seal is 3, and {truncated}"


def test_seals_of_an_old_secret_key_hold_while_it_or_its_public_key_is_given(
    log: list[Event], write: Write, now: datetime, settings: Settings
) -> None:
    old = settings.SECRET_KEY
    public = bytes(Seal.objects.get(number=1).key).hex()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 50, [old]
    write()
    seal_due(now=now)
    assert told().startswith("4 seals verified")
    settings.SECRET_KEY_FALLBACKS = []
    assert broken().startswith("signature wrong: seal 1")
    settings.REVIEWHUB_SEAL_KEYS = [public]
    assert told().startswith("4 seals verified")


def test_personal_data_can_be_erased_and_the_log_still_verifies(log: list[Event]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [log[3].pk, log[4].pk, 1])
        (found,) = cursor.fetchall()
    with pgtrigger.ignore("audit.Event:append_only_rows"):
        Event.objects.filter(pk=log[4].pk).update(
            data={}, subject_label="", salt=None, erased=erasure(Columns(*found), ["data", "subject_label"])
        )
    assert broken() == (
        f"emptied row: event {log[4].pk} of seal 2 was emptied like an erased one,"
        " and no event of an erasure accounts for it."
    )
    actions.record(
        verb="proposal.erased", now=log[4].at, subject=("proposal", 4), data={"events_of": [str(UUID(int=5))]}
    )
    assert "9 events are as they were sealed, 1 of them with erased personal data." in told()
    with superuser() as execute:
        execute("UPDATE audit_event SET subject_label = 'Somebody else' WHERE id = %s", [log[4].pk])
    assert broken().startswith(f"changed row: event {log[4].pk}")


def test_the_memory_it_takes_does_not_grow_with_the_log(log: list[Event]) -> None:
    """One seal and its events at a time: twice the seals are twice the statements, none of them bigger."""
    sizes: list[int] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        sizes.append(context["cursor"].rowcount)
        return result

    with connection.execute_wrapper(watch):
        verify()
    assert max(sizes) <= 3


@pytest.mark.parametrize(
    "wrong",
    [["--since", "0"], ["--since", "x"], ["--head", "12"], ["--head", "zz" * 32], ["--since", "9" * 30]],
)
def test_what_cannot_be_meant_is_refused(wrong: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("audit_verify", *wrong)
