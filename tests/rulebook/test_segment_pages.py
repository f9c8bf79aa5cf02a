"""The pages of segments: everybody who may read the workflow reads them, admins make them and count past cases."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts import rights
from apps.accounts.roles import Role
from apps.registry.marks import with_sensitive
from apps.registry.models import ActionType
from apps.rulebook.segment_queries import held_of_past
from apps.trust.models import Segment
from tests import factories
from tests.factories import House

pytestmark = pytest.mark.django_db

FORM = {
    "slug": "small",
    "name": "Small ones",
    "when": "impact.has_amount && impact.amount <= 50",
    "position": "0",
    "is_active": "on",
}


def browser(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def add(house: House, person: str = "adam", **changes: str) -> Any:
    url = reverse("rulebook:segment_add", args=[house.cancel_order.pk])
    return browser(getattr(house, person)).post(url, FORM | changes, follow=True)


def sums(house: House, *amounts: str) -> None:
    for amount in amounts:
        factories.pending(house, impact={"amount": amount, "currency": "EUR"})


def test_an_admin_makes_a_segment_and_everybody_reads_what_came_into_it(house: House) -> None:
    assert "Saved." in add(house).text
    sums(house, "20.00", "30.00", "200.00")
    page = browser(house.alice).get(reverse("rulebook:segment_list")).text
    assert "impact.amount &lt;= 50" in page
    assert "The rest" in page
    assert reverse("rulebook:segment_edit", args=[Segment.objects.get().pk]) not in page
    kind = browser(house.alice).get(reverse("rulebook:segment_list")).context["rows"][0]
    assert ([came for _row, came in kind.segments], kind.rest) == ([2], 1)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"when": "summary == 'x'"}, "There is no summary"),
        ({"when": "impact.amount"}, "not a yes or no"),
        ({"when": "args.colour == 'red'"}, "has no argument colour"),
        ({"slug": "all"}, "is the rest: what no segment holds"),
        ({"slug": "no spaces"}, "Letters without accents"),
    ],
)
def test_a_segment_that_says_nothing_is_answered_with_the_reason(
    house: House, changes: dict[str, str], told: str
) -> None:
    answer = add(house, **changes)
    assert answer.status_code == 422
    assert told in answer.text
    assert not Segment.objects.exists()


def test_a_name_is_given_once(house: House) -> None:
    add(house)
    assert "There is a segment of this name already." in add(house).text


@pytest.mark.parametrize("person", ["olga", "gina", "alice"])
def test_only_admins_make_segments(house: House, person: str) -> None:
    assert add(house, person).status_code == 403
    assert not Segment.objects.exists()


def test_a_count_does_not_tell_of_what_is_hidden_from_who_counts(house: House) -> None:
    schema = with_sensitive(house.cancel_order.args_schema, ["order_id"])
    ActionType.objects.filter(pk=house.cancel_order.pk).update(args_schema=schema)
    kind = ActionType.objects.get(pk=house.cancel_order.pk)
    factories.pending(house)
    for when in (
        "args.order_id == '#W1'",
        "args['order_id'] == '#W1'",
        "subject.id == '#W1'",
        "impact.amount > 1",
    ):
        assert held_of_past(kind, when, by=house.adam).held == 0
    rights.give(role=Role.PRIVACY_READER, to=house.adam, on=house.workflow, by=None, now=house.now)
    assert held_of_past(kind, "args.order_id == '#W1'", by=house.adam) == (1, 0, 1)


def test_a_condition_is_checked_and_counted_as_it_is_written(house: House) -> None:
    sums(house, "20.00", "200.00")
    client = browser(house.adam)
    check = reverse("rulebook:segment_check", args=[house.cancel_order.pk])
    page = client.get(reverse("rulebook:segment_add", args=[house.cancel_order.pk])).text
    assert f'hx-post="{check}"' in page
    assert 'data-complete="names"' in page
    said = " ".join(client.post(check, {"when": "impact.amount <= 50"}).text.split())
    assert "It would have held 1 of the last 2 proposals." in said
    assert "has an argument colour" in client.post(check, {"when": "has(args.colour)"}).text
    assert browser(house.alice).post(check, {"when": "true"}).status_code == 403


def test_what_is_wrong_is_said_where_past_cases_are_counted(house: House) -> None:
    sums(house, "20.00")
    page = " ".join(add(house, press="count", when="impact.ammount < 5").text.split())
    assert "Meant is perhaps impact.amount" in page
    assert "It would have held" not in page


def test_past_cases_are_counted_before_anything_is_saved(house: House) -> None:
    sums(house, "20.00", "200.00")
    factories.pending(house, impact=None)
    page = " ".join(add(house, press="count").text.split())
    assert "It would have held 1 of the last 3 proposals." in page
    assert not Segment.objects.exists()
    assert held_of_past(house.cancel_order, "impact.amount <= 50", by=house.adam) == (1, 1, 3)
    assert held_of_past(house.cancel_order, "nonsense", by=house.adam) is None
