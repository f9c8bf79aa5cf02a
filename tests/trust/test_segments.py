"""Segments: named predicates over declared values, each earning by itself."""

from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from apps.audit.models import Event
from apps.reviews import settling
from apps.trust.config import Segments
from apps.trust.models import Segment, Slice
from apps.trust.segments import check_conditions, conditions_of, segment_of, text_of, values_of
from apps.trust.statistics.inputs import BadInput
from tests import factories

SMALL = SimpleNamespace(slug="small", conditions=[{"field": "amount", "is": "at_most", "value": 50}])
LATE = SimpleNamespace(
    slug="late", conditions=[{"field": "args.order.state", "is": "one_of", "value": ["late"]}]
)


@pytest.mark.parametrize(
    ("amount", "state", "slug"),
    [
        ("50", "late", "small"),
        ("50.01", "late", "late"),
        ("51", "early", "all"),
        ("-5000", "early", "all"),
        (None, "early", "all"),
    ],
)
def test_the_first_that_fits_counts(amount: str | None, state: str, slug: str) -> None:
    values = values_of(
        args={"order": {"state": state}},
        amount=None if amount is None else Decimal(amount),
        currency="EUR",
        subject_kind="order",
    )
    assert segment_of([SMALL, LATE], values) == slug


@pytest.mark.parametrize(
    "conditions",
    [
        [],
        [{"field": "summary", "is": "one_of", "value": ["x"]}],
        [{"field": "amount", "is": "like", "value": 1}],
        [{"field": "amount", "is": "above", "value": "much"}],
        [{"field": "currency", "is": "one_of", "value": []}],
        [{"field": "amount", "is": "above", "value": True}],
        [{"field": "amount", "is": "above", "value": "1e999999"}],
        [{"field": "amount", "is": "above", "value": "0e999999"}],
        [{"field": "amount", "is": "above", "value": 10**15}],
        [{"field": "amount", "is": "above", "value": "0.0000000000000001"}],
    ],
)
def test_conditions_that_say_nothing_are_refused(conditions: list[dict[str, Any]]) -> None:
    with pytest.raises(BadInput):
        check_conditions(conditions)


def test_a_number_nobody_could_write_out_is_refused_at_once() -> None:
    with pytest.raises(BadInput, match="1e999999999 is out of bounds: write a number of at most 15 digits"):
        conditions_of("amount at_most 1e999999999")
    assert conditions_of("args.note one_of 1e999999999")[0]["value"] == ["1e999999999"]
    assert conditions_of("amount at_most 999999999999999")[0]["value"] == 999_999_999_999_999


def test_a_proposal_goes_to_the_slice_of_its_segment(house: factories.House) -> None:
    Segment.objects.create(
        action_type=house.cancel_order, slug="small", name="Small ones", conditions=SMALL.conditions
    )
    factories.pending(house, impact={"amount": "20.00", "currency": "EUR"})
    factories.pending(house, impact={"amount": "200.00", "currency": "EUR"})
    assert set(Slice.objects.values_list("segment", flat=True)) == {"small", "all"}


def _browser(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


FORM = {
    "slug": "small",
    "name": "Small ones",
    "conditions": "amount at_most 50",
    "position": "0",
    "is_active": "on",
}


def _add(house: factories.House, person: str = "adam", **changes: str) -> Any:
    url = f"/slices/segments/{house.cancel_order.pk}/add/"
    return _browser(getattr(house, person)).post(url, FORM | changes, follow=True)


def test_what_is_written_is_what_is_read() -> None:
    text = "amount at_most 50\nargs.order.state one_of late, 7, true\ncurrency one_of EUR"
    assert text_of(conditions_of(text)) == text
    assert conditions_of(text)[1]["value"] == ["late", 7, True]


def test_an_admin_makes_a_segment_and_everybody_reads_it(house: factories.House) -> None:
    assert "Saved." in _add(house).text
    made = Segment.objects.get()
    assert made.conditions == [{"field": "amount", "is": "at_most", "value": 50}]
    page = _browser(house.alice).get("/slices/segments/").text
    assert "amount at_most 50" in page
    assert "The rest" in page
    assert "/segments/1/" not in page
    assert Event.objects.filter(verb="segment.made", actor_name="Adam").exists()
    factories.pending(house, impact={"amount": "20.00", "currency": "EUR"})
    assert Slice.objects.get().segment == "small"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"conditions": "summary one_of x"}, "is no field"),
        ({"conditions": "amount like 3"}, "is no comparison"),
        ({"conditions": "amount above much"}, "needs a number"),
        ({"conditions": "args.colour one_of red"}, "has no argument colour"),
        ({"slug": "all"}, "is the rest: what no segment holds"),
        ({"slug": "no spaces"}, "valid"),
    ],
)
def test_a_segment_that_says_nothing_is_answered_with_the_reason(
    house: factories.House, changes: dict[str, str], told: str
) -> None:
    answer = _add(house, **changes)
    assert answer.status_code == 422
    assert told in answer.text
    assert not Segment.objects.exists()


def test_a_name_is_given_once(house: factories.House) -> None:
    _add(house)
    assert "There is a segment of this name already." in _add(house).text


@pytest.mark.parametrize("person", ["olga", "gina", "alice"])
def test_only_admins_make_segments(house: factories.House, person: str) -> None:
    assert _add(house, person).status_code == 403
    assert not Segment.objects.exists()


def test_what_a_segment_holds_is_fixed_once_something_has_counted_in_it(house: factories.House) -> None:
    _add(house)
    made = Segment.objects.get()
    url = f"/slices/segments/{made.pk}/"
    _browser(house.adam).post(url, FORM | {"conditions": "amount at_most 60"})
    made.refresh_from_db()
    assert made.conditions[0]["value"] == 60
    proposal = factories.pending(house, impact={"amount": "20.00", "currency": "EUR"})
    factories.decided(factories.claimed(proposal, house.alice, house.now), house.alice, house.now)
    settling.settle_due(now=house.now + timedelta(minutes=1))
    answer = _browser(house.adam).post(url, FORM | {"conditions": "amount at_most 70"})
    assert "1 decisions have counted in this segment" in answer.text
    _browser(house.adam).post(url, FORM | {"conditions": "amount at_most 60", "name": "Small"})
    made.refresh_from_db()
    assert (made.conditions[0]["value"], made.name) == (60, "Small")


def test_a_closed_segment_gets_nothing_new(house: factories.House) -> None:
    _add(house, is_active="")
    factories.pending(house, impact={"amount": "20.00", "currency": "EUR"})
    assert Slice.objects.get().segment == "all"


def test_segments_are_written_to_the_configuration_and_read_from_it(house: factories.House) -> None:
    _add(house)
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
        {"conditions": []},
        {"conditions": [{"field": "amount", "is": "above", "value": "much"}]},
    ],
)
def test_a_wrong_entry_of_the_configuration_is_refused(wrong: dict[str, Any]) -> None:
    good = {
        "segment": "orders/cancel_order/small",
        "name": "Small",
        "conditions": [{"field": "amount", "is": "at_most", "value": 5}],
    }
    Segments.Model.model_validate(good)
    with pytest.raises(ValueError, match=r"segment|conditions"):
        Segments.Model.model_validate(good | wrong)
