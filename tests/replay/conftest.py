"""The real inputs, where they are."""

import json
import os
from pathlib import Path

import pytest
from django.conf import settings

from tests.replay.mapping import Row

FILE = "proposals_open.jsonl"


@pytest.fixture(scope="session")
def rows() -> list[Row]:
    """Every real proposal. Skips where the folder is not there."""
    folder = Path(os.environ.get("REVIEWHUB_REAL_INPUTS") or settings.BASE_DIR.parent / "shared" / "data")
    file = folder / FILE
    if not file.is_file():
        pytest.skip(f"the real inputs are not here: {file} (REVIEWHUB_REAL_INPUTS names their folder)")
    return [json.loads(line) for line in file.read_text().splitlines()]
