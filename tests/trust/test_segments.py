"""Segments: which one holds a proposal, and that what they are is fixed once something has counted in one."""

from datetime import timedelta
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pgtrigger
import pytest

from apps.accounts.policies import NotAllowed
from apps.audit.models import Event
from apps.halts import halting
from apps.halts.targets import Target
from apps.registry.conditions.expressions import BadExpression
from apps.registry.conditions.names import declared_values
from apps.registry.states import Stage
from apps.reviews import settling
from apps.trust.actions import move_stage, open_slice
from apps.trust.config import Segments
from apps.trust.models import ReadinessItem, Segment, Slice
from apps.trust.segment_setup import save_segment
from apps.trust.segments import SEGMENTS, segment_of
from apps.trust.states import ReadyItem
from apps.trust.statistics.inputs import BadInput
from tests import factories
from tests.factories import House

SMALL = SimpleNamespace(slug="small", when="impact.has_amount && impact.amount <= 50")
LATE = SimpleNamespace(slug="late", when='args.order.state == "late"')


def declared(**changes: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "action": "cancel_order",
        "args": {},
        "amount": None,
        "currency": "",
        "subject_kind": "",
        "subject_id": "",
        "affected": 0,
        "systems": (),
    }
    return declared_values(**given | changes)


@pytest.mark.parametrize(
    ("changes", "slug"),
    [
        ({"amount": 50}, "small"),
        ({"amount": -5000}, "all"),
        ({"amount": 51, "args": {"order": {"state": "late"}}}, "late"),
        ({"amount": 5, "args": {"order": {"state": "late"}}}, "small"),
        ({"args": {"order": {"state": "new"}}}, "all"),
        ({"args": {"order": "late"}}, "all"),
        ({}, "all"),
    ],
)
def test_the_first_that_holds_counts_and_what_cannot_be_answered_does_not_hold(
    changes: dict[str, Any], slug: str
) -> None:
    assert segment_of([SMALL, LATE], declared(**changes)) == slug


@pytest.mark.parametrize(
    "name", ["proposal.confidence", "agent.model", "evidence.count", "action.consequence"]
)
def test_nothing_an_agent_says_about_itself_is_a_name(name: str) -> None:
    with pytest.raises(BadExpression, match="There is no"):
        SEGMENTS.compiled(f"{name} == {name}")


def made(house: House, when: str = SMALL.when, **changes: Any) -> Segment:
    given = {"slug": "small", "name": "Small ones", "by": house.adam, "now": house.now}
    return save_segment(action_type=house.cancel_order, when=when, **given | changes)


