"""Following the log: whatever is committed late is read, also where the log is read in pieces."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.audit.following import read_on
from apps.audit.ids import uuid7_at
from apps.audit.models import Event
from apps.quality.models import CountedUntil

pytestmark = pytest.mark.django_db


def _event(ago: timedelta) -> Event:
    at = timezone.now() - ago
    return Event.objects.create(
        id=uuid7_at(at), at=at, verb="x", actor_kind="system", actor_name="ReviewHub", subject_kind="x"
    )


def _read(limit: int = 2) -> list[Event]:
    """What one sweep reads, in pieces."""
    read: list[Event] = []
    while read_on(CountedUntil, verbs=["x"], act=read.extend, limit=limit):
        pass
    return read


def test_each_event_is_read_in_its_order() -> None:
    events = [_event(timedelta(hours=hours)) for hours in (5, 4, 3, 2, 1)]
    assert _read() == events
    assert _read() == []


def test_what_is_fresh_is_read_again_until_it_has_settled() -> None:
    _event(timedelta(hours=1))
    fresh = _event(timedelta(minutes=1))
    assert fresh in _read()
    assert _read() == [fresh]


def test_what_was_committed_behind_a_piece_is_read_however_late_the_next_piece_comes() -> None:
    pieces = [_event(timedelta(minutes=minutes)) for minutes in (12, 11)]
    read_on(CountedUntil, verbs=["x"], act=lambda _events: None, limit=2)
    # As if the piece had been read when its last event was new, and nobody read on for a while.
    mark = CountedUntil.objects.get()
    mark.surely, mark.read_to = uuid7_at(timezone.now() - timedelta(minutes=21)), pieces[-1].pk
    mark.save()
    late = _event(timedelta(minutes=11, seconds=30))
    _read()
    assert late in _read()
    assert _read() == []
