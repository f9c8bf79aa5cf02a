"""Event logs as files of other tools: whole, in their languages, and only for who may read the log."""

import io
import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.accounts.models import User
from apps.audit.models import Event
from apps.audit.sentences import sentence
from apps.intake import examining
from apps.outcomes.exporting import ocel, table, xes
from apps.outcomes.exporting.actions import ExportError, export_log
from apps.outcomes.exporting.events import About, Happened, events_in
from apps.outcomes.folding import fold_touched
from apps.outcomes.live_log import Told, live_log_of, tell
from apps.outcomes.models import EventLog
from apps.outcomes.own_events import tell_own_events
from apps.outcomes.reading import delimited
from apps.outcomes.reading import xes as read_xes
from apps.outcomes.reading.rows import Row
from apps.outcomes.states import ExportFormat
from apps.proposals.states import Status
from apps.routing.states import Verb
from tests import factories
from tests.outcomes.test_importing import GOOD

# What XML can hold, and what an import keeps: without space around it.
_TEXT = (
    st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=12)
    | st.sampled_from(["a\nb", "a\tb", "a\rb", "\"<&>'", "]]>", "Prüfen", "=1+1"])
).map(str.strip)
_EVENT = st.builds(
    Happened,
    key=st.integers(1),
    case=st.sampled_from(["#1", "#2", "<Ä&>"]),
    activity=_TEXT.filter(bool),
    at=st.datetimes(datetime(1971, 1, 1), datetime(2199, 1, 1)).map(lambda at: at.replace(tzinfo=UTC)),
    resource=_TEXT,
    cost=st.none() | st.decimals(-9999, 10**9, places=6),
)
_EVENTS = st.lists(_EVENT, min_size=1, max_size=12).map(lambda some: sorted(some, key=lambda one: one.case))
_ABOUT = About(
    "7", "cancel", "Bot", "v1", "low", "reversible", 0.9, "assisted", "review", "approved", datetime.now(UTC)
)


def _rows(events: list[Happened]) -> list[tuple[Any, ...]]:
    return [(one.case, one.activity, one.at, one.resource, one.cost) for one in events]


@settings(max_examples=40)
@given(_EVENTS, _TEXT)
def test_what_is_written_as_xes_is_read_again_as_it_was(events: list[Happened], name: str) -> None:
    text = "".join(xes.written(name, events))
    found = list(read_xes.rows(io.BytesIO(text.encode()), {"zone": "UTC"}))
    assert all(isinstance(row, Row) for row in found)
    assert [(row.case, row.activity, row.at, row.resource, row.cost) for row in found] == _rows(events)


@settings(max_examples=40)
@given(st.text(max_size=8))
def test_what_xml_cannot_hold_is_still_read(activity: str) -> None:
    event = Happened(1, "#1", f"a{activity}b", datetime(2026, 1, 1, tzinfo=UTC), "")
    text = "".join(xes.written("", [event]))
    (row,) = read_xes.rows(io.BytesIO(text.encode()), {"zone": "UTC"})
    assert isinstance(row, Row)


@settings(max_examples=40)
@given(_EVENTS)
def test_what_is_written_as_a_table_is_read_again(events: list[Happened]) -> None:
    text = "".join(table.written(events))
    mapping = {
        "case": "case",
        "activity": "activity",
        "at": "timestamp",
        "resource": "resource",
        "cost": "cost",
    }
    found = list(
        delimited.rows(io.BytesIO(text.encode()), mapping | {"delimiter": ",", "order": "iso", "zone": "UTC"})
    )
    # What a spreadsheet would run has an apostrophe before it.
    assert [(row.case, row.activity.removeprefix("'"), row.at, row.cost) for row in found] == [
        (one.case, one.activity.removeprefix("'"), one.at, one.cost) for one in events
    ]


_TYPES = {"string": str, "float": float, "time": str}


def check_ocel(text: str) -> dict[str, Any]:
    """The rules of OCEL 2.0 in JSON: its schema, and what its specification asks of ids, types and references."""
    log = json.loads(text)
    assert set(log) == {"objectTypes", "eventTypes", "objects", "events"}
    types = {}
    for part in ("object", "event"):
        named = [kind["name"] for kind in log[f"{part}Types"]]
        assert len(set(named)) == len(named)
        types[part] = {
            kind["name"]: {one["name"]: one["type"] for one in kind["attributes"]}
            for kind in log[f"{part}Types"]
        }
    ids = [one["id"] for one in log["objects"]] + [one["id"] for one in log["events"]]
    assert len(set(ids)) == len(ids)
    objects = {one["id"] for one in log["objects"]}
    for part in ("object", "event"):
        for one in log[f"{part}s"]:
            declared = types[part][one["type"]]
            for attribute in one["attributes"]:
                assert isinstance(attribute["value"], _TYPES[declared[attribute["name"]]])
                assert part == "event" or datetime.fromisoformat(attribute["time"]).tzinfo
            for related in one["relationships"]:
                assert set(related) == {"objectId", "qualifier"}
                assert related["objectId"] in objects
                assert related["qualifier"]
            if part == "event":
                assert datetime.fromisoformat(one["time"]).tzinfo
                assert one["relationships"]
    return log


