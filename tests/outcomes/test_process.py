"""The page of a process: drawn for every shape of log, told as a table, and only for who may see the workflow."""

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.audit.csv_files import plain
from apps.outcomes import folding
from apps.outcomes.live_log import Told, live_log_of, tell
from apps.outcomes.models import EventLog
from apps.outcomes.process.drawing import draw
from apps.outcomes.process.following import Pair
from apps.outcomes.process.laying import BOX_HEIGHT, BOX_WIDTH, lay
from apps.outcomes.templatetags.outcome_figures import NOTHING, lasting
from tests.factories import House
from tests.outcomes.test_importing import GOOD
from tests.outcomes.test_pages import _browser, _flat

_NODE = st.integers(0, 14).map(lambda number: ("do", f"{number:02}"))
_LINES = st.dictionaries(
    st.tuples(_NODE, _NODE).filter(lambda line: line[0] != line[1]), st.integers(1, 1000), max_size=45
)


@settings(max_examples=60, deadline=2000)
@given(lines=_LINES)
def test_any_graph_is_laid_out_with_boxes_apart(lines: dict) -> None:
    layout = lay(lines)
    places = list(layout.places.values())
    assert set(layout.places) == {node for line in lines for node in line}
    for at, (x, y) in enumerate(places):
        for other_x, other_y in places[at + 1 :]:
            assert abs(x - other_x) >= BOX_WIDTH or abs(y - other_y) >= BOX_HEIGHT
    assert set(layout.ways) == set(lines)
    for (first, second), way in layout.ways.items():
        # Each line begins at the edge of its first box and ends at that of its second.
        for node, (x, y) in ((first, way[0]), (second, way[-1])):
            box_x, box_y = layout.places[node]
            assert abs(x - box_x) < BOX_WIDTH / 2
            assert abs(abs(y - box_y) - BOX_HEIGHT / 2) < 0.01
        ys = [y for _, y in way]
        assert all(a <= b for a, b in pairwise(ys)) or all(a >= b for a, b in pairwise(ys))
    assert layout == lay(dict(reversed(lines.items())))


def test_what_is_alike_stands_in_the_same_place() -> None:
    before = [Pair("", "A", 9, 0, None), Pair("A", "B", 9, 0, 5.0), Pair("B", "C", 9, 0, 5.0)]
    now = [Pair("", "A", 4, 0, None), Pair("A", "C", 4, 0, 5.0), Pair("A", "A", 2, 0, 1.0)]
    (first, second), are_alike = draw([before, now], share=100)
    assert are_alike
    assert {box.name: (box.x, box.y) for box in first.boxes} == {
        box.name: (box.x, box.y) for box in second.boxes
    }
    assert {box.name: box.n for box in second.boxes} == {"": 4, "A": 6, "B": 0, "C": 4}
    assert next(box for box in second.boxes if box.name == "A").again == now[2]
    other = [Pair("", "X", 4, 0, None), Pair("X", "Y", 4, 0, 5.0)]
    maps, are_alike = draw([before, other], share=100)
    assert not are_alike
    assert {box.name for box in maps[1].boxes} == {"", "X", "Y"}


def test_labels_stand_beside_their_lines_and_apart() -> None:
    names = ("", "Ask", "Look", "Answer", "Close", "")
    pairs = [Pair(*names[at : at + 2], 420, 9.0, 8 * 3600.0 if 0 < at < 4 else None) for at in range(5)]
    ((drawn,), _together) = draw([pairs], share=100)
    assert len(drawn.arrows) == 5
    assert {arrow.anchor for arrow in drawn.arrows} <= {"start", "end"}
    for arrow in drawn.arrows:
        across = float(arrow.path.split(",")[0].removeprefix("M"))
        assert abs(arrow.label_x - across) >= 7
    assert len({round(arrow.label_y) for arrow in drawn.arrows}) == 5


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (None, NOTHING),
        (0, "0 s"),
        (59, "59 s"),
        (90, "2 min"),
        (7200, "2.0 h"),
        (86_400 * 30, "30.0 d"),
        (86_400 * 4000, "4,000 d"),
    ],
)
def test_how_long_is_told_in_the_unit_that_fits(seconds: float | None, told: str) -> None:
    assert lasting(seconds) == told


