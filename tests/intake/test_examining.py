"""Opening copies: what a second look shows is what the first one showed."""

from datetime import timedelta

import pytest

from apps.intake import examining
from apps.proposals.models import Examination
from apps.proposals.states import Purpose
from apps.reviews import settling
from apps.reviews.models import Task
from apps.reviews.states import TaskStatus
from apps.routing.states import Verb
from tests import factories

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def second_look(house: factories.House) -> Task:
    """Alice rejected what needs two people to be granted: somebody else looks again."""
    proposal = factories.two_person(house)
    factories.decided(
        factories.claimed(proposal, house.alice, house.now), house.alice, house.now, Verb.REJECT
    )
    settling.settle_due(now=house.now + MINUTE)
    examining.open_ordered(now=house.now + HOUR)
    return Task.objects.get(proposal__examination_of__purpose=Purpose.SECOND_LOOK)


def test_a_second_look_cannot_be_told_from_the_task_it_looks_at(
    house: factories.House, second_look: Task
) -> None:
    real = factories.two_person(house, now=house.now + HOUR, subject=None, summary="an ordinary one").task
    for name in ("tier", "quorum", "verbs", "queue_id", "is_blind_first", "due_at", "claim_due_at"):
        assert getattr(second_look, name) == getattr(real, name), name
    assert second_look.quorum == 2


def test_one_verdict_ends_a_second_look_at_what_two_people_decide(
    house: factories.House, second_look: Task
) -> None:
    now = house.now + HOUR
    factories.decided(factories.claimed(second_look.proposal, house.bob, now), house.bob, now, Verb.REJECT)
    settling.settle_due(now=now + MINUTE)
    second_look.refresh_from_db()
    assert second_look.status == TaskStatus.DONE
    assert Examination.objects.get().verdict is True


def test_what_somebody_chose_instead_changes_no_number_of_people(house: factories.House) -> None:
    proposal = factories.pending(house)
    task = proposal.task
    factories.decided(
        factories.claimed(proposal, house.alice, house.now), house.alice, house.now, Verb.REJECT
    )
    # As if what was chosen instead had needed a second person: the proposed action does not.
    Task.objects.filter(pk=task.pk).update(quorum=2)
    Examination.objects.create(original=proposal, purpose=Purpose.SECOND_LOOK, ordered_at=house.now)
    examining.open_ordered(now=house.now + HOUR)
    assert Examination.objects.get().copy.task.quorum == 1
