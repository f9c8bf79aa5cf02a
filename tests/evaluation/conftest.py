"""Judges that speak, people who answer, and the sweeper that counts both."""

import csv
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings

from apps.evaluation import folding
from apps.evaluation.judging import Said, judge
from apps.evaluation.models import JudgeScore
from apps.evaluation.scales import Measuring
from apps.evaluation.states import Scale
from tests import factories

DIGEST = "a" * 64


def said(verdict: str | None = "correct", **changes: Any) -> Said:
    """What a judge says: a verdict, unless told otherwise."""
    values: dict[str, Any] = {
        "name": "policy-judge",
        "version": "1",
        "measuring": Measuring(Scale.VERDICT),
        "verdict": verdict,
        "score": None,
        "reasons": "It is in the policy.",
        "prompt_sha256": DIGEST,
    }
    return Said(**values | changes)


@pytest.fixture
def says(house: factories.House) -> Callable[..., JudgeScore]:
    """Have a judge say something about a proposal."""

    def tell(proposal_id: UUID, verdict: str | None = "correct", **changes: Any) -> JudgeScore:
        return judge(proposal_id=proposal_id, said=said(verdict, **changes), by=house.agent, now=house.now)

    return tell


@pytest.fixture
def count(house: factories.House) -> Callable[[], int]:
    """Let the sweeper count everything that happened."""
    return lambda: folding.count_again(now=house.now + timedelta(minutes=10), limit=10_000)


@pytest.fixture(scope="session")
def real_judges() -> list[dict[str, str]]:
    """What judges and people said about the same failures. Skips where the folder is not there."""
    folder = Path(os.environ.get("REVIEWHUB_REAL_INPUTS") or settings.BASE_DIR.parent / "shared" / "data")
    file = folder / "llm_judge_vs_human_open.csv"
    if not file.is_file():
        pytest.skip(f"the real inputs are not here: {file} (REVIEWHUB_REAL_INPUTS names their folder)")
    with file.open(newline="") as lines:
        return list(csv.DictReader(lines))
