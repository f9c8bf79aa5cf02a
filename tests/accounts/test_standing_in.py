"""Who stands in for whom, and the page that tells everybody."""

from datetime import timedelta
from itertools import pairwise

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts import queries
from apps.accounts.models import Absence, User
from apps.accounts.standing_in import stand_in
from tests import factories
from tests.factories import House

people = st.integers(0, 6)


@given(
    person=people,
    away=st.dictionaries(people, st.none() | people),
    active=st.sets(people),
)
def test_it_ends_with_somebody_who_is_here_or_with_nobody(
    person: int, away: dict[int, int | None], active: set[int]
) -> None:
    found = stand_in(person, away=away, active=active)
    if found is not None:
        assert found in active
        assert found not in away
    if person in active and person not in away:
        assert found == person


@pytest.mark.parametrize(
    ("away", "found"),
    [
        ({}, 1),
        ({1: None}, None),
        ({1: 2}, 2),
        ({1: 2, 2: 3}, 3),
        ({1: 2, 2: 1}, None),
        ({1: 2, 2: 3, 3: 2}, None),
        ({1: 9}, None),
        ({1: 2, 2: 9}, None),
    ],
)
def test_a_ring_leads_to_nobody_and_who_left_stands_in_for_nobody(
    away: dict[int, int | None], found: int | None
) -> None:
    assert stand_in(1, away=away, active={1, 2, 3}) == found


def away(house: House, person: User, delegate: User | None = None, days: int = 0) -> Absence:
    begins = house.now + timedelta(days=days)
    return Absence.objects.create(
        user=person, starts_at=begins, ends_at=begins + timedelta(days=1), delegate=delegate
    )


def test_recipients_keep_their_order_and_come_once(house: House) -> None:
    away(house, house.alice, house.bob)
    away(house, house.olga)
    wanted = [house.olga, house.alice, house.tina, house.bob]
    assert queries.present_or_stand_in(wanted, house.now) == [house.bob, house.tina]
    assert queries.present_or_stand_in(wanted, house.now + timedelta(days=1)) == wanted
    assert queries.present_or_stand_in([], house.now) == []


def test_who_may_not_sign_in_gets_nothing_and_stands_in_for_nobody(house: House) -> None:
    away(house, house.alice, house.bob)
    User.objects.filter(pk__in=[house.bob.pk, house.tina.pk]).update(is_active=False)
    assert queries.present_or_stand_in([house.alice, house.tina, house.petra], house.now) == [house.petra]


def test_of_two_absences_at_once_the_one_with_a_stand_in_counts(house: House) -> None:
    away(house, house.alice, house.bob)
    away(house, house.alice)
    assert queries.present_or_stand_in([house.alice], house.now) == [house.bob]


def test_two_queries_however_many_are_away(house: House, django_assert_num_queries) -> None:
    crowd = [factories.UserFactory() for _number in range(12)]
    for person, following in pairwise(crowd):
        away(house, person, following)
    with django_assert_num_queries(2):
        assert queries.present_or_stand_in(crowd, house.now) == [crowd[-1]]
    with django_assert_num_queries(1):
        assert {row.stands_in for row in queries.all_absences(house.now)} == {crowd[-1]}


def test_the_page_shows_everybody_who_is_away_and_who_stands_in_then(house: House, client: Client) -> None:
    now = house.now
    away(house, house.alice, house.bob)
    away(house, house.bob, house.tina, days=2)
    away(house, house.petra, house.alice)
    away(house, house.gina, days=-5)
    rows = queries.all_absences(now)
    assert [(row.absence.user, row.stands_in, row.has_begun) for row in rows] == [
        (house.alice, house.bob, True),
        (house.petra, house.bob, True),
        (house.bob, house.tina, False),
    ]


@pytest.mark.parametrize(("who", "cancels"), [("alice", 1), ("charlie", 0), ("adam", 2)])
def test_people_cancel_their_own_absence_and_admins_any(
    house: House, client: Client, who: str, cancels: int
) -> None:
    far = timedelta(days=40_000)
    for person in (house.alice, house.bob):
        Absence.objects.create(user=person, starts_at=house.now, ends_at=house.now + far, delegate=house.olga)
    client.force_login(getattr(house, who))
    page = client.get(reverse("accounts:absence_list")).text
    assert page.count("Olga") == 2
    assert page.count("/cancel/") == cancels


def test_an_empty_page_says_so(house: House, client: Client) -> None:
    client.force_login(house.alice)
    assert "Nobody is away" in client.get(reverse("accounts:absence_list")).text
