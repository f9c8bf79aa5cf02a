"""A sealer is killed at every moment: before each statement, before and after each commit.

Nothing is half done, no event is sealed twice, and every head reaches the file.
"""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from uuid import UUID

import pgtrigger
import pytest
from django.utils import timezone
from pytest_django import Settings

from apps.audit import actions
from apps.audit.chaining import unpacked
from apps.audit.ids import uuid7_at
from apps.audit.models import Event, Seal
from apps.audit.sealing import seal_due
from apps.audit.verifying import verify
from tests.faults.conftest import Victims


def write_three(made: datetime, now: datetime) -> None:
    """Older than the fence will be, and newer than what was sealed last."""
    events = [actions.event(verb="task.claimed", now=now, subject=("task", number)) for number in range(3)]
    for number, event in enumerate(events):
        event.pk = uuid7_at(made + timedelta(seconds=number))
    with pgtrigger.ignore("audit.Event:late_comes_after_what_is_sealed"):
        actions.record_many(events)


@pytest.mark.usefixtures("transactional_db")
def test_a_sealer_killed_at_any_moment(
    make_victims: Callable[[], Victims],
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
    tmp_path: Path,
) -> None:
    heads = tmp_path / "heads"
    monkeypatch.setenv("REVIEWHUB_SEAL_FILE", str(heads))
    settings.REVIEWHUB_SEAL_FILE = str(heads)
    victims = make_victims()
    made = timezone.now() - timedelta(hours=2)
    for at in count(1):
        write_three(made + timedelta(minutes=at), now)
        ended = victims.do("seal_due", now=now, fault="kill", at=at)["ended"]
        assert verify().broken is None
        seal_due(now=now)
        assert verify().unsealed == 0
        if ended == "done":
            break
    assert at > 10
    sealed = [piece for seal in Seal.objects.all() for piece in unpacked(bytes(seal.ids), 16)]
    assert Counter(UUID(bytes=one) for one in sealed) == Counter(Event.objects.values_list("pk", flat=True))
    sent = {line.split()[2] for line in heads.read_text().splitlines()}
    assert sent == {seal.head_hex for seal in Seal.objects.all()}
