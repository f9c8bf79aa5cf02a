"""The pages of quality: what they show, to whom, and that each figure leads to its cases."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.quality.models import CountedCase, CountedDay
from apps.registry.models import Workflow
from apps.routing.states import Verb
from tests import factories
from tests.factories import House
from tests.quality.conftest import counted


def browser(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def flat(answer: Any) -> str:
    return " ".join(answer.text.split())


def spread(workflow: Workflow, came: str, n: int, *, days_ago: int = 3, version: int = 0) -> None:
    """So many cases of a day, as if counted."""
    day = timezone.localdate() - timedelta(days=days_ago)
    CountedDay.objects.create(workflow=workflow, day=day, came=came, n=n, agent_version_id=version)


@pytest.fixture
def house(db: None) -> House:
    """At work today: pages look back from now."""
    return factories.build_house(factories.today())


def test_a_scorecard_says_what_is_now_and_what_was_before(house: House) -> None:
    for ago, accepted, rejected in ((3, 90, 10), (40, 60, 40)):
        spread(house.workflow, "accepted", accepted, days_ago=ago)
        spread(house.workflow, "rejected", rejected, days_ago=ago)
    page = flat(browser(house.olga).get("/outcomes/orders/scorecard/"))
    for group in ("Business value", "Quality", "Reliability", "Cost and control"):
        assert group in page
    assert "90.0 %" in page
    assert "60 of 100" in page
    assert "+30.0 points" in page
    assert "better" in page
    assert "not enough cases" in page
    assert "Week from" in page
    assert "What the figures say" in page


def test_each_figure_leads_to_its_cases(house: House) -> None:
    accepted = factories.settled(house)
    rejected = factories.settled(house, Verb.REJECT)
    factories.send(house, action={"name": "blow_up", "args": {}})
    counted()
    olga = browser(house.olga)
    url = "/outcomes/orders/scorecard/acceptance/cases/"
    assert url in olga.get("/outcomes/orders/scorecard/").text
    page = olga.get(url).text
    assert str(accepted.pk) in page
    assert str(rejected.pk) not in page
    assert str(rejected.pk) in olga.get(url, {"of": "all"}).text
    assert "may not propose blow_up" in olga.get("/outcomes/orders/scorecard/violations/cases/").text
    assert "No such case" in olga.get("/outcomes/orders/scorecard/waiting/cases/").text
    assert olga.get("/outcomes/orders/scorecard/nothing/cases/").status_code == 404


def test_cases_come_a_page_at_a_time_and_each_once(house: House) -> None:
    proposal = factories.settled(house)
    today = timezone.localdate()
    rows = [
        CountedCase(
            workflow=house.workflow,
            what="decision",
            came=("accepted", "corrected", "rejected")[number % 3],
            day=today - timedelta(days=number % 5),
            source=factories.uuid4(),
            proposal_id=proposal.pk,
        )
        for number in range(120)
    ]
    CountedCase.objects.bulk_create(rows)
    olga, after, seen = browser(house.olga), "", 0
    for _page in range(3):
        answer = olga.get("/outcomes/orders/scorecard/acceptance/cases/", {"of": "all", "after": after})
        seen += answer.text.count("row-link")
        after = answer.context["page"].older
    assert (seen, after) == (120, "")


@pytest.mark.parametrize("after", ["x", "2026-11-01~", "~7", "2026-99-01~7", "2026-11-01~7\x00", "a~7"])
def test_a_key_that_is_none_is_the_beginning(house: House, after: str) -> None:
    answer = browser(house.olga).get("/outcomes/orders/scorecard/acceptance/cases/", {"after": after})
    assert answer.status_code == 200


def test_the_file_holds_every_figure(house: House) -> None:
    spread(house.workflow, "accepted", 9)
    lines = browser(house.olga).get("/outcomes/orders/scorecard.csv").text.splitlines()
    assert len(lines) == 11
    assert lines[10].startswith("Cost and control,Cost of a task,")
    assert lines[1].startswith("Business value,Acceptance rate,%,100.0,")


@pytest.mark.parametrize("path", ["scorecard/", "scorecard.csv", "scorecard/review/cases/"])
def test_whoever_is_no_part_of_the_workflow_reads_nothing(house: House, path: str) -> None:
    url = f"/outcomes/orders/{path}"
    assert browser(house.charlie).get(url).status_code == 403
    assert browser(house.alice).get(url).status_code == 200
    assert Client().get(url).status_code == 302
    assert browser(house.alice).post(url).status_code == 405


def test_a_page_asks_as_much_for_many_days_as_for_few(house: House) -> None:
    olga = browser(house.olga)

    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            olga.get("/outcomes/orders/scorecard/")
        return len(queries)

    spread(house.workflow, "accepted", 40)
    few = asked()
    for ago in range(4, 80):
        spread(house.workflow, "accepted", 40, days_ago=ago)
        spread(house.workflow, "late", 40, days_ago=ago)
    assert asked() == few
