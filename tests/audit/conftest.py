"""A log that is sealed at once: nothing is too fresh."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from apps.audit import actions, sealing
from apps.audit.models import Event

Write = Callable[..., list[Event]]


@pytest.fixture
def at_once_sealed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fence is a little ahead of the clock, so that what was just written lies below it."""
    monkeypatch.setattr(sealing, "_FENCE_BEHIND", timedelta(milliseconds=-50))


@pytest.fixture
def write(now: datetime) -> Write:
    """Writes so many events; as they are in the database, in order."""

    def written(count: int = 1, **fields: object) -> list[Event]:
        before = set(Event.objects.values_list("pk", flat=True))
        data = {"subject": ("task", 7, "Refund to Bob"), "data": {"n": 1, "who": "Bob"}, **fields}
        actions.record_many(
            actions.event(verb="task.claimed", now=now, **data)  # type: ignore[arg-type]
            for _number in range(count)
        )
        return list(Event.objects.exclude(pk__in=before).order_by("pk"))

    return written
