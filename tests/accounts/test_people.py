"""The verbs about people, and the trace each leaves."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from apps.accounts import actions, queries, rights
from apps.accounts.models import Absence, Team, User
from apps.accounts.policies import NotAllowed
from apps.accounts.roles import Role
from apps.audit.models import Event
from tests.together import at_once


def last_event():
    return Event.objects.order_by("-id").first()


def add(by, now, **changes):
    person = {"email": "nina@example.org", "short": "nina", "name": "Nina"} | changes
    return actions.add_person(**person, by=by, now=now)


def test_a_person_is_added_without_a_password(adam, now):
    person = add(adam, now, email="Nina@Example.ORG")
    assert person.email == "nina@example.org"
    assert not person.has_usable_password()
    assert (last_event().verb, last_event().actor_name, last_event().subject_label) == (
        "person.added",
        "Adam",
        "Nina",
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "ALICE@example.org"),
        ("short", "alice"),
        ("email", "no address"),
        ("short", "a b"),
        ("name", ""),
        ("name", "\u200b"),
        ("name", "- \u2060 -"),
        ("name", "Nina\u202e"),
        ("name", "\u2066Nina\u2069"),
        ("name", "Nina\r\nBcc: all@example.org"),
        ("name", "Nina\u2028"),
        ("name", "Nina\x07"),
    ],
)
def test_what_cannot_be_is_refused_by_field(house, now, field, value):
    before = User.objects.count()
    with pytest.raises(ValidationError) as refusal:
        add(house.adam, now, **{field: value})
    assert field in refusal.value.message_dict or "__all__" in refusal.value.message_dict
    assert User.objects.count() == before


@pytest.mark.parametrize(
    "name", ["O'Brien-Smith, Jr.", "María-José", "李小龍", "محمد", "नि\u200dल", "Ørsted 2"]
)
def test_names_of_every_script_are_welcome(adam, now, name):
    assert add(adam, now, name=name).name == name


def test_nobody_hides_behind_an_own_name_that_cannot_be_read(alice, now):
    with pytest.raises(ValidationError) as refusal:
        actions.change_profile(name="\u200b", uses_keys=True, by=alice, now=now)
    assert "name" in refusal.value.message_dict
    alice.refresh_from_db()
    assert alice.name == "Alice"


def test_outsiders_add_nobody(charlie, now):
    with pytest.raises(NotAllowed):
        add(charlie, now)
    assert not User.objects.filter(short="nina").exists()


def test_a_change_is_told_with_before_and_after_and_no_change_not_at_all(house, now):
    actions.change_person(person=house.bob, email=house.bob.email, name="Robert", by=house.adam, now=now)
    assert last_event().data == {"name": {"before": "Bob", "after": "Robert"}}
    count = Event.objects.count()
    actions.change_person(person=house.bob, email=house.bob.email, name="Robert", by=house.adam, now=now)
    assert Event.objects.count() == count


def test_people_change_their_own_keys_and_name(alice, now):
    actions.change_profile(name="Alice B.", uses_keys=False, by=alice, now=now)
    alice.refresh_from_db()
    assert (alice.name, alice.uses_keys) == ("Alice B.", False)


def test_offices_are_set_as_a_whole(house, now):
    actions.set_offices(person=house.bob, roles=[Role.AUDITOR, Role.GOVERNANCE], by=house.adam, now=now)
    actions.set_offices(person=house.bob, roles=[Role.AUDITOR], by=house.adam, now=now)
    assert queries.offices_of(house.bob) == {Role.AUDITOR}
    assert last_event().verb == "role.taken_back"


@pytest.mark.django_db(transaction=True)
def test_two_admins_dismissing_each_other_leave_one(live_house, now):
    house = live_house
    rights.appoint(role=Role.ADMIN, to=house.bob, by=None, now=now)

    def dismiss(person, by):
        return lambda: actions.set_offices(person=person, roles=[], by=by, now=now)

    results = at_once([dismiss(house.adam, house.bob), dismiss(house.bob, house.adam)])
    assert sum(isinstance(result, NotAllowed) for result in results) == 1
    admins = User.objects.filter(offices__role=Role.ADMIN)
    assert admins.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_admins_shutting_each_other_out_leave_one(live_house, now):
    house = live_house
    rights.appoint(role=Role.ADMIN, to=house.bob, by=None, now=now)

    def shut_out(person, by):
        return lambda: actions.set_active(person=person, active=False, by=by, now=now)

    at_once([shut_out(house.adam, house.bob), shut_out(house.bob, house.adam)])
    assert User.objects.filter(offices__role=Role.ADMIN, is_active=True).exists()


def test_a_team_has_exactly_the_members_given(house, now):
    team = actions.save_team(slug="night", name="Night", members=[house.alice], by=house.adam, now=now)
    actions.save_team(slug="night", name="Night", members=[house.bob], by=house.adam, now=now)
    assert [person.name for person in User.objects.filter(groups=team)] == ["Bob"]
    assert last_event().data == {"joined": ["Bob"], "left": ["Alice"]}
    count = Event.objects.count()
    actions.save_team(slug="night", name="Night", members=[house.bob], by=house.adam, now=now)
    assert Event.objects.count() == count


def test_a_role_of_a_team_reaches_its_members_and_leaves_with_them(house, now):
    queue = house.queues["senior"]
    actions.set_holders(role=Role.LEAD, on=queue, holders=[house.team], by=house.adam, now=now)
    assert rights.holds(house.alice, Role.LEAD, queue)
    house.alice.groups.remove(house.team)
    assert not rights.holds(house.alice, Role.LEAD, queue)
    assert set(rights.people_with([Role.LEAD], queue)) == {house.bob}


def test_holders_are_set_as_a_whole(house, now):
    queue = house.queues["senior"]
    actions.set_holders(role=Role.LEAD, on=queue, holders=[house.alice, house.team], by=house.adam, now=now)
    actions.set_holders(role=Role.LEAD, on=queue, holders=[house.bob], by=house.adam, now=now)
    assert (Role.LEAD.value, house.bob) in rights.grants_on(queue)
    assert (Role.REVIEWER.value, house.team) in rights.grants_on(queue)
    assert len(rights.grants_on(queue)) == 2


def test_ids_with_is_one_query(house, django_assert_num_queries):
    kind = type(house.queues["standard"])
    with django_assert_num_queries(1):
        assert len(rights.ids_with(house.alice, [Role.REVIEWER], kind)) == 4
    assert rights.ids_with(house.charlie, [Role.REVIEWER, Role.LEAD], kind) == set()


def test_an_absence_is_seen_while_it_lasts(house, now):
    absence = actions.set_absence(
        person=house.alice,
        starts_at=now,
        ends_at=now + timedelta(days=2),
        delegate=house.bob,
        by=house.alice,
        now=now,
    )
    everybody = [house.alice.pk, house.bob.pk]
    assert queries.away_among(everybody, now) == {house.alice.pk}
    assert queries.away_among(everybody, now + timedelta(days=2)) == set()
    actions.cancel_absence(absence=absence, by=house.alice, now=now)
    assert not Absence.objects.exists()
    assert last_event().verb == "absence.cancelled"


@pytest.mark.parametrize("wrong", ["ends before it starts", "stands in for oneself"])
def test_an_impossible_absence_is_refused(alice, now, wrong):
    ends_at = now - timedelta(days=1) if "before" in wrong else now + timedelta(days=1)
    delegate = alice if "oneself" in wrong else None
    with pytest.raises(ValidationError):
        actions.set_absence(
            person=alice, starts_at=now, ends_at=ends_at, delegate=delegate, by=alice, now=now
        )


def test_the_first_admin_is_made_only_while_nobody_is_there(db, now):
    person, password = actions.make_first_admin(email="root@example.org", name="Root", now=now)
    assert person.check_password(password)
    assert rights.holds_everywhere(person, Role.ADMIN)
    with pytest.raises(actions.PeopleExist):
        actions.make_first_admin(email="other@example.org", name="Other", now=now)


def test_teams_are_found_by_their_slug(house):
    assert Team.objects.get(slug="order-desk") == house.team
