"""Sealing: every event in exactly one seal, whoever writes, seals, waits or comes late at the same time."""

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from pytest_django import Settings

from apps.audit import actions, outside, sealing
from apps.audit.chaining import NOTHING, unpacked
from apps.audit.ids import uuid7_at
from apps.audit.merkle import root
from apps.audit.models import Event, Seal, SealMark
from apps.audit.seal_keys import is_signed, public_keys
from apps.audit.sealing import seal_due
from apps.audit.verifying import verify
from apps.delivery.models import OutboxEvent
from tests.audit.conftest import Write
from tests.together import at_once
from tests.waiting import until


def sealed_ids() -> list[UUID]:
    return [
        UUID(bytes=piece)
        for seal in Seal.objects.order_by("number")
        for piece in unpacked(bytes(seal.ids), 16)
    ]


def event_ids() -> list[UUID]:
    return list(Event.objects.order_by("pk").values_list("pk", flat=True))


@pytest.mark.usefixtures("db", "at_once_sealed")
def test_a_seal_says_what_it_holds_and_what_came_before(
    write: Write, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "BLOCK", 3)
    events = write(4)
    assert seal_due(now=now) == 4
    assert seal_due(now=now) == 0
    first, second = Seal.objects.order_by("number")
    assert (first.number, first.count, first.first_id, first.last_id) == (1, 3, events[0].pk, events[2].pk)
    assert (second.number, second.count, second.first_id) == (2, 1, events[3].pk)
    assert (bytes(first.previous), bytes(second.previous)) == (NOTHING, bytes(first.head))
    assert bytes(first.root) == root(unpacked(bytes(first.leaves), 32))
    assert bytes(first.key) == public_keys()[0]
    assert is_signed(bytes(first.head), key=bytes(first.key), signature=bytes(first.signature))
    assert sealed_ids() == event_ids()


@pytest.mark.usefixtures("db")
def test_what_is_fresh_waits(write: Write, now: datetime) -> None:
    write()
    assert seal_due(now=now) == 0
    assert verify().unsealed == 1


@pytest.mark.usefixtures("db", "at_once_sealed")
@pytest.mark.parametrize(
    "change", ["UPDATE audit_seal SET count = 2", "DELETE FROM audit_seal", "TRUNCATE audit_seal"]
)
def test_nothing_changes_a_seal(write: Write, now: datetime, change: str) -> None:
    write()
    seal_due(now=now)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


@pytest.mark.usefixtures("db", "at_once_sealed")
def test_whoever_comes_late_comes_after_what_is_sealed_and_keeps_the_order(
    write: Write, now: datetime
) -> None:
    """Few rows go by INSERT, many by COPY."""
    write(2)
    seal_due(now=now)
    for count in (5, 50):
        until(lambda: uuid7_at(timezone.now()) > SealMark.objects.get().fence)
        long_ago = timezone.now() - timedelta(hours=3)
        late = [actions.event(verb="task.claimed", now=now, subject=("task", n)) for n in range(count)]
        for number, event in enumerate(late):
            event.pk = uuid7_at(long_ago + timedelta(minutes=number))
        actions.record_many(late)
        assert Event.objects.filter(pk__in=[event.pk for event in late]).count() == 0
        came = Event.objects.order_by("pk")[Event.objects.count() - count :]
        assert [event.subject_id for event in came] == [str(number) for number in range(count)]
        assert {event.pk.version for event in came} == {7}
        written = datetime.fromtimestamp((came[0].pk.int >> 80) / 1000, UTC)
        assert abs(written - timezone.now()) < timedelta(seconds=30)
        assert seal_due(now=now) == count
    assert sealed_ids() == event_ids()


@pytest.mark.usefixtures("db", "at_once_sealed")
def test_a_clock_that_was_set_back_still_lets_nothing_in_below_the_fence(write: Write, now: datetime) -> None:
    ahead = uuid7_at(timezone.now() + timedelta(hours=1))
    SealMark.objects.create(fence=ahead)
    (event,) = write()
    assert event.pk > ahead
    seal_due(now=now)
    assert SealMark.objects.get().fence == ahead


