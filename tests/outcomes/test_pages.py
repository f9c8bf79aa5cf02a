"""The pages of outcomes: what they show, who may change what, and that every error says what to do."""

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from apps.outcomes import folding
from apps.outcomes.changes import changes_in
from apps.outcomes.comparing import compare
from apps.outcomes.freezing import enter, freeze
from apps.outcomes.live_log import Told, live_log_of, tell
from apps.outcomes.models import Baseline, EventLog, Kpi, KpiVersion, Statement
from apps.outcomes.periods import finished
from apps.outcomes.reporting import enter_reading
from apps.outcomes.states import LogStatus, Measure
from apps.outcomes.tasks import import_logs
from apps.registry.models import Workflow
from tests.factories import House, publish_matrix
from tests.outcomes.test_importing import GOOD

Kpis = Callable[..., KpiVersion]


def _browser(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def _flat(answer: Any) -> str:
    return " ".join(answer.text.split())


def _cases(house: House, *, hours: float, n: int) -> None:
    log = live_log_of(house.workflow)
    told = []
    for number in range(n):
        at = house.now - timedelta(days=number % 60)
        told += [
            Told(f"#{number}", "Open", at - timedelta(hours=hours), "a", f"{number}-o"),
            Told(f"#{number}", "Close", at, "b", f"{number}-c"),
        ]
    tell(log, told)
    folding.fold_touched(now=house.now, limit=10_000)


def test_a_log_goes_from_its_file_to_a_baseline(house: House, kpi: Kpis) -> None:
    olga = _browser(house.olga)
    version = kpi(Measure.CYCLE_TIME)
    file = SimpleUploadedFile("before.csv", GOOD)
    page = olga.post(
        "/outcomes/orders/logs/", {"name": "Before", "use": "baseline", "file": file}, follow=True
    )
    assert "How it is read" in page.text
    assert "bert" in page.text
    log = EventLog.objects.get(name="Before")
    body = {**log.mapping, "import": ""}
    assert "It waits for a worker." in olga.post(f"/outcomes/log/{log.pk}/", body, follow=True).text
    assert "It waits" in olga.get(f"/outcomes/log/{log.pk}/progress/").text
    assert import_logs() == 1
    assert olga.get(f"/outcomes/log/{log.pk}/progress/").headers["HX-Refresh"] == "true"
    assert "SHA-256" in olga.get(f"/outcomes/log/{log.pk}/").text
    period = {"log": log.pk, "starts_on": "2026-01-01", "ends_on": "2026-01-31", "having": ""}
    url = f"/outcomes/kpi/{version.kpi_id}/baseline/"
    look = olga.post(url, period | {"look": ""})
    assert "1.50 h" in look.text
    assert not Baseline.objects.exists()
    frozen = olga.post(url, period | {"freeze": ""}, follow=True)
    assert "The baseline is frozen." in frozen.text
    assert Baseline.objects.get().figures["n"] == 2


def test_a_log_with_bad_rows_lists_them(house: House) -> None:
    olga = _browser(house.olga)
    file = SimpleUploadedFile("before.csv", GOOD + b"3,Open,tomorrow,anna\n")
    page = olga.post(
        "/outcomes/orders/logs/", {"name": "Before", "use": "baseline", "file": file}, follow=True
    )
    assert "these hold no event" in page.text
    log = EventLog.objects.get(name="Before")
    olga.post(f"/outcomes/log/{log.pk}/", {**log.mapping, "import": ""})
    import_logs()
    page = olga.get(f"/outcomes/log/{log.pk}/")
    assert "1 rows hold no event" in _flat(page) or "1 row" in _flat(page)
    assert "&#x27;tomorrow&#x27; is no time" in page.text
    log.refresh_from_db()
    assert log.status == LogStatus.FAILED


def test_a_kpi_is_added_and_its_page_says_how_it_stands(house: House) -> None:
    olga = _browser(house.olga)
    assert "Nobody has said yet" in olga.get("/outcomes/").text
    body = {
        "name": "Time to close",
        "measure": "cycle_time",
        "direction": "lower",
        "definition": "From opening to closing.",
        "ends_with": "Close",
        "unit": "",
        "target": "3",
        "owner": house.olga.pk,
        "cadence": "month",
    }
    page = olga.post("/outcomes/orders/kpis/add/", body, follow=True)
    assert "There is no baseline" in page.text
    _cases(house, hours=2, n=60)
    found = Kpi.objects.get()
    page = _flat(olga.get(f"/outcomes/kpi/{found.pk}/"))
    assert "2.00 h" in page
    assert "reached" in page
    assert "60 cases" in page
    assert "The weeks as a table" in page
    cases = _flat(olga.get(f"/outcomes/kpi/{found.pk}/cases/"))
    assert "#0" in cases
    assert "Close" in olga.get(f"/outcomes/log/{live_log_of(house.workflow).pk}/case/", {"case": "#0"}).text
    table = olga.get(f"/outcomes/kpi/{found.pk}/weeks.csv").text
    assert table.startswith("week from,before or now,figure,cases,signals")
    again = olga.post("/outcomes/orders/kpis/add/", body)
    assert (again.status_code, "of this name already" in again.text) == (422, True)
    changed = olga.post(
        f"/outcomes/kpi/{found.pk}/edit/",
        body | {"target": "4", "is_active": "on", "reason": "too hard"},
        follow=True,
    )
    assert "version 2" in changed.text


def test_the_owner_puts_a_word_on_record(house: House, kpi: Kpis) -> None:
    version = kpi(Measure.REPORTED, unit="points")
    Kpi.objects.filter(pk=version.kpi_id).update(created_at=house.now - timedelta(days=40))
    first = (house.now.date().replace(day=1) - timedelta(days=1)).replace(day=1)
    for number in range(5):
        enter_reading(
            version=version,
            day=first + timedelta(days=number),
            value=Decimal(7),
            source="survey",
            by=house.olga,
            now=house.now,
        )
    url = f"/outcomes/kpi/{version.kpi_id}/"
    waits = Kpi.objects.get().created_at.date().replace(day=1)
    assert "is unconfirmed" in _browser(house.olga).get(url).text
    assert "who owns this KPI" in _browser(house.gina).get(url).text
    refused = _browser(house.olga).post(f"{url}state/", {"starts_on": first, "said": "disputed", "note": ""})
    assert (refused.status_code, "Say why" in refused.text) == (422, True)
    assert (
        _browser(house.gina).post(f"{url}state/", {"starts_on": first, "said": "confirmed"}).status_code
        == 403
    )
    told = _browser(house.olga).post(f"{url}state/", {"starts_on": first, "said": "confirmed"}, follow=True)
    assert "on record" in told.text
    assert Statement.objects.get().by == house.olga
    assert waits <= first


def test_every_page_is_there_as_a_table_too(house: House, kpi: Kpis) -> None:
    version = kpi(Measure.CYCLE_TIME, target=Decimal(3))
    Kpi.objects.filter(pk=version.kpi_id).update(created_at=house.now - timedelta(days=70))
    _cases(house, hours=2, n=60)
    olga = _browser(house.olga)
    found = Kpi.objects.get()

    def read(path: str) -> list[dict[str, str]]:
        answer = olga.get(f"/outcomes/{path}")
        assert answer["Content-Type"] == "text/csv; charset=utf-8"
        return list(csv.DictReader(io.StringIO(answer.getvalue().decode())))

    (row,) = read("portfolio.csv")
    assert (row["kpi"], row["cases now"], row["last word"]) == ("cycle_time", "60", "unconfirmed")
    assert float(row["now"]) == 2
    assert len(read(f"kpi/{found.pk}/cases.csv")) == 60
    day = house.now.date().isoformat()
    (case,) = read(f"kpi/{found.pk}/cases.csv?from={day}&to={day}")
    assert (case["case"], case["value"], case["unit of the KPI"]) == ("#0", "2.0", "h")
    for none in ("from=x&to=x", f"from={day}", "from=2026-02-02&to=2026-02-01"):
        assert olga.get(f"/outcomes/kpi/{found.pk}/cases/?{none}").status_code == 404, none
    page = olga.get(f"/outcomes/kpi/{found.pk}/cases/?from={day}&to={day}")
    assert page.text.count('class="row-link"') == 1
    first = finished(since=found.created_at.date(), today=timezone.localdate(), cadence="month")[0].starts_on
    olga.post(f"/outcomes/kpi/{found.pk}/state/", {"starts_on": first, "said": "disputed", "note": "No."})
    said = read(f"kpi/{found.pk}/statements.csv")
    assert (said[0]["said"], said[0]["note"], said[0]["by"]) == ("disputed", "No.", "Olga")
    assert {row["said"] for row in said[1:]} <= {"unconfirmed"}
    (log,) = read("orders/logs.csv")
    assert (log["log"], log["use"]) == ("live", "live")
    events = read(f"log/{live_log_of(house.workflow).pk}/case.csv?case=%230")
    assert [row["activity"] for row in events] == ["Open", "Close"]
    for wrong in ("from=soon&to=late", "from=2026-02-30&to=2026-03-01"):
        assert olga.get(f"/outcomes/kpi/{found.pk}/cases/?{wrong}").status_code == 404


def test_a_figure_is_entered_or_refused_at_the_form(house: House, kpi: Kpis) -> None:
    version = kpi(Measure.REPORTED, unit="points")
    url = f"/outcomes/kpi/{version.kpi_id}/reading/"
    tomorrow = timezone.localdate() + timedelta(days=1)
    olga = _browser(house.olga)
    assert "not come yet" in olga.post(url, {"day": tomorrow, "value": "7", "source": "x"}).text
    assert (
        "Entered." in olga.post(url, {"day": house.now.date(), "value": "7", "source": "x"}, follow=True).text
    )
    assert (
        _browser(house.alice).post(url, {"day": house.now.date(), "value": "7", "source": "x"}).status_code
        == 403
    )


def test_the_portfolio_shows_the_change_and_its_owner(house: House, kpi: Kpis) -> None:
    version = kpi(Measure.REPORTED, unit="points")
    for number in range(5):
        enter_reading(
            version=version,
            day=house.now.date() - timedelta(days=number),
            value=Decimal(7),
            source="survey",
            by=house.olga,
            now=house.now,
        )
    page = _flat(_browser(house.olga).get("/outcomes/"))
    assert "no baseline" in page
    enter(
        version=version,
        value=Decimal(9),
        n=50,
        source="survey",
        between=(house.now.date(), house.now.date()),
        by=house.olga,
        now=house.now,
    )
    page = _flat(_browser(house.olga).get("/outcomes/"))
    assert "\N{MINUS SIGN}2.00 points" in page
    assert "better" in page
    assert "unconfirmed" in page


@pytest.mark.parametrize(
    "path",
    [
        "kpi/{kpi}/",
        "kpi/{kpi}/cases/",
        "kpi/{kpi}/weeks.csv",
        "kpi/{kpi}/cases.csv",
        "kpi/{kpi}/statements.csv",
        "orders/logs.csv",
        "log/{log}/case.csv?case=1",
        "log/{log}/case/?case=1",
        "orders/logs/",
        "log/{log}/",
        "log/{log}/progress/",
    ],
)
def test_whoever_is_no_part_of_the_workflow_reads_nothing(
    house: House, kpi: Kpis, imported: Callable[..., EventLog], path: str
) -> None:
    ids = {"kpi": kpi(Measure.REWORK).kpi_id, "log": imported(GOOD).pk}
    url = f"/outcomes/{path.format(**ids)}"
    assert _browser(house.charlie).get(url).status_code == 403
    assert _browser(house.alice).get(url).status_code in (200, 204)
    assert Client().get(url).status_code == 302


@pytest.mark.parametrize("path", ["orders/kpis/add/", "kpi/{kpi}/edit/", "kpi/{kpi}/baseline/"])
def test_reviewers_set_nothing_up(house: House, kpi: Kpis, path: str) -> None:
    url = f"/outcomes/{path.format(kpi=kpi(Measure.REWORK).kpi_id)}"
    assert _browser(house.alice).get(url).status_code == 403
    assert _browser(house.adam).get(url).status_code == 200


@pytest.mark.parametrize("page", ["00000199999999999999999999", "000001" + "9" * 5000, "0", "x", ""])
def test_a_page_nobody_could_have_meant_is_the_first(house: House, kpi: Kpis, page: str) -> None:
    cases = f"/outcomes/kpi/{kpi(Measure.CYCLE_TIME).kpi_id}/cases/"
    assert _browser(house.olga).get(cases, {"page": page}).status_code == 200


def test_a_slip_in_the_year_makes_no_baseline_of_empty_weeks(house: House, imported: Any, kpi: Kpis) -> None:
    log, version = imported(GOOD), kpi(Measure.THROUGHPUT)
    period = {"log": log.pk, "starts_on": "0202-01-01", "ends_on": "2026-01-01", "freeze": "1"}
    answer = _browser(house.olga).post(f"/outcomes/kpi/{version.kpi_id}/baseline/", period)
    assert (answer.status_code, Baseline.objects.exists()) == (422, False)


def test_of_a_period_without_a_figure_only_a_note_is_asked(house: House, kpi: Kpis) -> None:
    version = kpi(Measure.REPORTED, unit="points")
    Kpi.objects.filter(pk=version.kpi_id).update(created_at=house.now - timedelta(days=40))
    olga, url = _browser(house.olga), f"/outcomes/kpi/{version.kpi_id}/"
    home = _flat(olga.get("/"))
    assert "For you to confirm" in home
    assert f'href="{url}#said-heading">reported</a>' in home
    assert "For you to confirm" not in _flat(_browser(house.gina).get("/"))
    page = _flat(olga.get(url))
    assert "there is no number to confirm" in page
    assert "Is this number so?" not in page
    assert "Why was nothing measured?" in page
    version.kpi.refresh_from_db()
    for period in reversed(compare(version.kpi, now=timezone.now()).unconfirmed):
        body = {"starts_on": period.starts_on, "said": "disputed", "note": ""}
        refused = olga.post(f"{url}state/", body)
        assert (refused.status_code, "Is this number so?" in refused.text) == (422, False)
        page = _flat(olga.post(f"{url}state/", body | {"note": "The survey broke."}, follow=True))
    assert '<span class="badge tone-attention">nothing measured</span>' in page
    assert "\N{EN DASH}</p>" not in page
    assert "For you to confirm" not in _flat(olga.get("/"))
    assert "nothing measured" in _flat(olga.get("/outcomes/"))


def test_figures_that_were_entered_are_listed_and_led_to(house: House, kpi: Kpis) -> None:
    version = kpi(Measure.REPORTED, unit="EUR")
    today = house.now.date()
    enter(
        version=version,
        value=Decimal("7.20"),
        n=50,
        source="time study",
        between=(today - timedelta(days=90), today - timedelta(days=40)),
        by=house.olga,
        now=house.now,
    )
    for number, value in enumerate(("6.90", "6.40", "6.10", "5.70", "5.80")):
        day = today - timedelta(days=7 * number)
        enter_reading(
            version=version, day=day, value=Decimal(value), source="week report", by=house.olga, now=house.now
        )
    url = f"/outcomes/kpi/{version.kpi_id}/"
    page = _flat(_browser(house.olga).get(url))
    assert "Figures that were entered" in page
    assert page.count("week report") == 5
    assert '<a href="#entered">' in page
    assert '<a href="#baseline">7.20 EUR</a>' in page
    assert "7.20 to 7.20" not in page
    assert "legend-before" not in page
    assert f'{url}#entered"' in _browser(house.olga).get("/outcomes/").text


def test_only_policies_that_hold_for_the_workflow_are_among_the_changes(house: House) -> None:
    people = dict.fromkeys(
        ("business_owner", "technical_owner", "process_owner", "governance_lead"), house.olga
    )
    other = Workflow.objects.create(
        slug="elsewhere", name="Elsewhere", reviewers=house.workflow.reviewers, **people
    )
    for workflow in (None, house.workflow, other):
        publish_matrix(house.now, workflow)
    told = " ".join(
        one.text for one in changes_in(house.workflow.pk, between=(house.now.date(), house.now.date()))
    )
    assert "orders v" in told
    assert "default v" in told
    assert "elsewhere" not in told


@pytest.mark.parametrize("path", ["kpi/{kpi}/", "orders/process/", "orders/scorecard/", "orders/quality/"])
def test_every_page_of_figures_can_be_printed(house: House, kpi: Kpis, path: str) -> None:
    _cases(house, hours=2, n=3)
    page = _browser(house.olga).get(f"/outcomes/{path.format(kpi=kpi(Measure.REWORK).kpi_id)}").text
    assert "data-print" in page
    assert "js/print.js" in page


def test_the_picture_names_its_dates_and_what_its_points_and_ticks_are(house: House, kpi: Kpis) -> None:
    version = kpi(Measure.CYCLE_TIME)
    Kpi.objects.filter(pk=version.kpi_id).update(created_at=house.now - timedelta(days=70))
    _cases(house, hours=2, n=60)
    publish_matrix(house.now)
    page = _flat(_browser(house.olga).get(f"/outcomes/kpi/{version.kpi_id}/"))
    dates = page[page.index('class="weeks-dates') :]
    assert dates[: dates.index("</div>")].count("<span>") == 5
    assert "something changed" in page
    assert "beyond chance" not in page
    assert "legend-before" not in page


def _since(house: House, *, activities: tuple[str, str]) -> None:
    """Forty cases of the live process, of two hours each."""
    told = []
    for number in range(40):
        at = house.now - timedelta(days=number % 30)
        told += [
            Told(f"#{number}", activities[0], at - timedelta(hours=2), "a", f"{number}-o"),
            Told(f"#{number}", activities[1], at, "b", f"{number}-c"),
        ]
    tell(live_log_of(house.workflow), told)
    folding.fold_touched(now=house.now, limit=10_000)


def _log_of(year: int) -> bytes:
    rows = ["case,activity,timestamp,resource"]
    for number in range(40):
        day = f"{year}-03-{number % 28 + 1:02}"
        rows += [f"{number},Open,{day}T08:00:00Z,anna", f"{number},Close,{day}T16:00:00Z,bert"]
    return "\n".join(rows).encode()


@pytest.mark.parametrize(
    ("year", "activities", "told", "untold"),
    [
        (2026, ("Open", "Close"), [], ["no activity in common", "years before"]),
        (2026, ("Paid", "Booked"), ["no activity in common"], ["years before"]),
        # What ReviewHub calls things no log from before can have.
        (2026, ("Proposed", "Approved"), [], ["no activity in common", "years before"]),
        (2012, ("open", "Close"), ["ends 13 years before"], ["no activity in common"]),
    ],
)
def test_a_baseline_of_another_process_or_long_ago_is_doubted_beside_the_change(
    house: House,
    kpi: Kpis,
    imported: Callable[..., EventLog],
    year: int,
    activities: tuple[str, str],
    told: list[str],
    untold: list[str],
) -> None:
    version = kpi(Measure.CYCLE_TIME)
    between = (date(year, 1, 1), date(year, 12, 31))
    freeze(version=version, log=imported(_log_of(year)), between=between, by=house.olga, now=house.now)
    _since(house, activities=activities)
    olga = _browser(house.olga)
    for path in (f"/outcomes/kpi/{version.kpi_id}/", "/outcomes/"):
        page = _flat(olga.get(path))
        assert "\N{MINUS SIGN}6.00 h" in page
        assert all(words in page for words in told)
        assert not any(words in page for words in untold)
