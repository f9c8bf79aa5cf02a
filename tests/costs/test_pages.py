"""The pages of costs: what they show, who may change what, and that every error says what to do."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pgtrigger
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.costs.counting import count_decided, decided_between
from apps.costs.figures import cost_per_task
from apps.costs.model_setup import newest_model
from apps.costs.models import Budget, CostModel, DecidedDay, Run
from apps.costs.states import ScenarioKind
from apps.intake import examining
from apps.proposals.models import Proposal
from apps.routing.states import Verb
from reviewhub.configuration import WrongConfiguration, export_configuration, import_configuration
from tests.costs.conftest import use
from tests.factories import House, settled, today

Planner = Callable[..., bool]

SCENARIO = {
    "cases": "100",
    "agent_cost": "0.5",
    "reviewed": "50",
    "minutes": "6",
    "hour_cost": "40",
    "wrong": "2",
    "error_cost": "25",
    "fixed": "10",
}
MODEL = {
    "currency": "EUR",
    "manual_cost": "7",
    "note": "time study",
    **{f"{kind}-{name}": value for kind in ScenarioKind for name, value in SCENARIO.items()},
}


@pytest.fixture
def now() -> Any:
    """Pages look at the clock."""
    return today()


def _browser(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def _flat(answer: Any) -> str:
    return " ".join(answer.text.split())


def test_budgets_spending_and_runs_are_on_one_page(house: House, plan: Planner) -> None:
    empty = _flat(_browser(house.olga).get("/costs/orders/"))
    assert "nothing stops" in empty
    assert "Nothing was reported yet." in empty
    plan(run="9", day="10", ever="20", step_cap=40, benchmarks={house.agent.slug: "1"})
    use(house, "8.5", tokens=1200, steps=3)
    use(house, "4", run="=run-2")
    page = _flat(_browser(house.olga).get("/costs/orders/"))
    for part in (
        "12.50 of 10.00 EUR",
        "125 % used",
        "62 % used",
        "spent",
        "9.00 EUR",
        "40 steps",
        "8.5 times",
    ):
        assert part in page, part
    assert f"/costs/run/{Run.objects.get(name='run-1').pk}/" in page
    assert 'href="/costs/orders/"' in _browser(house.olga).get("/outcomes/").text
    csv = _browser(house.olga).get("/costs/orders/months.csv").text.splitlines()
    assert csv[0].startswith("period,from,amount,currency,runs")
    assert csv[1].split(",")[2:5] == ["12.500000", "EUR", "2"]


def test_a_run_that_is_over_something_is_marked_among_the_dearest(house: House, plan: Planner) -> None:
    plan(run="9", step_cap=2, benchmarks={house.agent.slug: "1"})
    use(house, "1", run="fine", steps=1)
    page = _flat(_browser(house.olga).get("/costs/orders/"))
    marks = ("over its budget", "too many steps", "over three times what is usual")
    assert not any(mark in page for mark in marks)
    use(house, "12", run="dear", steps=3)
    page = _flat(_browser(house.olga).get("/costs/orders/"))
    assert [page.count(mark) for mark in marks] == [1, 1, 1]


def test_saving_the_same_cost_model_says_that_nothing_was_changed(house: House) -> None:
    olga = _browser(house.olga)
    for said in ("Saved.", "Nothing was changed, so there is no new version."):
        assert said in olga.post("/costs/orders/model/edit/", MODEL, follow=True).text


def test_a_run_shows_its_reports_and_proposals(house: House, plan: Planner) -> None:
    proposal = settled(house)
    plan(run="1", benchmarks={house.agent.slug: "0.1"})
    use(house, "1", steps=2)
    use(house, "2")
    page = _flat(_browser(house.alice).get(f"/costs/run/{Run.objects.get().pk}/"))
    for part in ("300 % of 1.00 EUR used", "over three times", "budget spent: stop", str(proposal.pk)):
        assert part in page, part


def test_an_admin_sets_budgets_and_others_do_not(house: House) -> None:
    adam = _browser(house.adam)
    assert 'href="/costs/orders/budgets/"' in adam.get("/costs/orders/").text
    assert 'href="/costs/orders/budgets/"' not in _browser(house.olga).get("/costs/orders/").text
    body = {
        "currency": "eur",
        "run": "1.5",
        "month": "100",
        "step_cap": "30",
        f"agent-{house.agent.pk}": "0.25",
    }
    assert "Saved." in adam.post("/costs/orders/budgets/", body, follow=True).text
    assert dict(Budget.objects.values_list("span", "amount")) == {"run": Decimal("1.5"), "month": 100}
    assert 'value="0.25"' in adam.get("/costs/orders/budgets/").text
    for wrong in ({"run": "0"}, {"run": "-1"}, {"currency": "€€€"}, {"step_cap": "0"}, {"month": "x"}):
        assert adam.post("/costs/orders/budgets/", body | wrong).status_code == 422, wrong
    use(house, "1")
    other = adam.post("/costs/orders/budgets/", body | {"currency": "USD"})
    assert (other.status_code, "counted in EUR" in other.text) == (422, True)
    assert Budget.objects.count() == 2


def test_a_cost_model_beside_what_was_spent(house: House) -> None:
    olga = _browser(house.olga)
    assert "Nobody has said yet" in olga.get("/costs/orders/model/").text
    assert "Saved." in olga.post("/costs/orders/model/edit/", MODEL, follow=True).text
    settled(house)
    use(house, "3")
    page = _flat(olga.get("/costs/orders/model/"))
    # A month costs 310, by hand 700; a decided task 3 for the agent and 2 for the reviewer.
    for part in ("310.00", "700.00", "390.00", "3.10", "5.00 EUR", "time study", "version 1"):
        assert part in page, part
    csv = olga.get("/costs/orders/model.csv").text.splitlines()
    assert csv[0].startswith("scenario,currency,cases,agent_cost")
    assert len(csv) == 4
    said = dict(zip(csv[0].split(","), csv[1].split(","), strict=True))
    assert (said["scenario"], said["currency"], Decimal(said["month"])) == ("expected", "EUR", 310)
    olga.post("/costs/orders/model/edit/", MODEL | {"note": "the same"})
    olga.post("/costs/orders/model/edit/", MODEL | {"failure-wrong": "20", "note": "worse"})
    assert list(CostModel.objects.order_by("number").values_list("note", flat=True)) == [
        "time study",
        "worse",
    ]
    for wrong in ({"edge-reviewed": "101"}, {"edge-cases": "-1"}, {"manual_cost": ""}, {"currency": "1"}):
        assert olga.post("/costs/orders/model/edit/", MODEL | wrong).status_code == 422, wrong


@pytest.mark.parametrize(
    "path", ["orders/", "orders/months.csv", "orders/model/", "orders/model.csv", "run/{run}/"]
)
def test_whoever_is_no_part_of_the_workflow_reads_nothing(house: House, path: str) -> None:
    use(house, "1")
    url = f"/costs/{path.format(run=Run.objects.get().pk)}"
    assert _browser(house.charlie).get(url).status_code == 403
    assert _browser(house.alice).get(url).status_code == 200
    assert Client().get(url).status_code == 302


def test_who_may_open_the_forms(house: House) -> None:
    for person, budgets, model in (
        (house.adam, 200, 200),
        (house.olga, 403, 200),
        (house.petra, 403, 200),
        (house.alice, 403, 403),
        (house.gina, 403, 403),
        (house.charlie, 403, 403),
    ):
        assert _browser(person).get("/costs/orders/budgets/").status_code == budgets
        assert _browser(person).get("/costs/orders/model/edit/").status_code == model


def test_the_page_asks_as_much_for_many_runs_as_for_one(house: House, plan: Planner) -> None:
    plan(day="1000", run="10")
    use(house, "1")
    olga = _browser(house.olga)
    olga.get("/costs/orders/")
    with CaptureQueriesContext(connection) as few:
        olga.get("/costs/orders/")
    for number in range(15):
        use(house, "1", run=f"more-{number}")
    with CaptureQueriesContext(connection) as many:
        olga.get("/costs/orders/")
    assert len(few) == len(many)


def test_days_that_are_over_are_counted_once(house: House, now: Any) -> None:
    settled(house)
    later = now + timedelta(days=3)
    day = timezone.localdate(now)
    between = (day - timedelta(days=1), day + timedelta(days=1))
    assert decided_between(house.workflow.pk, *between, now=now) == 1
    assert count_decided(now=later) >= 3
    assert count_decided(now=later) == 0
    assert DecidedDay.objects.get(workflow=house.workflow, day=day).n == 1
    assert decided_between(house.workflow.pk, *between, now=later) == 1
    assert cost_per_task(house.workflow.pk, between=between, now=later).agents == 0


FILE = """
costs:
  - workflow: orders
    currency: EUR
    budgets: {run: "1.50", month: 100}
    step_cap: 30
    benchmarks: {order-bot: "0.25"}