@pytest.mark.django_db
def test_a_proposal_goes_to_the_slice_of_its_segment(house: House) -> None:
    made(house)
    factories.pending(house, impact={"amount": "20.00", "currency": "EUR"})
    factories.pending(house, impact={"amount": "200.00", "currency": "EUR"})
    factories.pending(house, impact=None)
    assert set(Slice.objects.values_list("segment", flat=True)) == {"small", "all"}
    assert Event.objects.filter(verb="segment.made", actor_name="Adam").exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("when", "error"),
    [
        ("", BadExpression),
        ("impact.amount", BadExpression),
        ("summary == 'x'", BadExpression),
        ("args.colour == 'red'", BadInput),
    ],
)
def test_a_condition_that_cannot_be_used_is_refused(house: House, when: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        made(house, when)
    assert not Segment.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("person", ["olga", "gina", "alice"])
def test_only_admins_make_segments(house: House, person: str) -> None:
    with pytest.raises(NotAllowed):
        made(house, by=getattr(house, person))


@pytest.mark.django_db
def test_what_a_segment_holds_is_fixed_once_something_has_counted_in_it(house: House) -> None:
    made(house)
    assert made(house, "impact.amount <= 60").when == "impact.amount <= 60"
    proposal = factories.pending(house, impact={"amount": "20.00", "currency": "EUR"})
    factories.decided(factories.claimed(proposal, house.alice, house.now), house.alice, house.now)
    settling.settle_due(now=house.now + timedelta(minutes=1))
    with pytest.raises(NotAllowed, match="1 decisions have counted in this segment"):
        made(house, "impact.amount <= 70")
    assert made(house, "impact.amount <= 60", name="Small").name == "Small"


@pytest.mark.django_db
def test_a_closed_segment_gets_nothing_new(house: House) -> None:
    made(house, is_active=False)
    factories.pending(house, impact={"amount": "20.00", "currency": "EUR"})
    assert Slice.objects.get().segment == "all"


@pytest.mark.django_db
def test_segments_are_written_to_the_configuration_and_read_from_it(house: House) -> None:
    made(house)
    (entry,) = Segments.current()
    assert entry["segment"] == "orders/cancel_order/small"
    read = Segments.Model.model_validate(entry)
    assert read.canonical() == entry
    changed = Segments.Model.model_validate(entry | {"name": "Small and quick", "position": 3})
    Segments.apply([changed], by=None, now=house.now)
    assert (Segment.objects.get().name, Segment.objects.get().position) == ("Small and quick", 3)


@pytest.mark.parametrize(
    "wrong",
    [
        {"segment": "orders/small"},
        {"segment": "orders/cancel_order/all"},
        {"when": ""},
        {"when": "impact.amount > 'much'"},
    ],
)
def test_a_wrong_entry_of_the_configuration_is_refused(wrong: dict[str, Any]) -> None:
    good = {"segment": "orders/cancel_order/small", "name": "Small", "when": SMALL.when}
    Segments.Model.model_validate(good)
    with pytest.raises(ValueError, match=r"segment|when"):
        Segments.Model.model_validate(good | wrong)


@pytest.mark.parametrize(
    ("condition", "values", "holds"),
    [
        ({"field": "amount", "is": "at_most", "value": 50}, {"amount": 50}, True),
        ({"field": "amount", "is": "above", "value": 50}, {}, False),
        ({"field": "currency", "is": "one_of", "value": ["EUR", '"x']}, {"currency": "EUR"}, True),
        ({"field": "subject", "is": "one_of", "value": ["order"]}, {"subject_kind": "invoice"}, False),
        ({"field": "args.n", "is": "one_of", "value": [7, True, "late"]}, {"args": {"n": True}}, True),
        ({"field": "args.n", "is": "at_most", "value": 2.5}, {"args": {"n": 2}}, True),
        ({"field": "args.n", "is": "at_most", "value": 2}, {}, False),
    ],
)
def test_what_segments_said_in_their_old_form_is_said_in_cel(
    condition: dict[str, Any], values: dict[str, Any], holds: bool
) -> None:
    written = import_module("apps.trust.migrations.0002_segment_when")._clause(condition)
    answer = SEGMENTS.compiled(written).ask(SEGMENTS.given(declared(**values)))
    assert (answer.holds, answer.failure) == (holds, "")


def _large(house: House, **changes: Any) -> Segment:
    return made(house, "impact.amount > 100.0", **{"slug": "large", "name": "Large ones"} | changes)


@pytest.mark.django_db
def test_a_slice_split_from_other_work_begins_as_low_as_the_lowest_of_it(house: House) -> None:
    proposal = factories.pending(house)
    move_stage(slice_id=proposal.slice_id, to=Stage.SHADOW, by=house.gina, reason="bad", now=house.now)
    _large(house)
    split = factories.pending(house)
    assert (split.slice.segment, split.slice.stage, split.stage) == ("large", Stage.SHADOW, Stage.SHADOW)
    other = factories.AgentFactory(owner=house.tina)
    assert open_slice(action_type=house.cancel_order, agent=other, now=house.now).stage == Stage.ASSISTED


@pytest.mark.django_db
def test_while_a_workflow_has_lost_what_it_had_ready_every_new_slice_begins_in_shadow(house: House) -> None:
    waiting = factories.pending(house)
    ReadinessItem.objects.filter(item=ReadyItem.ROLLBACK).update(
        expires_on=house.now.date() - timedelta(days=1)
    )
    _large(house)
    assert factories.pending(house).slice.stage == Stage.SHADOW
    waiting.slice.refresh_from_db()
    assert waiting.slice.stage == Stage.ASSISTED
    other = factories.AgentFactory(owner=house.tina)
    assert open_slice(action_type=house.cancel_order, agent=other, now=house.now).stage == Stage.SHADOW
    assert open_slice(action_type=house.delete_record, agent=house.agent, now=house.now).stage == Stage.SHADOW


@pytest.mark.django_db
def test_a_workflow_that_was_never_ready_begins_as_it_says(house: House) -> None:
    with pgtrigger.ignore("trust.ReadinessItem:never_removed_rows"):
        ReadinessItem.objects.filter(item=ReadyItem.ROLLBACK).delete()
    assert factories.pending(house).slice.stage == Stage.ASSISTED


@pytest.mark.django_db
def test_no_changed_segment_moves_work_into_a_slice_that_is_let_do_more(house: House) -> None:
    _large(house)
    factories.pending(house)
    factories.pending(house, impact=None)
    large = Slice.objects.get(segment="large")
    move_stage(slice_id=large.pk, to=Stage.SHADOW, by=house.gina, reason="bad", now=house.now)
    for change in ({"is_active": False}, {"position": 3}, {"when": "impact.amount > 900.0"}):
        with pytest.raises(NotAllowed, match="let do more"):
            save_segment(
                action_type=house.cancel_order,
                by=house.adam,
                now=house.now,
                **{"slug": "large", "name": "L", "when": "impact.amount > 100.0"} | change,
            )
    assert _large(house, name="Larger ones").name == "Larger ones"
    rest = Slice.objects.get(segment="all")
    move_stage(slice_id=rest.pk, to=Stage.SHADOW, by=house.gina, reason="bad", now=house.now)
    assert not _large(house, is_active=False).is_active


@pytest.mark.django_db
def test_a_closed_segment_is_not_opened_again_above_the_work_it_takes(house: House) -> None:
    _large(house)
    factories.pending(house)
    _large(house, is_active=False)
    rest = factories.pending(house).slice
    move_stage(slice_id=rest.pk, to=Stage.SHADOW, by=house.gina, reason="bad", now=house.now)
    with pytest.raises(NotAllowed, match="let do more"):
        _large(house)


@pytest.mark.django_db
def test_while_a_slice_is_halted_its_work_is_not_divided_otherwise(house: House) -> None:
    halted = halting.halt(
        target=Target(slice=factories.pending(house).slice), reason="Fire.", by=house.gina, now=house.now
    )
    with pytest.raises(NotAllowed, match="is halted: its work cannot be divided"):
        _large(house)
    assert _large(house, is_active=False).when
    halting.lift(halt_id=halted.pk, reason="Out.", by=house.gina, now=house.now)
    assert _large(house).is_active
