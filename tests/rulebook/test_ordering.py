"""Ordering and calling off: who may, on how many, beside what, and one at a time."""

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from apps.accounts import rights
from apps.accounts.policies import NotAllowed
from apps.accounts.roles import Role
from apps.audit.models import Event
from apps.routing.models import PolicyVersion
from apps.rulebook import ordering, running
from apps.rulebook.content import canonical, digest
from apps.rulebook.models import BackTest
from apps.rulebook.ordering import FEWEST, MOST, AlreadyEnded, NotOrdered
from apps.rulebook.states import DraftStatus
from tests import factories
from tests.factories import House
from tests.rulebook.drafts import draft_of, ordered, rule, with_cells, with_rules
from tests.together import at_once

pytestmark = pytest.mark.django_db


def test_what_is_tried_is_frozen_with_its_digest(house: House) -> None:
    draft = draft_of(house, with_cells(people=2), workflow=house.workflow)
    test = ordered(house, draft, last=500)
    assert (test.status, test.wanted, test.content, test.digest) == (
        "waiting",
        500,
        draft.content,
        draft.digest,
    )
    assert str(test.against) == "default v1"
    event = Event.objects.get(verb="back_test.ordered")
    assert (event.actor_name, event.data["wanted"], event.data["against"]) == ("Adam", 500, "default v1")
    assert event.workflow_id == house.workflow.pk
    # The draft goes on; what was tried stays.
    draft.content = canonical({**draft.content, "rules": [rule("new", "true", review=True)]})
    draft.digest = digest(draft.content)
    draft.save()
    running.run_next(clock=lambda: house.now)
    test = BackTest.objects.select_related("draft").get(pk=test.pk)
    assert test.is_of_an_older_draft
    assert test.content["rules"] == []
    with pytest.raises(DatabaseError, match="order_never_changes"), transaction.atomic():
        BackTest.objects.filter(pk=test.pk).update(digest=draft.digest)


@pytest.mark.parametrize("person", ["alice", "charlie", "gina", "olga", "tina"])
def test_only_admins_order_and_call_off(house: House, person: str) -> None:
    draft = draft_of(house)
    by = getattr(house, person)
    with pytest.raises(NotAllowed):
        ordered(house, draft, by=by)
    test = ordered(house, draft)
    with pytest.raises(NotAllowed):
        ordering.cancel(back_test_id=test.pk, by=by, now=house.now)
    assert BackTest.objects.get().status == "waiting"


def test_an_auditor_orders_nothing(house: House) -> None:
    rights.appoint(role=Role.AUDITOR, to=house.charlie, by=None, now=house.now)
    with pytest.raises(NotAllowed):
        ordered(house, draft_of(house), by=house.charlie)


@pytest.mark.parametrize("last", [-1, 0, FEWEST - 1, MOST + 1])
def test_too_few_and_too_many_are_refused(house: House, last: int) -> None:
    with pytest.raises(NotOrdered, match="100 to 1,000,000"):
        ordered(house, draft_of(house), last=last)


def test_a_draft_that_has_ended_or_cannot_be_is_not_tried(house: House) -> None:
    draft = draft_of(house)
    draft.content = {**draft.content, "rules": [rule("bad", "impact.amount >", review=True)]}
    draft.save()
    with pytest.raises(NotOrdered, match="cannot be tried as it is"):
        ordered(house, draft)
    draft.status, draft.ended_at, draft.ended_by = DraftStatus.DROPPED, house.now, house.adam
    draft.save()
    with pytest.raises(NotOrdered, match="has ended"):
        ordered(house, draft)


def test_it_is_compared_with_a_version_of_its_own_scope(house: House) -> None:
    factories.publish_matrix(house.now, house.workflow, quorum=2)
    own, default = (PolicyVersion.objects.get(workflow=which) for which in (house.workflow, None))
    draft = draft_of(house, workflow=house.workflow)
    assert list(ordering.comparable(draft)) == [own, default]
    other = draft_of(house)
    assert list(ordering.comparable(other)) == [default]
    with pytest.raises(NotOrdered, match="no such published version"):
        ordered(house, other, against_id=own.pk)
    assert ordered(house, draft, against_id=default.pk).against == default


def test_one_at_a_time_for_a_draft(house: House) -> None:
    draft = draft_of(house)
    test = ordered(house, draft)
    with pytest.raises(NotOrdered, match="being tried already"):
        ordered(house, draft)
    ordering.cancel(back_test_id=test.pk, by=house.adam, now=house.now)
    with pytest.raises(AlreadyEnded):
        ordering.cancel(back_test_id=test.pk, by=house.adam, now=house.now)
    assert Event.objects.filter(verb="back_test.cancelled").count() == 1
    ordered(house, draft)
    assert running.run_next(clock=lambda: house.now)
    assert sorted(BackTest.objects.values_list("status", flat=True)) == ["cancelled", "done"]


def test_two_who_order_at_once_get_one(live_house: House) -> None:
    draft = draft_of(live_house, with_rules(rule("all", "true", review=True)))
    results = at_once([lambda: ordered(live_house, draft)] * 2)
    assert sorted(type(one).__name__ for one in results) == ["BackTest", "NotOrdered"]
    assert BackTest.objects.count() == 1


def test_the_database_lets_nothing_past(house: House) -> None:
    draft = draft_of(house)
    test = ordered(house, draft)
    with pytest.raises(IntegrityError), transaction.atomic():
        BackTest.objects.create(
            draft=draft,
            against=test.against,
            content=test.content,
            digest=test.digest,
            wanted=100,
            ordered_at=house.now,
            ordered_by=house.adam,
        )
    with pytest.raises(DatabaseError), transaction.atomic():
        BackTest.objects.filter(pk=test.pk).update(status="done", ended_at=house.now)
    with pytest.raises(IntegrityError, match="ended_has_its_time"), transaction.atomic():
        BackTest.objects.filter(pk=test.pk).update(status="cancelled")
    with pytest.raises(DatabaseError), transaction.atomic():
        test.delete()
