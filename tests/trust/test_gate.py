"""No slice moves up in a workflow that is not ready; what runs goes on."""

from datetime import datetime, timedelta
from functools import partial

import pytest
from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.policies import NotAllowed
from apps.assurance.queries import lines_of
from apps.audit.models import Event
from apps.audit.sentences import sentence
from apps.registry.actions.workflows import FiveRoles, save_workflow
from apps.registry.models import Workflow
from apps.registry.states import Stage
from apps.trust import recommending
from apps.trust.actions import move_stage
from apps.trust.gating import gaps_of, hold_items
from apps.trust.ladder import rungs
from apps.trust.models import ReadinessItem, Slice
from apps.trust.readiness import LEAST_EVIDENCE, bounds, usual_end
from apps.trust.readying import complete_item, reopen_item
from apps.trust.states import ItemState, ReadyItem, RecommendationStatus
from tests import factories
from tests.together import at_once
from tests.trust import earning

EVIDENCE = "Rehearsed on Monday: taken back within four minutes."


def _reopen(house: factories.House, item: ReadyItem = ReadyItem.ROLLBACK) -> None:
    reopen_item(workflow=house.workflow, item=item, reason="It failed.", by=house.petra, now=house.now)


def _complete(house: factories.House, by: User | None = None, **changes: object) -> ReadinessItem:
    item = changes.pop("item", ReadyItem.ROLLBACK)
    assert isinstance(item, ReadyItem)
    given: dict[str, object] = {
        "workflow": house.workflow,
        "item": item,
        "evidence": EVIDENCE,
        "owner": house.tina,
        "expires_on": usual_end(item, timezone.localdate(house.now)),
        "by": by or house.petra,
        "now": house.now,
    }
    return complete_item(**{**given, **changes})  # type: ignore[arg-type]


def _to_assisted(house: factories.House, row: Slice, now: datetime | None = None) -> Slice:
    return move_stage(slice_id=row.pk, to=Stage.ASSISTED, by=house.adam, reason="ready", now=now or house.now)


def _in_shadow(house: factories.House) -> Slice:
    row = earning.a_slice(house)
    return move_stage(slice_id=row.pk, to=Stage.SHADOW, by=house.adam, reason="back", now=house.now)


def test_nothing_goes_to_assisted_by_hand_while_something_is_missing(house: factories.House) -> None:
    row = _in_shadow(house)
    _reopen(house)
    with pytest.raises(NotAllowed, match=r"not ready for more: Rollback\."):
        _to_assisted(house, row)
    _complete(house)
    assert _to_assisted(house, row).stage == Stage.ASSISTED


def test_down_it_goes_whatever_is_missing(house: factories.House) -> None:
    row = earning.supervised(house)
    _reopen(house)
    moved = move_stage(slice_id=row.pk, to=Stage.ASSISTED, by=house.adam, reason="stop", now=house.now)
    assert moved.stage == Stage.ASSISTED


def test_no_certificate_is_signed_while_something_is_missing(house: factories.House) -> None:
    row = earning.a_slice(house)
    earning.reviewed(house, row, 200)
    found = earning.waiting(row)
    sign = partial(
        recommending.ratify, recommendation_id=found.pk, seen_sha256=found.evidence_sha256, now=house.now
    )
    sign(by=house.adam)
    _reopen(house, ReadyItem.ON_CALL)
    with pytest.raises(NotAllowed, match=r"not ready for more: On call\."):
        sign(by=house.olga)
    row.refresh_from_db()
    assert row.stage == Stage.ASSISTED
    _complete(house, item=ReadyItem.ON_CALL)
    assert sign(by=house.olga).status == RecommendationStatus.RATIFIED
    row.refresh_from_db()
    assert row.stage == Stage.SUPERVISED


def test_what_expires_stops_no_slice_but_the_next_step(house: factories.House) -> None:
    running, waiting = earning.supervised(house), _in_shadow_of(house, "second")
    last = ReadinessItem.objects.get(workflow=house.workflow, item=ReadyItem.BASELINE)
    last.expires_on = timezone.localdate(house.now)
    last.save(update_fields=["expires_on"])
    assert not gaps_of(house.workflow.pk, now=house.now)
    later = house.now + timedelta(days=1)
    with pytest.raises(NotAllowed, match="Evaluation baseline \\(expired on"):
        _to_assisted(house, waiting, later)
    running.refresh_from_db()
    assert running.stage == Stage.SUPERVISED
    assert earning.standing(running).is_acting
    (rung,) = rungs([running], now=later)
    assert "Evaluation baseline" in rung.unready
    assert [gap.item for gap in rung.gaps] == [ReadyItem.BASELINE]


