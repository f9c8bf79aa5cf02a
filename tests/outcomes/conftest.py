"""Event logs for the tests of outcomes: small ones written here, and the real ones where they are."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from apps.outcomes import importing, uploading
from apps.outcomes.kpi_setup import Meaning, save_kpi
from apps.outcomes.models import EventLog, KpiVersion
from apps.outcomes.states import Cadence, Direction, LogUse, Measure
from tests import factories


@pytest.fixture(scope="session")
def real_log() -> Callable[[str], bytes]:
    """The bytes of a real event log. Skips where the folder is not there."""

    def read(name: str) -> bytes:
        folder = Path(os.environ.get("REVIEWHUB_REAL_INPUTS") or settings.BASE_DIR.parent / "shared" / "data")
        file = folder / name
        if not file.is_file():
            pytest.skip(f"the real inputs are not here: {file} (REVIEWHUB_REAL_INPUTS names their folder)")
        return file.read_bytes()

    return read


def in_pieces(data: bytes, size: int = 1024 * 1024) -> list[bytes]:
    """As an upload brings them."""
    return [data[at : at + size] for at in range(0, len(data), size)]


@pytest.fixture
def upload(house: factories.House) -> Callable[..., EventLog]:
    """Upload a log as Olga, who answers for the workflow."""

    def make(
        data: bytes, *, name: str = "before", use: LogUse = LogUse.BASELINE, filename: str = "log.csv"
    ) -> EventLog:
        return uploading.upload(
            workflow=house.workflow,
            name=name,
            use=use,
            filename=filename,
            chunks=in_pieces(data),
            by=house.olga,
            now=house.now,
        )

    return make


@pytest.fixture
def imported(house: factories.House, upload: Callable[..., EventLog]) -> Callable[..., EventLog]:
    """Upload and import a log under its guessed mapping."""

    def make(data: bytes, *, leaves_bad_out: bool = False, **how: Any) -> EventLog:
        log = upload(data, **how)
        uploading.queue_import(
            log_id=log.pk, mapping=log.mapping, leaves_bad_out=leaves_bad_out, by=house.olga, now=house.now
        )
        assert importing.import_next(now=house.now)
        log.refresh_from_db()
        return log

    return make


@pytest.fixture
def kpi(house: factories.House) -> Callable[..., KpiVersion]:
    """A KPI of the orders, owned by Olga."""

    def make(measure: Measure, *, slug: str = "", **meaning: Any) -> KpiVersion:
        return save_kpi(
            workflow=house.workflow,
            slug=slug or measure.value.replace("_", "-"),
            name=measure.value,
            owner=house.olga,
            cadence=Cadence.MONTH,
            meaning=Meaning(measure, Direction.LOWER, "As it is said.", **meaning),
            by=house.adam,
            now=house.now,
        )

    return make
