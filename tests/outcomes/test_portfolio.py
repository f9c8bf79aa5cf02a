"""The portfolio: each workflow with its KPIs and slices and what each needs, in no more statements for many."""

import csv
import io
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.outcomes import days
from apps.outcomes.freezing import enter
from apps.outcomes.kpi_setup import Meaning, save_kpi
from apps.outcomes.models import KpiVersion, MeasuredCase
from apps.outcomes.reporting import enter_reading
from apps.outcomes.states import Cadence, Direction, Measure
from apps.registry.models import Workflow
from apps.registry.states import AgentStatus, Stage
from apps.trust import terms
from apps.trust.ladder import Rung, busiest
from apps.trust.models import Criteria, DriftAlert, DriftLook, Slice, Standing
from apps.trust.states import AlertStatus, Drift
from tests.factories import House
from tests.trust import earning


def _page(person: Any, path: str = "/outcomes/") -> str:
    client = Client()
    client.force_login(person)
    return " ".join(client.get(path).text.split())


def _table(person: Any, path: str) -> list[dict[str, str]]:
    client = Client()
    client.force_login(person)
    return list(csv.DictReader(io.StringIO(client.get(path).text)))


def _copied(house: House, row: Slice, *segments: str, **values: Any) -> list[Slice]:
    """More slices like this one."""
    made = []
    for segment in segments:
        other = Slice.objects.get(pk=row.pk)
        other.pk, other.segment = None, segment
        for name, value in values.items():
            setattr(other, name, value)
        other.save(force_insert=True)
        made.append(other)
    return made


def _one(house: House, row: Slice) -> Rung:
    (found,) = [one for one in busiest([house.workflow], now=house.now) if one.slice.pk == row.pk]
    return found


def test_a_slice_says_its_stage_its_risk_and_what_it_needs(house: House) -> None:
    row = earning.a_slice(house)
    page = _page(house.olga)
    assert "a first decision" in page
    earning.reviewed(house, row, 4, 1)
    page = _page(house.olga)
    assert f'href="/slices/{row.pk}/"' in page
    assert "1 of 5 not taken" in page
    # It waits for a second look: until then it is no confirmed one.
    assert "0 confirmed mistakes" in page
    assert "more correct in a row" in page
    assert row.action_type.get_consequence_display() in page
    assert row.action_type.get_reversibility_display() in page
    assert "next candidate" not in page
    (told,) = _table(house.olga, "/outcomes/slices.csv")
    assert (told["decided"], told["not taken"], told["confirmed mistakes"]) == ("5", "1", "0")
    assert (told["stage"], told["candidate"]) == (row.stage, "")


def test_the_latest_work_stands_before_all_of_it(house: House) -> None:
    row = earning.a_slice(house)
    _stands(house, row, n=5)
    DriftLook.objects.create(
        slice=row,
        agent_version=earning.version(house),
        proposals=10,
        bins={},
        reviewed=10,
        overridden=4,
        at=house.now,
    )
    assert "4 of the latest 10 not taken" in _page(house.olga)


def test_who_is_near_is_the_next_candidate_and_then_recommended(house: House) -> None:
    row = earning.a_slice(house)
    _stands(house, row, n=60)
    assert not _one(house, row).is_next
    _stands(house, row, n=150)
    near = _one(house, row)
    assert near.progress is not None
    assert near.progress >= 80
    assert near.is_next
    assert _table(house.olga, "/outcomes/slices.csv")[0]["candidate"] == "next"
    _stands(house, row, n=170, is_recommended=True)
    found = _one(house, row)
    assert (found.is_recommended, found.is_next, found.missing) == (True, False, "2 signatures")
    assert "step up recommended" in _page(house.olga)


def test_what_is_not_ready_is_no_candidate_and_says_why(house: House) -> None:
    row = earning.a_slice(house)
    _stands(house, row, n=170)
    assert _one(house, row).is_next
    assert "next candidate" in _page(house.olga)
    DriftAlert.objects.create(
        slice=row,
        agent_version=earning.version(house),
        kind=Drift.CONFIDENCE,
        status=AlertStatus.REAL,
        owner=house.olga,
        figures={},
        opened_at=house.now,
    )
    found = _one(house, row)
    assert not found.is_next
    assert found.unready.startswith("The work has changed")
    assert "The work has changed" in _page(house.olga)
    type(house.agent).objects.filter(pk=house.agent.pk).update(status=AgentStatus.SUSPENDED)
    assert _one(house, row).unready.startswith("The agent is suspended")


def test_a_suspended_slice_needs_somebody_who_ends_that(house: House) -> None:
    row = earning.a_slice(house)
    (empty,) = _copied(house, row, "other", stage=Stage.SUSPENDED)
    _stands(house, row, n=5)
    Slice.objects.filter(pk=row.pk).update(stage=Stage.SUSPENDED)
    for one in (row, empty):
        found = _one(house, one)
        assert found.missing == "an admin or governance who ends its suspension"
        assert (found.is_next, found.progress) == (False, None)