@settings(max_examples=40)
@given(_EVENTS, st.booleans())
def test_ocel_keeps_its_rules(events: list[Happened], is_told: bool) -> None:
    unique = [
        Happened(
            number,
            one.case,
            one.activity,
            one.at,
            one.resource,
            one.cost,
            _ABOUT if is_told and not number else None,
        )
        for number, one in enumerate(events)
    ]
    log = check_ocel("".join(ocel.written(unique)))
    assert len(log["events"]) == len(events)
    assert {one["id"] for one in log["objects"] if one["type"] == "case"} == {
        f"case:{event.case}" for event in events
    }


@pytest.fixture
def live(house: factories.House) -> EventLog:
    """A live log with a proposal that was answered, and three cases an agent reported, a month apart."""
    factories.proposal_at(house, Status.APPROVED)
    while tell_own_events(now=house.now + timedelta(hours=1)):
        pass
    log = live_log_of(house.workflow)
    told = []
    for number in range(3):
        at = house.now - timedelta(days=30 * number)
        told += [
            Told(f"#{number}", "Open", at - timedelta(days=2), "anna", f"{number}-o"),
            Told(f"#{number}", "Close", at, "bert <b>", f"{number}-c", Decimal("2.5")),
        ]
    tell(log, told)
    return log


def _exported(log: EventLog, by: Any, kind: ExportFormat, **period: Any) -> str:
    period = {"since": None, "until": None} | period
    found = export_log(log=log, format=kind, by=by, now=datetime.now(UTC), **period)
    return b"".join(found.pieces).decode()


def test_the_live_log_is_exported_with_its_proposals(house: factories.House, live: EventLog) -> None:
    with CaptureQueriesContext(connection) as asked:
        log = check_ocel(_exported(live, house.alice, ExportFormat.OCEL))
    assert len(asked) < 8
    (proposal,) = [one for one in log["objects"] if one["type"] == "proposal"]
    said = {one["name"]: one["value"] for one in proposal["attributes"]}
    assert (said["action"], said["status"], said["stage"]) == ("cancel_order", "approved", "assisted")
    about = [one for one in log["events"] if {"about"} & {rel["qualifier"] for rel in one["relationships"]}]
    assert {one["type"] for one in about} >= {"Proposed", "Taken", "Approved"}
    assert proposal["relationships"][0]["qualifier"] == "concerns"
    by = defaultdict(set)
    for one in log["events"]:
        for related in one["relationships"]:
            by[related["qualifier"]].add(related["objectId"])
    assert {"case:#0", "case:#1", "case:#2"} < by["of"]
    assert {"resource:anna", "resource:bert <b>"} < by["by"]


def test_a_period_takes_whole_cases(house: factories.House, live: EventLog) -> None:
    day = (house.now - timedelta(days=30)).date()
    found = list(events_in(live, since=day, until=day))
    assert [(one.case, one.activity) for one in found] == [("#1", "Open"), ("#1", "Close")]
    assert {one.case for one in events_in(live, until=day)} == {"#1", "#2"}
    with pytest.raises(ExportError, match="No event lies in this period"):
        _exported(live, house.olga, ExportFormat.XES, until=day - timedelta(days=400))
    with pytest.raises(ExportError, match="ends before it begins"):
        _exported(live, house.olga, ExportFormat.XES, since=day, until=day - timedelta(days=1))


def test_many_events_are_never_in_memory_as_a_whole(house: factories.House, live: EventLog) -> None:
    tell(live, [Told(f"c{n % 900}", "Step", house.now, "", f"m{n}") for n in range(5000)])
    found = export_log(
        log=live, format=ExportFormat.XES, since=None, until=None, by=house.olga, now=house.now
    )
    pieces = list(found.pieces)
    assert len(pieces) > 10
    assert max(map(len, pieces)) < 80_000