cost_models:
  - workflow: orders
    currency: EUR
    manual_cost: 7
    expected: {cases: 100, agent_cost: "0.5", reviewed: 50, minutes: 6, hour_cost: 40}
    edge: {cases: 200, agent_cost: "0.6", reviewed: 80, minutes: 6, hour_cost: 40, wrong: 2, error_cost: 25}
    failure: {cases: 100, agent_cost: 1, reviewed: 100, minutes: 9, hour_cost: 40, wrong: 9, error_cost: 25}
"""


def test_a_file_says_the_same(house: House, now: Any) -> None:
    text = FILE.replace("order-bot", house.agent.slug)
    changed = import_configuration(text, by=house.adam, now=now)
    assert [one.section for one in changed] == ["costs", "cost_models"]
    assert import_configuration(text, by=house.adam, now=now) == []
    assert import_configuration(export_configuration(), by=house.adam, now=now) == []
    assert newest_model(house.workflow.pk).manual_cost == 7
    with pytest.raises(WrongConfiguration) as wrong:
        import_configuration(text.replace('"1.50"', "0"), by=house.adam, now=now)
    assert "costs[0].budgets.run" in str(wrong.value)
    with pytest.raises(WrongConfiguration):
        import_configuration(text.replace('"1.50"', "2"), by=house.olga, now=now)


@pytest.mark.parametrize(
    ("page", "wrong"),
    [
        ("budgets", {"currency": "E1R"}),
        ("budgets", {"currency": "EUR", "step_cap": "99999999999"}),
        ("model/edit", MODEL | {"currency": "E-R"}),
        ("model/edit", MODEL | {"edge-minutes": "1000000"}),
    ],
)
def test_what_cannot_be_kept_is_said_at_the_form(house: House, page: str, wrong: dict[str, str]) -> None:
    answer = _browser(house.adam).post(f"/costs/orders/{page}/", wrong)
    assert answer.status_code == 422


def test_a_run_does_not_show_what_a_reviewer_may_be_given_again(house: House) -> None:
    proposal = settled(house, Verb.REJECT)
    use(house, "1", run="run-9")
    run = Run.objects.get(name="run-9")
    page, link = f"/costs/run/{run.pk}/", str(proposal.pk)
    with pgtrigger.ignore():
        Proposal.objects.filter(pk=proposal.pk).update(run={"id": "run-9"})
    assert link in _browser(house.bob).get(page).text
    examining.open_ordered(now=house.now + timedelta(minutes=1))
    assert link not in _browser(house.bob).get(page).text
    assert link in _browser(house.alice).get(page).text
