"""Uploads and imports: all of a log or nothing, what is bad by its line, and who may."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from apps.accounts.policies import NotAllowed
from apps.audit.models import Event
from apps.outcomes import folding, importing, uploading
from apps.outcomes.live_log import live_log_of
from apps.outcomes.models import EventLog, ImportProgress, LogEvent, LogPart, MeasuredDay
from apps.outcomes.reading.rows import LogError
from apps.outcomes.states import LogStatus, LogUse, Measure
from tests import factories

GOOD = b"""case,activity,timestamp,resource
1,Open,2026-01-05T10:00:00Z,anna
1,Close,2026-01-05T12:00:00Z,bert
2,Open,2026-01-06T10:00:00Z,anna
2,Close,2026-01-06T11:00:00Z,anna
"""
Upload = Callable[..., EventLog]


def test_a_log_is_imported_whole(house: factories.House, imported: Upload) -> None:
    log = imported(GOOD)
    assert (log.status, log.events, log.cases, log.rows_read) == (LogStatus.READY, 4, 2, 4)
    assert list(
        LogEvent.objects.filter(log=log, case="1").order_by("at").values_list("activity", flat=True)
    ) == [
        "Open",
        "Close",
    ]
    assert not LogPart.objects.exists()
    assert not ImportProgress.objects.exists()
    assert not importing.import_next(now=house.now)


def test_one_bad_row_stops_the_import_and_is_told_by_its_line(
    house: factories.House, imported: Upload
) -> None:
    log = imported(GOOD + b"3,Open,tomorrow,anna\n,Open,2026-01-06T10:00:00Z,x\n")
    assert (log.status, log.rows_bad) == (LogStatus.FAILED, 2)
    assert "2 rows hold no event" in log.problem
    assert [(row.line, row.reason) for row in log.bad_rows.all()] == [
        (6, "'tomorrow' is no time"),
        (7, "the case is empty"),
    ]
    assert not LogEvent.objects.exists()
    # The file is still there: it can be imported without them.
    uploading.queue_import(
        log_id=log.pk, mapping=log.mapping, leaves_bad_out=True, by=house.olga, now=house.now
    )
    importing.import_next(now=house.now)
    log.refresh_from_db()
    assert (log.status, log.events, log.rows_bad, log.bad_rows.count()) == (LogStatus.READY, 4, 2, 2)


def test_what_breaks_off_leaves_nothing(house: factories.House, imported: Upload) -> None:
    rows = b"3,Open,2026-01-06T10:00:00Z,x\n" * 50_000
    log = imported(GOOD + rows + b"3,\xff\xfe,2026-01-06T10:00:00Z,x\n")
    assert log.status == LogStatus.FAILED
    assert "UTF-8" in log.problem
    assert not LogEvent.objects.exists()


@pytest.mark.parametrize("use", LogUse)
def test_what_the_database_cannot_keep_fails_for_good_and_leaves_nothing(
    house: factories.House, imported: Upload, monkeypatch: Any, use: LogUse
) -> None:
    """The readers let nothing through that the database refuses; here they do, after 50,000 rows that are good."""
    monkeypatch.setattr("apps.outcomes.reading.rows.MOST_COST", Decimal(10) ** 30)
    rows = b"3,Open,2026-01-06T10:00:00Z,1.5\n" * 50_000
    log = imported(b"case,activity,timestamp,cost\n" + rows + b"3,Open,2026-01-06T10:00:00Z,1e20\n", use=use)
    assert log.status == LogStatus.FAILED
    assert log.problem == (
        "The database cannot keep what stands in it (numeric field overflow). Nothing was imported."
    )
    assert not LogEvent.objects.exists()
    assert not ImportProgress.objects.exists()
    assert log.parts.exists()
    assert Event.objects.filter(verb="event_log.not_imported").count() == 1
    assert not importing.import_next(now=house.now)


def test_amounts_are_imported_with_their_events(house: factories.House, imported: Upload) -> None:
    log = imported(
        b"case,activity,timestamp,cost\n1,Open,2026-01-06T10:00:00Z,1.5\n1,Close,2026-01-06T10:00:00Z,\n"
    )
    assert log.mapping["cost"] == "cost"
    assert list(LogEvent.objects.order_by("id").values_list("cost", flat=True)) == [Decimal("1.5"), None]


@pytest.mark.parametrize(
    ("data", "filename", "told"),
    [
        (b"", "log.csv", "The file is empty"),
        (b"a,b\n", "log.csv", "has to name the columns"),
        (GOOD, "log.xlsx", "ends with .csv or .xes"),
        (GOOD, "log.xes", "no XES"),
    ],
)
def test_what_is_no_log_at_first_sight_is_not_kept(
    house: factories.House, upload: Upload, data: bytes, filename: str, told: str
) -> None:
    with pytest.raises(LogError, match=told):
        upload(data, filename=filename)
    assert not EventLog.objects.exists()


def test_a_name_stands_for_one_log(house: factories.House, upload: Upload) -> None:
    upload(GOOD)
    with pytest.raises(LogError, match="of this name already"):
        upload(GOOD)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"zone": "Mars/Olympus"}, "no time zone"),
        ({"order": "backwards"}, "how times are written"),
        ({"case": ""}, "Choose the columns"),
        ({"resource": "case"}, "chosen twice"),
    ],
)
def test_a_mapping_that_cannot_be_meant_is_refused(
    house: factories.House, upload: Upload, changes: dict[str, str], told: str
) -> None:
    log = upload(GOOD)
    with pytest.raises(LogError, match=told):
        uploading.queue_import(
            log_id=log.pk, mapping=log.mapping | changes, leaves_bad_out=False, by=house.olga, now=house.now
        )
    log.refresh_from_db()
    assert log.status == LogStatus.UPLOADED


@pytest.mark.parametrize("person", ["alice", "charlie", "tina", "gina"])
def test_others_upload_and_import_nothing(house: factories.House, upload: Upload, person: str) -> None:
    log = upload(GOOD)
    by = getattr(house, person)
    with pytest.raises(NotAllowed):
        uploading.queue_import(log_id=log.pk, mapping=log.mapping, leaves_bad_out=False, by=by, now=house.now)
    with pytest.raises(NotAllowed):
        uploading.upload(
            workflow=house.workflow,
            name="other",
            use=LogUse.BASELINE,
            filename="x.csv",
            chunks=[GOOD],
            by=by,
            now=house.now,
        )


def test_later_events_join_the_live_process_once(
    house: factories.House, imported: Upload, kpi: Callable[..., Any]
) -> None:
    version = kpi(Measure.CYCLE_TIME)
    log = imported(GOOD, use=LogUse.LIVE)
    live = live_log_of(house.workflow)
    assert (log.events, log.cases) == (4, 2)
    assert LogEvent.objects.filter(log=live).count() == 4
    assert folding.fold_touched(now=house.now) == 2
    assert list(MeasuredDay.objects.filter(version=version).order_by("day").values_list("n", "total")) == [
        (1, 7200.0),
        (1, 3600.0),
    ]


def test_progress_is_seen_while_the_import_is_not(
    house: factories.House, upload: Upload, monkeypatch: Any
) -> None:
    """What the other connection wrote is there while the import still runs."""
    monkeypatch.setattr(importing, "_TELL_EVERY", 2)
    seen: list[int] = []
    tell = importing._Telling.tell

    def told(self: importing._Telling, bytes_read: int) -> None:
        tell(self, bytes_read)
        with connection.cursor() as cursor:
            cursor.execute("SELECT rows_read FROM outcomes_importprogress")
            seen.extend(row for (row,) in cursor.fetchall())

    monkeypatch.setattr(importing._Telling, "tell", told)
    log = upload(GOOD)
    uploading.queue_import(
        log_id=log.pk, mapping=log.mapping, leaves_bad_out=False, by=house.olga, now=house.now
    )
    importing.import_next(now=house.now)
    assert seen == [0, 2, 4]