def test_who_may_read_the_log_takes_it_along_and_it_is_kept(
    house: factories.House, live: EventLog, imported: Callable[..., EventLog]
) -> None:
    url = f"/outcomes/log/{live.pk}/export/"
    alice, charlie = Client(), Client()
    alice.force_login(house.alice)
    charlie.force_login(house.charlie)
    assert charlie.post(url, {"format": "xes"}).status_code == 403
    assert alice.get(url).status_code == 405
    assert not Event.objects.filter(verb="event_log.exported").exists()
    for kind, ending in (("xes", "xes"), ("ocel", "ocel.json"), ("csv", "csv")):
        answer = alice.post(url, {"format": kind})
        assert f'"orders-live.{ending}"' in answer["Content-Disposition"]
        assert b"bert" in b"".join(answer.streaming_content)
    kept = Event.objects.filter(verb="event_log.exported").order_by("id")
    assert sentence(kept[0]) == "Alice took the event log live along as XES."
    refused = alice.post(url, {"format": "xes", "since": "2026-02-01", "until": "2026-01-01"})
    assert (refused.status_code, "ends before it begins" in refused.text) == (422, True)
    assert alice.post(url, {"format": "exe"}).status_code == 422
    assert 'id="export"' in alice.get(f"/outcomes/log/{live.pk}/").text
    before = imported(GOOD)
    answer = alice.post(f"/outcomes/log/{before.pk}/export/", {"format": "csv"})
    assert b"bert" in b"".join(answer.streaming_content)
    EventLog.objects.filter(pk=before.pk).update(status="uploaded")
    assert alice.post(f"/outcomes/log/{before.pk}/export/", {"format": "csv"}).status_code == 404


@pytest.fixture
def pm4py() -> Iterator[Any]:
    """PM4Py, where somebody has put it. Its own warnings about the libraries below it are not ours."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield pytest.importorskip("pm4py", reason="PM4Py is not installed; CONTRIBUTING says how to run this")


def test_pm4py_reads_both(house: factories.House, live: EventLog, pm4py: Any, tmp_path: Path) -> None:
    file = tmp_path / "live.xes"
    file.write_text(_exported(live, house.olga, ExportFormat.XES))
    frame = pm4py.read_xes(str(file))
    ours = list(events_in(live))
    assert sorted(zip(frame["case:concept:name"], frame["concept:name"], strict=True)) == sorted(
        (one.case, one.activity) for one in ours
    )
    assert {at.to_pydatetime() for at in frame["time:timestamp"]} == {one.at for one in ours}
    assert set(frame["org:resource"]) >= {"anna", "bert <b>"}
    assert set(frame["cost:total"].dropna()) == {2.5}
    file = tmp_path / "live.json"
    file.write_text(_exported(live, house.olga, ExportFormat.OCEL))
    log = pm4py.read_ocel2_json(str(file))
    assert len(log.events) == len(ours)
    assert sorted(pm4py.ocel_get_object_types(log)) == ["case", "proposal", "resource"]
    assert set(log.relations["ocel:qualifier"]) == {"of", "about", "by"}
    assert set(log.o2o["ocel:qualifier"]) == {"concerns"}
    proposal = log.objects[log.objects["ocel:type"] == "proposal"].iloc[0]
    assert proposal["action"] == "cancel_order"
    flat = pm4py.ocel_flattening(log, "case")
    assert set(flat["case:concept:name"]) == {f"case:{one.case}" for one in ours}


def test_the_last_day_there_is_ends_no_period(house: factories.House) -> None:
    log = live_log_of(house.workflow)
    tell(log, [Told("#1", "Paid", house.now, "", "one")])
    assert len(list(events_in(log, since=date.min, until=date.max))) == 1


@pytest.mark.django_db
def test_what_is_kept_from_who_may_look_again_is_in_no_log_for_them(house: factories.House) -> None:
    proposal = factories.settled(house, Verb.REJECT)
    tell_own_events(now=house.now + timedelta(hours=1))
    live = live_log_of(house.workflow)
    tell(live, [Told("other", "Paid", house.now, "", "one")])
    fold_touched(now=house.now)
    examining.open_ordered(now=house.now + timedelta(minutes=1))
    case = {"case": proposal.subject_id}
    step = {"before": "Taken", "after": "Rejected"}

    def seen(person: User) -> list[bool]:
        browser = Client()
        browser.force_login(person)
        file = browser.post(f"/outcomes/log/{live.pk}/export/", {"format": "ocel"})
        return [
            "Rejected" in b"".join(file).decode(),  # type: ignore[arg-type]
            "Rejected" in browser.get(f"/outcomes/log/{live.pk}/case/", case).text,
            "Rejected" in browser.get(f"/outcomes/log/{live.pk}/case.csv", case).text,
            proposal.subject_id in browser.get(f"/outcomes/log/{live.pk}/cases/", step).text,
        ]

    assert seen(house.alice) == [True] * 4
    assert seen(house.bob) == [False] * 4