def test_no_spreadsheet_takes_a_name_for_a_formula() -> None:
    assert [plain(value) for value in ("\uff1d1", "=1+1", "@x", "-5", "ok", -5, None)] == [
        "'\uff1d1",
        "'=1+1",
        "'@x",
        "'-5",
        "ok",
        -5,
        None,
    ]


def _live(house: House) -> EventLog:
    log = live_log_of(house.workflow)
    told = []
    for number in range(40):
        at = house.now - timedelta(days=number % 30, hours=5)
        told += [
            Told(f"#{number}", "Open", at, "a", f"{number}-o"),
            Told(f"#{number}", "=Check <b>", at + timedelta(hours=1), "a", f"{number}-m"),
            Told(f"#{number}", "Close", at + timedelta(hours=3), "b", f"{number}-c"),
        ]
    tell(log, told)
    folding.fold_touched(now=house.now, limit=10_000)
    return log


def test_before_and_now_stand_beside_each_other(house: House, imported: Callable[..., EventLog]) -> None:
    before, live = imported(GOOD), _live(house)
    olga = _browser(house.olga)
    with CaptureQueriesContext(connection) as queries:
        page = olga.get("/outcomes/orders/process/?share=100")
    assert len(queries) <= 30
    text = _flat(page)
    assert "“=Check &lt;b&gt;” to “Close”: 40 times 2.0 h is 3.4 d, the longest wait in all." in text
    assert "“Open” to “Close”: 2 times 1.5 h is 3.0 h, the longest wait in all." in text
    assert f'href="/outcomes/log/{live.pk}/cases/?before=%3DCheck%20%3Cb%3E&amp;after=Close"' in page.text
    cases = olga.get(f"/outcomes/log/{live.pk}/cases/", {"before": "=Check <b>", "after": "Close"})
    assert f"/outcomes/log/{live.pk}/case/?case=%237" in cases.text
    assert (
        "There is no such case"
        in olga.get(f"/outcomes/log/{before.pk}/cases/", {"before": "No", "after": ""}).text
    )
    table = olga.get("/outcomes/orders/process.csv?share=100").content.decode().splitlines()
    assert table[0] == "log,from,to,times,median seconds,bottleneck"
    assert "before,Open,Close,2,5400,yes" in table
    assert any(line.startswith("now,'=Check <b>,Close,40,") for line in table)


def test_a_workflow_without_events_says_what_to_do(house: House) -> None:
    assert "Upload an event log" in _browser(house.olga).get("/outcomes/orders/process/").text


def test_an_address_that_means_nothing(house: House, imported: Callable[..., EventLog]) -> None:
    log = imported(GOOD)
    olga = _browser(house.olga)
    assert '<option value="90" selected' in _flat(olga.get("/outcomes/orders/process/?share=12"))
    assert olga.get("/outcomes/orders/process/?log=99999").status_code == 404
    assert olga.get("/outcomes/nowhere/process/").status_code == 404
    assert olga.get(f"/outcomes/log/{log.pk}/cases/").status_code == 404
    assert olga.get(f"/outcomes/log/{log.pk}/cases/?before=%00").status_code == 404


def test_others_do_not_see_it(house: House, imported: Callable[..., EventLog]) -> None:
    log = imported(GOOD)
    charlie = _browser(house.charlie)
    for address in (
        "/outcomes/orders/process/",
        "/outcomes/orders/process.csv",
        f"/outcomes/log/{log.pk}/cases/?after=Open",
    ):
        assert charlie.get(address).status_code in (403, 404)
