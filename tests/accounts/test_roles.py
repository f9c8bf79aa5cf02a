"""The roles page is complete: every role has its sentences, its label and its place."""

import pytest

from apps.accounts import rights
from apps.accounts.roles import OFFICE_ROLES, ROLES, Reach, Role
from apps.registry.models import Workflow
from apps.reviews.models import Queue


def held_on(reach):
    return {text.role.value for text in ROLES if text.reach is reach}


def test_every_role_is_described_once():
    assert [text.role for text in ROLES] == list(Role)
    assert {role.value for role in OFFICE_ROLES} == held_on(Reach.EVERYWHERE)


@pytest.mark.parametrize("text", ROLES, ids=lambda text: text.role.value)
def test_every_role_says_what_it_may_and_may_not_in_sentences(text):
    assert text.may
    assert text.may_not
    for sentence in (*text.may, *text.may_not):
        assert str(sentence)[0].isupper()
        assert str(sentence).endswith(".")


def test_roles_are_held_where_the_text_says(db):
    permissions = {kind: dict(kind._meta.permissions) for kind in rights.kinds_with_rights()}
    assert permissions[Queue].keys() == held_on(Reach.QUEUE)
    assert permissions[Workflow].keys() == held_on(Reach.WORKFLOW)
