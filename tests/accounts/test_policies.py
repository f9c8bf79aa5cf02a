"""Who may change people: every person of the cast against every rule."""

import pytest

from apps.accounts import actions, policies, rights
from apps.accounts.policies import NotAllowed
from apps.accounts.roles import Role
from tests.factories import UserFactory

CAST = ("alice", "olga", "adam", "gina", "charlie", "tina")
ADMIN_ONLY = {"adam"}


RULES = {
    "manage": lambda bob, by: policies.can_manage_people(by),
    "shut out": lambda bob, by: policies.can_set_active(bob, active=False, by=by),
    "let in": lambda bob, by: policies.can_set_active(bob, active=True, by=by),
    "dismiss": lambda bob, by: policies.allows(policies.check_dismiss, bob, Role.AUDITOR, by=by),
    "hand out a link": lambda bob, by: policies.can_hand_out_link(bob, by=by),
    "set an absence": lambda bob, by: policies.can_set_absence(bob, by=by),
}


def test_only_an_admin_changes_other_people(house):
    may = {(rule, who): ask(house.bob, getattr(house, who)) for rule, ask in RULES.items() for who in CAST}
    assert may == {(rule, who): who in ADMIN_ONLY for rule in RULES for who in CAST}


def test_everybody_says_when_they_are_away(house):
    for who in CAST:
        person = getattr(house, who)
        assert policies.can_set_absence(person, by=person)


def test_an_admin_does_not_close_the_own_account(house):
    with pytest.raises(NotAllowed, match="cannot close your own account"):
        policies.check_set_active(house.adam, active=False, by=house.adam)


def test_the_last_admin_stays(house, now):
    with pytest.raises(NotAllowed, match="last admin"):
        actions.set_offices(person=house.adam, roles=[], by=house.adam, now=now)
    with pytest.raises(NotAllowed, match="last admin"):
        actions.set_active(person=house.adam, active=False, by=None, now=now)
    second = UserFactory()
    actions.set_offices(person=second, roles=[Role.ADMIN], by=house.adam, now=now)
    actions.set_offices(person=house.adam, roles=[], by=second, now=now)
    assert not rights.holds_everywhere(house.adam, Role.ADMIN)


def test_an_admin_who_may_not_sign_in_does_not_count(house, now):
    second = UserFactory(is_active=False)
    rights.appoint(role=Role.ADMIN, to=second, by=None, now=now)
    with pytest.raises(NotAllowed, match="last admin"):
        actions.set_offices(person=house.adam, roles=[], by=None, now=now)


def test_a_link_is_not_made_for_oneself_or_for_somebody_shut_out(house, now):
    assert not policies.can_hand_out_link(house.adam, by=house.adam)
    house.bob.is_active = False
    assert policies.why_not(policies.check_hand_out_link, house.bob, by=house.adam).startswith(
        "This person may not sign in"
    )


def test_the_sentence_is_the_same_as_error_and_as_reason(house):
    sentence = policies.why_not(policies.check_manage_people, house.alice)
    with pytest.raises(NotAllowed) as refusal:
        policies.check_manage_people(house.alice)
    assert str(refusal.value) == refusal.value.sentence == sentence != ""
    assert policies.why_not(policies.check_manage_people, house.adam) == ""
