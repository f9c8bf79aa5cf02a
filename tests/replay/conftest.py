"""The real inputs, where they are."""

import pytest

from tests.replay.inputs import FILE, read_rows
from tests.replay.mapping import Row


@pytest.fixture(scope="session")
def rows() -> list[Row]:
    """Every real proposal. Skips where the folder is not there."""
    found = read_rows()
    if found is None:
        pytest.skip(f"the real inputs are not here: {FILE} (REVIEWHUB_REAL_INPUTS names their folder)")
    return found
