"""Finds and reads the real proposals, where they are."""

import json
import os
from pathlib import Path

from django.conf import settings

from tests.replay.mapping import Row

FILE = "proposals_open.jsonl"


def read_rows() -> list[Row] | None:
    """Every real proposal; None where the folder is not there."""
    folder = Path(os.environ.get("REVIEWHUB_REAL_INPUTS") or settings.BASE_DIR.parent / "shared" / "data")
    file = folder / FILE
    if not file.is_file():
        return None
    return [json.loads(line) for line in file.read_text().splitlines()]