def _in_shadow_of(house: factories.House, slug: str) -> Slice:
    """Another agent's slice, in shadow."""
    agent = factories.AgentFactory(slug=slug, owner=house.bob)
    row = earning.open_slice(action_type=house.cancel_order, agent=agent, now=house.now)
    return move_stage(slice_id=row.pk, to=Stage.SHADOW, by=house.adam, reason="back", now=house.now)


def test_another_workflows_gaps_are_its_own(house: factories.House) -> None:
    other = _workflow(house, "other", Stage.SHADOW)
    assert len(gaps_of(other.pk, now=house.now)) == 7
    assert not gaps_of(house.workflow.pk, now=house.now)
    _to_assisted(house, _in_shadow(house))


@pytest.mark.parametrize("name", ["petra", "tina", "gina", "adam"])
def test_who_answers_for_the_workflow_says_what_is_ready(house: factories.House, name: str) -> None:
    assert _complete(house, getattr(house, name)).done_by.short == name


@pytest.mark.parametrize("name", ["alice", "bob", "olga", "charlie"])
def test_nobody_else_says_it(house: factories.House, name: str) -> None:
    person = getattr(house, name)
    with pytest.raises(NotAllowed, match="Only the process owner"):
        _complete(house, person)
    with pytest.raises(NotAllowed, match="Only the process owner"):
        reopen_item(workflow=house.workflow, item=ReadyItem.ROLLBACK, reason="no", by=person, now=house.now)


def test_an_item_needs_evidence_an_owner_of_the_workflow_and_a_last_day(house: factories.House) -> None:
    first, last = bounds(ReadyItem.ROLLBACK, timezone.localdate(house.now))
    for wrong, message in (
        ({"evidence": " " * 40 + "x" * (LEAST_EVIDENCE - 1)}, "Say what the evidence is"),
        ({"evidence": "done" + "\u200b" * 40}, "Say what the evidence is"),
        ({"owner": house.charlie}, "one of the workflow's people"),
        ({"expires_on": first - timedelta(days=1)}, "Its last day"),
        ({"expires_on": last + timedelta(days=1)}, "Its last day"),
        ({"link": "javascript:alert(1)"}, "has to begin with http"),
    ):
        with pytest.raises(NotAllowed, match=message):
            _complete(house, **wrong)
    for fine in ({"expires_on": first}, {"expires_on": last}, {"owner": house.alice}):
        _complete(house, **fine)
    house.tina.is_active = False
    house.tina.save()
    with pytest.raises(NotAllowed, match="may sign in"):
        _complete(house)


def test_both_leave_a_sentence_in_the_audit_log(house: factories.House) -> None:
    _reopen(house)
    assert (
        sentence(Event.objects.latest("id")) == "Petra opened the item Rollback of Orders again: It failed."
    )
    _complete(house, link="https://example.org/rehearsal")
    event = Event.objects.latest("id")
    assert sentence(event).startswith("Petra said that Orders has its Rollback ready until ")
    assert event.data["link"] == "https://example.org/rehearsal"
    assert event.workflow_id == house.workflow.pk


def test_what_is_open_is_not_opened_again_and_a_reason_is_given(house: factories.House) -> None:
    with pytest.raises(NotAllowed, match="Say why"):
        reopen_item(
            workflow=house.workflow, item=ReadyItem.ROLLBACK, reason=" ", by=house.petra, now=house.now
        )
    with pytest.raises(NotAllowed, match="Say why"):
        reopen_item(
            workflow=house.workflow, item=ReadyItem.ROLLBACK, reason="\u2060", by=house.petra, now=house.now
        )
    _reopen(house)
    with pytest.raises(NotAllowed, match="open already"):
        _reopen(house)


def _workflow(house: factories.House, slug: str, stage: Stage) -> Workflow:
    roles = FiveRoles(
        business_owner=house.olga,
        process_owner=house.petra,
        technical_owner=house.tina,
        governance_lead=house.gina,
        reviewers=house.team,
    )
    return save_workflow(
        slug=slug, name=slug.title(), roles=roles, initial_stage=stage, by=house.adam, now=house.now
    )