@pytest.mark.usefixtures("db", "at_once_sealed")
def test_any_data_has_a_leaf(write: Write, now: datetime) -> None:
    with connection.cursor() as cursor:
        for content in (
            '{"n": 9007199254740993, "m": 1e300}',
            f'{{"n": {"9" * 5000}}}',
            '{"x": 1.50}',
            "[]",
            "7",
        ):
            (event,) = write()
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute("UPDATE audit_event SET data = %s WHERE id = %s", [content, event.pk])
            cursor.execute("SET LOCAL session_replication_role = origin")
    assert seal_due(now=now) == 5
    assert verify().broken is None


@pytest.mark.usefixtures("transactional_db", "at_once_sealed")
def test_sealers_and_writers_at_once(write: Write, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "BLOCK", 7)
    write(100)

    def write_some() -> int:
        for number in range(40):
            with transaction.atomic():
                actions.record_many(
                    actions.event(verb="task.claimed", now=now, subject=("task", number)) for _ in range(3)
                )
        return 0

    def seal_some() -> int:
        return sum(seal_due(now=now) for _time in range(8))

    results = at_once([seal_some, write_some, seal_some, write_some, seal_some])
    assert all(isinstance(result, int) for result in results), results
    last = seal_due(now=now)
    assert sum(results) + last == 100 + 240  # type: ignore[arg-type]  # no exceptions, as was just asserted
    assert Counter(sealed_ids()) == Counter(event_ids())
    assert verify().broken is None


@pytest.mark.usefixtures("transactional_db", "at_once_sealed")
def test_nothing_is_sealed_past_a_transaction_that_is_still_open(
    write: Write, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "_PATIENCE_SECONDS", 0.2)
    written, may_end = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            actions.record(verb="task.claimed", now=now, subject=("task", "slow"))
            written.set()
            may_end.wait(30)
        connection.close()

    writer = threading.Thread(target=slow)
    writer.start()
    assert written.wait(30)
    write(2)
    try:
        assert seal_due(now=now) == 0
    finally:
        may_end.set()
        writer.join(30)
    assert seal_due(now=now) == 3
    assert sealed_ids() == event_ids()


@pytest.mark.usefixtures("transactional_db", "at_once_sealed")
def test_one_sealer_waits_for_the_end_of_what_is_open(write: Write, now: datetime) -> None:
    written = threading.Event()

    def slow() -> None:
        with transaction.atomic():
            actions.record(verb="task.claimed", now=now, subject=("task", "slow"))
            written.set()
            threading.Event().wait(0.5)
        connection.close()

    writer = threading.Thread(target=slow)
    writer.start()
    assert written.wait(30)
    assert seal_due(now=now) == 1
    writer.join(30)


@pytest.mark.usefixtures("db", "at_once_sealed")
class TestOutside:
    def test_each_head_becomes_a_line(
        self, write: Write, now: datetime, settings: Settings, tmp_path: Path
    ) -> None:
        write()
        seal_due(now=now)
        settings.REVIEWHUB_SEAL_FILE = str(tmp_path / "heads")
        write()
        seal_due(now=now)
        seal_due(now=now)
        lines = (tmp_path / "heads").read_text().splitlines()
        assert [line.split()[0] for line in lines] == ["1", "2"], "also those from before the file was named"
        number, moment, head, signature, key = lines[1].split()
        assert datetime.fromisoformat(moment) == now
        assert is_signed(bytes.fromhex(head), key=bytes.fromhex(key), signature=bytes.fromhex(signature))
        assert verify(head=bytes.fromhex(head)).number == int(number)

    def test_a_file_that_cannot_be_written_stops_no_sealing_and_gets_all_later(
        self, write: Write, now: datetime, settings: Settings, tmp_path: Path
    ) -> None:
        settings.REVIEWHUB_SEAL_FILE = str(tmp_path / "away" / "heads")
        write()
        assert seal_due(now=now) == 1
        assert SealMark.objects.get().sent == 0
        (tmp_path / "away").mkdir()
        assert outside.send_heads() == 1
        assert outside.send_heads() == 0

    def test_a_webhook_is_told(self, write: Write, now: datetime) -> None:
        (event,) = write()
        seal_due(now=now)
        seal = Seal.objects.get()
        told = OutboxEvent.objects.get(type="reviewhub.audit.sealed.v1")
        assert told.subject_id == event.pk
        assert (told.data["number"], told.data["head"]) == (1, bytes(seal.head).hex())
