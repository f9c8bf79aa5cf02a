"""An item is done as far as what ReviewHub sees does not say otherwise; the trigger writes its own evidence."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.policies import NotAllowed
from apps.assurance.facts import facts_of
from apps.assurance.marking import mark_done, run_trigger
from apps.assurance.models import TriggerRun
from apps.audit.models import Event
from apps.audit.sentences import sentence
from apps.costs.model_setup import save_model
from apps.costs.modelling import Assumed
from apps.costs.states import ScenarioKind
from apps.delivery.models import Notification
from apps.registry.actions import review_permissions
from apps.registry.models import AgentGrant
from apps.registry.scopes import digest
from apps.trust.gating import gaps_of
from apps.trust.models import Baseline, ReadinessItem
from apps.trust.readiness import usual_end
from apps.trust.states import ReadyItem
from tests import factories
from tests.trust import earning

EVIDENCE = "Looked at on Monday with everybody concerned."
SCENARIO = Assumed(10, *(Decimal(n) for n in (1, 50, 5, 40, 2, 20, 0)))


@pytest.fixture
def bare(house: factories.House) -> factories.House:
    """The house with nothing said to be ready."""
    ReadinessItem.objects.filter(workflow=house.workflow).update(
        done_at=None, done_by=None, expires_on=None, reopened_because="For a test."
    )
    return house


def _end(item: ReadyItem, now: datetime) -> date:
    return usual_end(item, timezone.localdate(now))


def _mark(
    house: factories.House, item: ReadyItem, by: User | None = None, evidence: str = ""
) -> ReadinessItem:
    return mark_done(
        workflow=house.workflow,
        item=item,
        evidence=evidence or f"{EVIDENCE} {item.label}",
        link="",
        owner=house.tina,
        expires_on=_end(item, house.now),
        by=by or house.petra,
        now=house.now,
    )


def _run(house: factories.House, by: User | None = None, now: datetime | None = None) -> TriggerRun:
    at = now or house.now
    return run_trigger(
        workflow=house.workflow,
        owner=house.tina,
        expires_on=_end(ReadyItem.ESCALATION, at),
        by=by or house.petra,
        now=at,
    )


def _model(house: factories.House) -> None:
    save_model(
        workflow=house.workflow,
        currency="EUR",
        manual_cost=Decimal(9),
        scenarios=dict.fromkeys(ScenarioKind, SCENARIO),
        by=house.adam,
        now=house.now,
    )


def test_without_a_cost_model_nobody_says_there_is_one(bare: factories.House) -> None:
    with pytest.raises(NotAllowed, match="no cost model yet"):
        _mark(bare, ReadyItem.COST_MODEL)
    _model(bare)
    row = _mark(bare, ReadyItem.COST_MODEL)
    assert row.seen.startswith("Cost model version 1, saved on ")


def test_without_a_baseline_nobody_says_there_is_one(bare: factories.House) -> None:
    with pytest.raises(NotAllowed, match="No baseline is frozen"):
        _mark(bare, ReadyItem.BASELINE)
    row = earning.a_slice(bare)
    Baseline.objects.create(
        slice=row,
        agent_version=earning.version(bare),
        proposals=10,
        bins={},
        reviewed=10,
        overridden=1,
        until=bare.now,
        at=bare.now,
    )
    assert "work of an agent has its baseline" in _mark(bare, ReadyItem.BASELINE).seen


def test_of_what_it_cannot_see_it_takes_peoples_word(bare: factories.House) -> None:
    for item in (ReadyItem.OBSERVABILITY, ReadyItem.PERMISSIONS, ReadyItem.ROLLBACK, ReadyItem.ON_CALL):
        assert _mark(bare, item).seen
    assert ReadinessItem.objects.get(item=ReadyItem.ON_CALL).seen == "Tina is not away now."
    assert (
        ReadinessItem.objects.get(item=ReadyItem.PERMISSIONS).seen
        == "1 agent may propose: Order bot (every action type). Never reviewed: Order bot."
    )


def test_the_escalation_is_never_ready_by_word_alone(bare: factories.House) -> None:
    with pytest.raises(NotAllowed, match="Run the simulated trigger"):
        _mark(bare, ReadyItem.ESCALATION)


def test_a_trigger_that_reaches_people_is_the_evidence_and_tells_nobody(bare: factories.House) -> None:
    told_before = Notification.objects.count()
    run = _run(bare)
    assert run.holds
    assert {"Adam", "Olga", "Petra"} <= set(run.reached)
    assert {place["queue"] for place in run.places} == {"Triage", "Standard", "Senior", "Critical"}
    row = ReadinessItem.objects.get(item=ReadyItem.ESCALATION)
    assert row.done_by == bare.petra
    assert "reached Adam" in row.evidence
    assert Notification.objects.count() == told_before
    verbs = list(Event.objects.order_by("-id").values_list("verb", flat=True)[:2])
    assert verbs == ["readiness.set", "readiness.tried"]
    tried = Event.objects.filter(verb="readiness.tried").latest("id")
    assert sentence(tried).startswith(
        "Petra ran a simulated trigger of the escalation of Orders: A simulated"
    )
    assert ReadyItem.ESCALATION not in [gap.item for gap in gaps_of(bare.workflow.pk, now=bare.now)]


def test_a_trigger_that_reaches_too_few_opens_the_item_again(bare: factories.House) -> None:
    _run(bare)
    User.objects.filter(short__in=["adam", "olga"]).update(is_active=False)
    run = _run(bare, now=bare.now + timedelta(hours=1))
    assert not run.holds
    assert run.reached == ["Petra"]
    row = ReadinessItem.objects.get(item=ReadyItem.ESCALATION)
    assert row.done_at is None
    assert "has 1 active people in Critical (Orders)" in row.reopened_because
    assert facts_of(bare.workflow, now=bare.now)[ReadyItem.ESCALATION].holds is False
    # A second failure finds it open, and keeps its own outcome.
    assert not _run(bare, now=bare.now + timedelta(hours=2)).holds
    assert TriggerRun.objects.count() == 3


def test_a_chain_that_is_not_there_is_no_escalation(bare: factories.House) -> None:
    factories.publish_matrix(bare.now, workflow=bare.workflow, chain="nowhere")
    run = _run(bare)
    assert not run.holds
    assert all("does not exist" in place["problems"][0] for place in run.places)


@pytest.mark.parametrize("name", ["alice", "olga", "charlie"])
def test_only_who_answers_for_the_workflow_runs_it(bare: factories.House, name: str) -> None:
    with pytest.raises(NotAllowed, match="Only the process owner"):
        _run(bare, by=getattr(bare, name))
    with pytest.raises(NotAllowed, match="Only the process owner"):
        _mark(bare, ReadyItem.ROLLBACK, by=getattr(bare, name))
    assert not TriggerRun.objects.exists()


def test_facts_take_the_same_statements_however_much_there_is(
    house: factories.House, django_assert_max_num_queries: Any
) -> None:
    earning.supervised(house)
    _run(house)
    _model(house)
    with django_assert_max_num_queries(12):
        facts = facts_of(house.workflow, now=house.now)
    assert set(facts) == set(ReadyItem)


def test_each_item_has_evidence_of_its_own(bare: factories.House) -> None:
    _mark(bare, ReadyItem.OBSERVABILITY, evidence=EVIDENCE)
    with pytest.raises(NotAllowed, match="The same words are the evidence of"):
        _mark(bare, ReadyItem.ROLLBACK, evidence=f" {EVIDENCE.upper()}")
    assert _mark(bare, ReadyItem.OBSERVABILITY, evidence=EVIDENCE).done_at is not None


def test_an_owner_named_by_somebody_else_is_told_once(bare: factories.House) -> None:
    given = {"workflow": bare.workflow, "item": ReadyItem.ROLLBACK, "evidence": EVIDENCE, "link": ""}
    given |= {"expires_on": _end(ReadyItem.ROLLBACK, bare.now), "by": bare.adam, "now": bare.now}
    ReadinessItem.objects.filter(workflow=bare.workflow, item=ReadyItem.ROLLBACK).update(owner=bare.olga)
    mark_done(**given, owner=bare.tina)
    mark_done(**given, owner=bare.tina)
    (told,) = Notification.objects.filter(kind="readiness")
    assert told.person == bare.tina
    assert "Adam named you" in told.text


def test_the_permission_review_is_held_against_the_reviews_of_the_agents(bare: factories.House) -> None:
    fact = facts_of(bare.workflow, now=bare.now)[ReadyItem.PERMISSIONS]
    assert "Never reviewed: Order bot." in fact.text
    page = reverse("permissions:agent_permissions", args=[bare.agent.slug])
    assert fact.url == f"{page}#{bare.workflow.slug}"
    grant = AgentGrant.objects.get(agent=bare.agent, workflow=bare.workflow)
    review_permissions(
        grant=grant, note="Still right.", seen=digest(grant.scope_list), by=bare.adam, now=bare.now
    )
    fact = facts_of(bare.workflow, now=bare.now)[ReadyItem.PERMISSIONS]
    assert "The oldest of their last reviews is of 17 Nov 2026." in fact.text
    assert "Never reviewed" not in fact.text