def test_a_new_workflow_may_begin_in_assisted_an_old_one_only_when_it_is_ready(
    house: factories.House,
) -> None:
    assert _workflow(house, "new", Stage.ASSISTED).initial_stage == Stage.ASSISTED
    # What says again what holds already changes nothing.
    _workflow(house, "new", Stage.ASSISTED)
    old = _workflow(house, "old", Stage.SHADOW)
    with pytest.raises(NotAllowed, match="not ready for more: Cost model, Observability"):
        _workflow(house, "old", Stage.ASSISTED)
    factories.make_ready(old, house.petra, house.now)
    assert _workflow(house, "old", Stage.ASSISTED).initial_stage == Stage.ASSISTED


@pytest.mark.django_db(transaction=True)
def test_an_item_opened_at_the_same_moment_is_seen_or_waits(live_house: factories.House) -> None:
    house = live_house
    row = _in_shadow(house)
    moved, opened = at_once([partial(_to_assisted, house, row), partial(_reopen, house)])
    row.refresh_from_db()
    assert not isinstance(opened, Exception)
    # Either order is fine; what is not is a step up after the item was seen to be open.
    assert (row.stage == Stage.ASSISTED) is not isinstance(moved, NotAllowed)


@pytest.mark.django_db(transaction=True)
def test_while_a_step_is_taken_nobody_opens_an_item(live_house: factories.House) -> None:
    house = live_house
    with transaction.atomic():
        hold_items(house.workflow.pk)
        (refused,) = at_once([partial(_reopen_at_once, house)])
    assert isinstance(refused, Exception)
    assert "lock" in str(refused)


def _reopen_at_once(house: factories.House) -> None:
    with transaction.atomic():
        ReadinessItem.objects.select_for_update(nowait=True, no_key=True).get(
            workflow=house.workflow, item=ReadyItem.ROLLBACK
        )


@pytest.mark.django_db(transaction=True)
def test_two_people_who_do_the_same_item_at_once_leave_one_row(live_house: factories.House) -> None:
    house = live_house
    workflow = _workflow(house, "other", Stage.SHADOW)
    given = {
        "workflow": workflow,
        "item": ReadyItem.COST_MODEL,
        "evidence": EVIDENCE,
        "owner": house.tina,
        "expires_on": usual_end(ReadyItem.COST_MODEL, timezone.localdate(house.now)),
        "now": house.now,
    }
    done = at_once([partial(complete_item, by=person, **given) for person in (house.petra, house.tina)])
    assert [each for each in done if isinstance(each, Exception)] == []
    assert ReadinessItem.objects.filter(workflow=workflow).count() == 1


@pytest.mark.parametrize("item", [ReadyItem.ROLLBACK, ReadyItem.ON_CALL])
def test_an_item_whose_owner_cannot_sign_in_any_more_is_open(house: factories.House, item: ReadyItem) -> None:
    waiting = _in_shadow(house)
    ReadinessItem.objects.filter(item=item).update(owner=house.bob)
    house.bob.is_active = False
    house.bob.save()
    (gap,) = gaps_of(house.workflow.pk, now=house.now)
    assert str(gap) == f"{item.label} (its owner, Bob, cannot sign in any more)"
    with pytest.raises(NotAllowed, match="Bob, cannot sign in"):
        _to_assisted(house, waiting)
    states = {line.item: line.state for line in lines_of(house.workflow, now=house.now)}
    assert states.pop(item) is ItemState.UNOWNED
    assert set(states.values()) == {ItemState.DONE}
    ReadinessItem.objects.filter(item=item).update(owner=house.alice)
    _to_assisted(house, waiting)


def test_who_says_what_is_ready_is_whom_the_workflow_names_now(house: factories.House) -> None:
    before = Workflow.objects.get(pk=house.workflow.pk)
    Workflow.objects.filter(pk=before.pk).update(process_owner=house.olga)
    given = {"workflow": before, "item": ReadyItem.ROLLBACK, "by": house.petra, "now": house.now}
    with pytest.raises(NotAllowed, match="Only the process owner"):
        reopen_item(**given, reason="It failed.")
    until = timezone.localdate(house.now) + timedelta(days=30)
    with pytest.raises(NotAllowed, match="Only the process owner"):
        complete_item(**given, evidence="Rehearsed it with everybody.", owner=house.tina, expires_on=until)
