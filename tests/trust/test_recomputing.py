"""What is kept is what the ledger and the history say, of standings, slices and reviewers; any difference is found."""

from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from apps.trust.models import ReviewerQuality, Slice, Standing
from apps.trust.seeding import record_seed
from apps.trust.states import Basis
from tests import factories
from tests.trust import earning


def test_recompute_equals_stored_after_a_whole_life(house: factories.House) -> None:
    row = earning.supervised(house)
    earning.reviewed(house, row, 30, basis=Basis.AUDIT)
    earning.incident(house, row.pk)
    earning.reviewed(house, row, 13, basis=Basis.PAUSED)
    for _mistake in range(7):
        earning.incident(house, row.pk)
    earning.reviewed(house, row, 20, 3, confidence=0.92)
    call_command("trust_recompute", "--check")


def test_recompute_finds_a_changed_count(house: factories.House) -> None:
    row = earning.a_slice(house)
    earning.reviewed(house, row, 5)
    Standing.objects.update(n=[4, 0, 0, 0, 0])
    with pytest.raises(CommandError, match="1 difference"):
        call_command("trust_recompute", "--check")


@pytest.mark.parametrize("name", ["counted", "wrong", "not_counted", "judged", "refused", "seeds", "missed"])
def test_recompute_finds_a_changed_total_of_a_slice(
    house: factories.House, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    row = earning.a_slice(house)
    earning.reviewed(house, row, 5, 1)
    for was_missed in (True, False):
        record_seed(
            workflow=house.workflow,
            proposal_id=uuid4(),
            replay_id=uuid4(),
            by=house.alice,
            was_missed=was_missed,
            now=house.now,
        )
    call_command("trust_recompute", "--check")
    row.refresh_from_db()
    kept = getattr(row, name)
    Slice.objects.update(**{name: kept - 1 if name in ("missed", "not_counted") else kept + 1})
    with pytest.raises(CommandError, match="1 difference"):
        call_command("trust_recompute", "--check")
    assert f"{name} is" in capsys.readouterr().out


@pytest.mark.parametrize(
    "changed",
    [{"useful_n": 3}, {"useful_k": 1}, {"seen": [4, 0, 0, 0, 0]}, {"attempt": 2}, {"k": [1, 0, 0, 0, 0]}],
)
def test_recompute_finds_whatever_else_a_standing_keeps(
    house: factories.House, changed: dict[str, Any]
) -> None:
    row = earning.a_slice(house)
    earning.reviewed(house, row, 5)
    earning.reviewed(house, row, 2, basis=Basis.SHADOW)
    call_command("trust_recompute", "--check")
    Standing.objects.update(**changed)
    with pytest.raises(CommandError, match="1 difference"):
        call_command("trust_recompute", "--check")


def test_recompute_finds_a_changed_record_of_a_reviewer(house: factories.House) -> None:
    earning.a_slice(house)
    record_seed(
        workflow=house.workflow,
        proposal_id=uuid4(),
        replay_id=uuid4(),
        by=house.alice,
        was_missed=False,
        now=house.now,
    )
    ReviewerQuality.objects.update(missed=1)
    with pytest.raises(CommandError, match="1 difference"):
        call_command("trust_recompute", "--check")
