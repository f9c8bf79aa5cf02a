"""What waits in a verb, when it leaves, and that whoever asks finds what was changed before."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, transaction

from apps.accounts.models import User
from apps.audit import actions as audit
from apps.audit.insertion import insert, insert_at_end, insert_soon
from apps.audit.models import Event
from apps.audit.turns import together
from apps.audit.updating import update
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def _event(verb: str) -> Event:
    return audit.event(verb=verb, now=datetime(2026, 3, 2, tzinfo=UTC), subject=("person", 1))


def _renamed(person: User, name: str) -> None:
    person.name = name
    update(person, "name")


def test_without_a_turn_a_change_is_made_at_once() -> None:
    person = UserFactory()
    _renamed(person, "Ada")
    assert User.objects.get(pk=person.pk).name == "Ada"


def test_a_change_is_found_by_the_next_question() -> None:
    person = UserFactory()
    with together():
        _renamed(person, "Ada")
        assert User.objects.filter(name="Ada").count() == 1


def test_only_the_named_fields_are_stored() -> None:
    person = UserFactory(name="Ada")
    person.email = "changed@example.org"
    _renamed(person, "Grace")
    stored = User.objects.get(pk=person.pk)
    assert (stored.name, stored.email != person.email) == ("Grace", True)


def test_changes_and_new_rows_wait_for_the_end(django_assert_num_queries: Callable[..., object]) -> None:
    person = UserFactory()
    with together(), django_assert_num_queries(0):  # type: ignore[attr-defined]
        _renamed(person, "Ada")
        insert_at_end([_event("one.done"), _event("two.done")])
        _renamed(person, "Grace")
    assert User.objects.get(pk=person.pk).name == "Grace"
    assert Event.objects.filter(verb__in=["one.done", "two.done"]).count() == 2


def test_a_new_row_that_leaves_soon_is_found_and_one_for_the_end_is_not() -> None:
    with together():
        insert_soon([_event("soon.done")])
        insert_at_end([_event("end.done")])
        assert list(Event.objects.values_list("verb", flat=True)) == ["soon.done"]
    assert Event.objects.count() == 2


def test_many_rows_are_copied_after_what_was_changed() -> None:
    person = UserFactory()
    with together():
        _renamed(person, "Ada")
        insert([_event(f"number{number}.done") for number in range(25)])
        assert User.objects.get(pk=person.pk).name == "Ada"
    assert Event.objects.count() == 25


def test_an_error_drops_what_waits() -> None:
    person = UserFactory(name="Ada")
    with pytest.raises(RuntimeError):
        _change_and_fail(person)
    with together():
        pass
    assert User.objects.get(pk=person.pk).name == "Ada"
    assert not Event.objects.exists()


def test_an_inner_turn_is_part_of_the_outer_one() -> None:
    with together():
        with together():
            insert_at_end([_event("one.done")])
        assert not Event.objects.exists()
    assert Event.objects.exists()


def test_the_database_still_refuses_what_breaks_a_rule() -> None:
    person, other = UserFactory(), UserFactory()
    with pytest.raises(IntegrityError):
        _take_the_address_of(person, other)
    assert User.objects.get(pk=person.pk).email != other.email
    assert not Event.objects.exists()


def test_a_savepoint_that_is_given_up_takes_its_changes_with_it() -> None:
    person = UserFactory(name="Ada")
    with transaction.atomic(), together():
        _renamed(person, "Grace")
        point = transaction.savepoint()
        _renamed(person, "Alan")
        transaction.savepoint_rollback(point)
    assert User.objects.get(pk=person.pk).name == "Grace"
    assert not connection.needs_rollback


@transaction.atomic
def _change_and_fail(person: User) -> None:
    with together():
        _renamed(person, "Grace")
        insert_at_end([_event("one.done")])
        raise RuntimeError


@transaction.atomic
def _take_the_address_of(person: User, other: User) -> None:
    with together():
        person.email = other.email
        update(person, "email")
        insert_at_end([_event("one.done")])
