"""The pages of people: who sees what, who may change what, and the forms."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.urls import reverse

from apps.accounts import actions
from apps.accounts.models import Absence, Team, User
from apps.accounts.roles import ROLES, Role
from tests.factories import UserFactory

NINA = {"name": "Nina", "email": "nina@example.org", "short": "nina"}


def login(client, person):
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def page(name, *args):
    return reverse(f"accounts:{name}", args=args)


@pytest.mark.parametrize("name", ["people_list", "role_list", "person_profile", "person_add", "team_add"])
def test_without_signing_in_every_page_leads_to_the_door(client, db, name):
    answer = client.get(page(name))
    assert answer.status_code == 302
    assert answer.url.startswith("/accounts/login/")


@pytest.mark.parametrize("who", ["alice", "charlie", "adam"])
def test_everybody_reads_who_is_who(client, house, who):
    login(client, getattr(house, who))
    for name, args in (
        ("people_list", ()),
        ("role_list", ()),
        ("person_detail", ("bob",)),
        ("person_profile", ()),
    ):
        assert client.get(page(name, *args)).status_code == 200


def test_the_roles_page_prints_every_sentence_and_holder(client, house):
    text = login(client, house.charlie).get(page("role_list")).text
    for role in ROLES:
        assert all(str(sentence) in text for sentence in (*role.may, *role.may_not))
    assert "everyone in Order desk" in text
    assert ">Olga</a> on Orders" in text
    assert ">Adam</a>" in text


CHANGES = [
    ("person_add", (), NINA),
    ("person_edit", ("bob",), {"name": "X", "email": "x@example.org"}),
    ("person_offices", ("bob",), {"roles": ["admin"]}),
    ("person_active", ("bob",), {"active": "no"}),
    ("person_link", ("bob",), {}),
    ("person_away", ("bob",), {"first_day": "2026-12-01", "last_day": "2026-12-02"}),
    ("team_add", (), {"name": "Night", "slug": "night"}),
    ("team_edit", ("order-desk",), {"name": "X"}),
]


@pytest.mark.parametrize("who", ["alice", "olga", "gina", "charlie"])
def test_others_change_nothing(client, house, who):
    before = (User.objects.count(), Team.objects.count(), Absence.objects.count(), house.bob.name)
    login(client, getattr(house, who))
    for name, args, data in CHANGES:
        assert client.post(page(name, *args), data).status_code == 403, name
    house.bob.refresh_from_db()
    assert (User.objects.count(), Team.objects.count(), Absence.objects.count(), house.bob.name) == before
    assert house.bob.is_active


def test_an_admin_adds_a_person_and_hands_over_a_link(client, house):
    login(client, house.adam)
    assert client.post(page("person_add"), NINA).url == page("person_detail", "nina")
    answer = client.post(page("person_link", "nina"))
    assert "/accounts/password/reset/key/" in answer.text
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize(
    ("field", "value"), [("short", "alice"), ("email", "ALICE@example.org"), ("name", ""), ("name", "x\0y")]
)
def test_a_wrong_form_comes_back_with_its_errors(client, house, field, value):
    answer = login(client, house.adam).post(page("person_add"), NINA | {field: value})
    assert answer.status_code == 422
    assert answer.context["form"].errors


def test_an_admin_changes_name_roles_and_access(client, house):
    login(client, house.adam)
    client.post(page("person_edit", "bob"), {"name": "Robert", "email": "robert@example.org"})
    client.post(page("person_offices", "bob"), {"roles": ["auditor"]})
    client.post(page("person_active", "bob"), {"active": "no"})
    house.bob.refresh_from_db()
    assert (house.bob.name, house.bob.email, house.bob.is_active) == ("Robert", "robert@example.org", False)
    assert [office.role for office in house.bob.offices.all()] == [Role.AUDITOR]
    client.post(page("person_active", "bob"), {"active": "yes"})
    house.bob.refresh_from_db()
    assert house.bob.is_active


def test_an_admin_makes_and_changes_a_team(client, house):
    login(client, house.adam)
    assert (
        client.post(
            page("team_add"), {"name": "Night", "slug": "night", "members": [house.bob.pk]}
        ).status_code
        == 302
    )
    assert client.post(page("team_add"), {"name": "Other", "slug": "night"}).status_code == 422
    client.post(page("team_edit", "night"), {"name": "Nights", "members": [house.alice.pk]})
    night = Team.objects.get(slug="night")
    assert (night.name, list(User.objects.filter(groups=night))) == ("Nights", [house.alice])


def test_people_note_and_cancel_their_own_absence(client, house):
    login(client, house.alice)
    days = {"first_day": "2030-12-01", "last_day": "2030-12-02", "delegate": house.bob.pk}
    assert client.post(page("person_away", "alice"), days).status_code == 302
    absence = Absence.objects.get()
    assert (absence.ends_at - absence.starts_at).days == 2
    text = client.get(page("person_detail", "alice")).text
    assert "1 Dec 2030 \u2013 2 Dec 2030" in text  # the last day away, not the midnight after it
    assert "Bob stands in" in text
    client.post(page("person_back", "alice", absence.pk))
    assert not Absence.objects.exists()


def test_a_last_day_before_the_first_is_refused(client, house):
    answer = login(client, house.alice).post(
        page("person_away", "alice"), {"first_day": "2030-12-02", "last_day": "2030-12-01"}
    )
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("days", "says"),
    [
        ({"last_day": "9999-12-31"}, "Write a year from 2000 to 2100."),
        ({"first_day": "0001-01-01"}, "Write a year from 2000 to 2100."),
        ({"first_day": "2001-01-01"}, "This is more than five years ago"),
        ({"last_day": "2099-01-01"}, "This is more than five years away"),
        ({"first_day": "2026-12-24"}, "Alice is away from 2026-12-20 to 2026-12-24 already"),
        ({"delegate": "alice"}, "Nobody stands in for themselves"),
    ],
)
def test_days_nobody_can_mean_are_refused_with_a_sentence(client, house, days, says):
    actions.set_absence(
        person=house.alice,
        starts_at=datetime(2026, 12, 20, tzinfo=UTC),
        ends_at=datetime(2026, 12, 25, tzinfo=UTC),
        by=house.alice,
        now=house.now,
    )
    given = {"first_day": "2026-12-26", "last_day": "2026-12-28"} | days
    if "delegate" in days:
        given["delegate"] = house.alice.pk
    with time_machine.travel(house.now, tick=True):
        answer = login(client, house.alice).post(page("person_away", "alice"), given)
    assert answer.status_code == 422
    assert says in answer.text
    assert "constraint" not in answer.text.lower()
    assert Absence.objects.count() == 1


def test_the_profile_turns_single_keys_off(client, house):
    login(client, house.alice)
    client.post(page("person_profile"), {"name": "Alice"})
    house.alice.refresh_from_db()
    assert not house.alice.uses_keys
    assert 'data-keys="off"' in client.get(page("person_profile")).text


def test_hostile_names_are_text(client, house):
    UserFactory(short="evil", name="<script>alert(1)</script>‮")
    text = login(client, house.adam).get(page("people_list")).text
    assert "<script>alert" not in text


def test_the_list_costs_the_same_for_few_and_many_people(client, house, django_assert_max_num_queries):
    login(client, house.adam)
    UserFactory.create_batch(30)
    with django_assert_max_num_queries(14):
        client.get(page("people_list"))