def test_a_workflow_shows_its_first_slices_and_how_many_there_are(house: House) -> None:
    row = earning.a_slice(house)
    _stands(house, row, n=170, is_recommended=True)
    for n in range(11):
        _copied(house, row, f"part-{n}", judged=1000 + n, stage=Stage.SHADOW)
    page = _page(house.olga)
    assert "8 of 12, those that are recommended first" in page
    assert page.count("/slices/") - page.count("/slices/?workflow=orders") == 8 + _links_elsewhere(page)
    # The one that is recommended comes first, though people decided less in it.
    assert page.index(f"/slices/{row.pk}/") < page.index("(part-10)") < page.index("(part-9)")
    assert "(part-3)" not in page
    assert len(_table(house.olga, "/outcomes/slices.csv")) == 12
    every = _page(house.olga, "/slices/?workflow=orders")
    assert "(part-3)" in every
    assert "Only the slices of" in every
    assert "(part-3)" not in _page(house.olga, "/slices/?workflow=nothing")


def _links_elsewhere(page: str) -> int:
    """Links to trust in the menus."""
    return page.count('href="/slices/"')


def test_nobody_sees_slices_of_others_workflows(house: House) -> None:
    row = earning.a_slice(house)
    for path in ("/outcomes/", "/slices/?workflow=orders"):
        assert str(row) not in _page(house.charlie, path)
    assert _table(house.charlie, "/outcomes/slices.csv") == []
    assert Client().get("/outcomes/slices.csv").status_code == 302
    assert len(_table(house.alice, "/outcomes/slices.csv")) == 1


def _stands(house: House, row: Slice, *, n: int, is_recommended: bool = False) -> None:
    """So many right decisions of the highest confidence, counted without each of them."""
    if not Standing.objects.filter(slice=row).exists():
        earning.reviewed(house, row, 1)
    Standing.objects.filter(slice=row).update(n=[n, 0, 0, 0, 0], is_recommended=is_recommended)


def _kpi(house: House, workflow: Workflow, measure: Measure, slug: str) -> KpiVersion:
    return save_kpi(
        workflow=workflow,
        slug=slug,
        name=slug,
        owner=house.olga,
        cadence=Cadence.MONTH,
        meaning=Meaning(measure, Direction.LOWER, "As it is said.", unit="points"),
        by=house.adam,
        now=house.now - timedelta(days=70),
    )


def _measured(house: House, workflow: Workflow, slug: str) -> None:
    """A KPI of each way of measuring, with a baseline and readings."""
    reported = _kpi(house, workflow, Measure.REPORTED, f"{slug}-reported")
    for n in range(5):
        day = house.now.date() - timedelta(days=n)
        enter_reading(
            version=reported, day=day, value=Decimal(7 + n), source="s", by=house.olga, now=house.now
        )
    period = (house.now.date(), house.now.date())
    enter(version=reported, value=Decimal(9), n=50, source="s", between=period, by=house.olga, now=house.now)
    time = _kpi(house, workflow, Measure.CYCLE_TIME, f"{slug}-time")
    MeasuredCase.objects.create(version=time, case="1", ended_on=house.now.date(), value=3600)
    days.add_up(time, [house.now.date()])
    _kpi(house, workflow, Measure.REWORK, f"{slug}-rework")


def _workflow(house: House, slug: str) -> Workflow:
    made = Workflow.objects.get(pk=house.workflow.pk)
    made.pk, made.slug, made.name = None, slug, slug
    made.save(force_insert=True)
    return made


def _statements(person: Any, path: str) -> list[str]:
    client = Client()
    client.force_login(person)
    client.get(path)
    terms._known.clear()
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert client.get(path).status_code == 200
    return [query["sql"] for query in caught.captured_queries]


@pytest.fixture
def one_of_each(house: House) -> Slice:
    """A workflow with KPIs, and slices that wait for signatures, for others, and in shadow, one with its criteria."""
    row = earning.a_slice(house)
    _stands(house, row, n=170)
    _spread(house, row, "first")
    _measured(house, house.workflow, "first")
    return row


def _spread(house: House, row: Slice, name: str, workflow: Workflow | None = None) -> None:
    """Slices that need what only people can give: signatures, or what is still open."""
    known = Standing.objects.get(slice=row)
    values = {"workflow": workflow} if workflow is not None else {}
    for kind in ("signed", "open"):
        (made,) = _copied(house, row, f"{name}-{kind}", **values)
        other = Standing.objects.get(pk=known.pk)
        other.pk, other.slice = uuid4(), made
        other.is_recommended = kind == "signed"
        other.newest_counted = uuid4()
        other.save(force_insert=True)
        criteria = Criteria.objects.create(
            slice=made,
            number=1,
            edges=list(terms.rules_of(row).edges),
            alpha=0.05,
            delta=0.05,
            reason="r",
            by_name="Adam",
            at=house.now,
        )
        Slice.objects.filter(pk=made.pk).update(criteria=criteria)


def test_many_workflows_take_as_many_statements_as_one(house: House, one_of_each: Slice) -> None:
    paths = ("/outcomes/", "/outcomes/portfolio.csv", "/outcomes/slices.csv", "/slices/")
    before = {path: _statements(house.olga, path) for path in paths}
    for n in range(3):
        workflow = _workflow(house, f"more-{n}")
        _measured(house, workflow, f"more-{n}")
        _spread(house, one_of_each, f"more-{n}", workflow)
    _measured(house, house.workflow, "also")
    _spread(house, one_of_each, "also")
    for path in paths:
        after = _statements(house.olga, path)
        assert len(after) == len(before[path]), path
        assert not [sql for sql in after if "trust_ledgerentry" in sql or "outcomes_logevent" in sql]
