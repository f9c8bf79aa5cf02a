"""Drift and quality of a workflow: versions beside those before, what is watched, and who looks after alerts."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.proposals.models import Proposal
from apps.quality.alerting import look_at_targets
from apps.quality.models import CountedDay
from apps.quality.target_setup import Wanted, set_target
from apps.quality.versions import effects_of_agents, effects_of_policies
from apps.registry.models import AgentVersion
from apps.routing.models import PolicyVersion
from apps.routing.states import Verb
from apps.trust.models import Baseline, DriftAlert, Slice
from tests import factories
from tests.factories import House
from tests.quality.conftest import counted
from tests.quality.test_pages import browser, flat, spread
from tests.trust import earning

URL = "/outcomes/orders/quality/"


@pytest.fixture
def house(db: None) -> House:
    """At work today: pages look back from now."""
    return factories.build_house(factories.today())


def version(house: House, number: int, **changes: Any) -> AgentVersion:
    return AgentVersion.objects.create(
        agent=house.agent,
        fingerprint=str(number) * 64,
        label=f"v{number}",
        first_seen_at=house.now - timedelta(days=100 - number),
        **{"model": "m-1", "prompt_version": f"p{number}"} | changes,
    )


def test_a_version_beside_the_one_before(house: House) -> None:
    one, two, three = (version(house, number) for number in (1, 2, 3))
    for row, accepted, rejected in ((one, 60, 40), (two, 90, 10), (three, 5, 1)):
        spread(house.workflow, "accepted", accepted, version=row.pk)
        spread(house.workflow, "rejected", rejected, version=row.pk)
    found = effects_of_agents(house.workflow.pk, today=timezone.localdate())
    assert {effect.version_id for effect in found} == {two.pk, three.pk}
    by_version = {effect.version_id: effect for effect in found}
    second, third = by_version[two.pk], by_version[three.pk]
    assert second.what == "prompt version p1 \N{RIGHTWARDS ARROW} p2"
    assert second.by is not None
    assert (round(second.by.value), second.is_better) == (-30, True)
    assert second.by.high < 0
    assert third.by is None, "six cases say nothing"
    page = flat(browser(house.olga).get(URL))
    assert "\N{MINUS SIGN}30.0 points" in page
    assert "not enough cases" in page


def test_a_policy_beside_the_one_before(house: House) -> None:
    first = PolicyVersion.objects.get()
    factories.publish_matrix(house.now + timedelta(hours=1), quorum=1)
    second = PolicyVersion.objects.latest("pk")
    for row, accepted in ((first, 80), (second, 40)):
        for came, n in (("accepted", accepted), ("corrected", 100 - accepted)):
            CountedDay.objects.create(
                workflow=house.workflow,
                day=timezone.localdate(),
                came=came,
                n=n,
                policy_version_id=row.pk,
            )
    (effect,) = effects_of_policies(house.workflow.pk, today=timezone.localdate())
    assert (effect.version_id, effect.is_better) == (second.pk, False)
    assert "routing policy" in flat(browser(house.olga).get(URL))


def test_the_cases_of_a_version(house: House) -> None:
    first = factories.settled(house, Verb.REJECT)
    counted()
    olga, url = browser(house.olga), "/outcomes/orders/scorecard/overrides/cases/"
    key = Proposal.objects.get(pk=first.pk).agent_version_id
    assert str(first.pk) in olga.get(url, {"agent": key}).text
    assert str(first.pk) not in olga.get(url, {"agent": key + 1}).text
    assert f"of=all&amp;agent={key}" in olga.get(url, {"agent": key}).text
    assert olga.get(url, {"policy": "x"}).status_code == 404


def test_what_is_watched_and_who_looks_after_it(house: House) -> None:
    row = earning.supervised(house)
    agent_version = AgentVersion.objects.filter(agent=house.agent).first() or version(house, 1)
    Baseline.objects.create(
        slice=row,
        agent_version=agent_version,
        proposals=200,
        bins={"confidence": {"9": 150, "8": 50}},
        reviewed=100,
        overridden=10,
        until=house.now,
        at=house.now,
    )
    DriftAlert.objects.create(
        slice=row,
        agent_version=agent_version,
        kind="subjects",
        owner=house.tina,
        figures={},
        opened_at=house.now,
    )
    set_target(
        workflow=house.workflow,
        wanted=Wanted("acceptance", None, Decimal(80)),
        owner=house.petra,
        by=house.adam,
        now=house.now,
    )
    spread(house.workflow, "rejected", 40)
    look_at_targets(now=house.now)
    page = flat(browser(house.olga).get(URL))
    assert "Stated confidence: " in page
    assert "nothing newer to compare yet" in page
    assert "Kinds of subjects" in page
    assert "Tina" in page
    assert "Petra" in page
    assert "0.0 %, limit 80.0 %" in page
    assert "Is it as right as it says?" in page
    assert "Claims" in page
    lines = browser(house.olga).get("/outcomes/orders/quality.csv").text
    assert "override rate," in lines
    assert "drift alert," in lines
    assert ",Petra" in lines


@pytest.mark.parametrize("asked", ["x", "7" * 30, "-1", "\x00", "999999"])
def test_a_slice_that_is_none_shows_the_usual_one(house: House, asked: str) -> None:
    assert browser(house.olga).get(URL, {"slice": asked}).status_code == 200


@pytest.mark.parametrize("path", ["quality/", "quality.csv"])
def test_whoever_is_no_part_of_the_workflow_reads_nothing(house: House, path: str) -> None:
    url = f"/outcomes/orders/{path}"
    assert browser(house.charlie).get(url).status_code == 403
    assert browser(house.alice).get(url).status_code == 200
    assert Client().get(url).status_code == 302


def test_it_asks_as_much_for_many_slices_as_for_few(house: House) -> None:
    olga = browser(house.olga)

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            olga.get(URL)
        return len(queries)

    def add(number: int) -> None:
        kind = factories.ActionTypeFactory(workflow=house.workflow)
        Slice.objects.create(
            workflow=house.workflow,
            action_type=kind,
            agent=house.agent,
            stage="assisted",
            created_at=house.now,
            stage_since=house.now,
        )
        spread(house.workflow, "accepted", 40, version=version(house, number).pk)

    add(1)
    add(2)
    few = asked()
    for number in range(3, 9):
        add(number)
    assert asked() == few
