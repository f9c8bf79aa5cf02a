"""Many people at once, on real PostgreSQL with real threads."""

from collections import Counter
from datetime import timedelta
from functools import partial

import pytest

from apps.intake import endings
from apps.proposals import grants
from apps.proposals.changes import WrongStatus
from apps.proposals.grants import NotRedeemable
from apps.proposals.models import Grant, Proposal, Resolution
from apps.proposals.states import TERMINAL, Status
from apps.reviews import claiming, deciding, returning, settling
from apps.reviews.choosing import Conflict
from apps.reviews.models import Decision, Task
from apps.reviews.states import TaskStatus
from apps.routing.states import Verb
from apps.trust.models import LedgerEntry, Slice
from tests import factories
from tests.factories import House
from tests.together import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_fifty_people_claiming_at_once_never_get_the_same_task(live_house: House) -> None:
    house = live_house
    people = [factories.UserFactory() for _number in range(50)]
    house.team.user_set.add(*people)
    tasks = 20
    for _number in range(tasks):
        factories.pending(house, subject=None)
    claims = at_once([partial(claiming.claim_next, by=person, now=house.now) for person in people])
    got = Counter(task.pk for task in claims if isinstance(task, Task))
    assert not [claim for claim in claims if isinstance(claim, Exception)]
    assert len(got) == tasks
    assert set(got.values()) == {1}
    holders = Task.objects.filter(status=TaskStatus.CLAIMED).values_list("claimed_by", flat=True)
    assert len(set(holders)) == tasks


def test_one_person_claiming_in_many_windows_does_not_pass_the_limit(live_house: House) -> None:
    house = live_house
    for _number in range(10):
        factories.pending(house, subject=None)
    claims = at_once([partial(claiming.claim_next, by=house.alice, now=house.now)] * 8)
    assert sum(isinstance(claim, Task) for claim in claims) == 3
    assert sum(isinstance(claim, claiming.TooMany) for claim in claims) == 5


def test_one_decision_ever_when_the_same_page_is_sent_many_times(live_house: House) -> None:
    house = live_house
    task = factories.claimed(factories.pending(house), house.alice, house.now)
    verbs = [Verb.APPROVE, Verb.REJECT] * 4
    answers = at_once([partial(factories.decided, task, house.alice, house.now, verb) for verb in verbs])
    assert sum(isinstance(answer, Decision) for answer in answers) == 1
    assert sum(isinstance(answer, Conflict) for answer in answers) == 7
    assert Decision.objects.count() == 1


def test_sweepers_side_by_side_settle_each_decision_once(live_house: House) -> None:
    house = live_house
    for _number in range(12):
        task = factories.claimed(factories.pending(house), house.alice, house.now)
        factories.decided(task, house.alice, house.now)
    later = house.now + timedelta(minutes=1)
    counts = at_once([partial(settling.settle_due, now=later)] * 4)
    assert not [count for count in counts if isinstance(count, Exception)]
    assert sum(count for count in counts if isinstance(count, int)) == 12
    assert Resolution.objects.count() == Grant.objects.count() == 12
    assert LedgerEntry.objects.count() == 12
    row = Slice.objects.get()
    assert row.counted + row.not_counted == 12


def test_deciding_withdrawing_undoing_expiring_and_losing_the_claim_at_once_end_in_one_state(
    live_house: House,
) -> None:
    house = live_house
    for _round in range(5):
        proposal = factories.pending(house, expires_at=(house.now + timedelta(seconds=30)).isoformat())
        task = factories.claimed(proposal, house.alice, house.now)
        late = house.now + timedelta(hours=1)
        answers = at_once(
            [
                partial(factories.decided, task, house.alice, house.now),
                partial(deciding.undo, task_id=task.pk, by=house.alice, now=house.now),
                partial(settling.settle_due, now=late),
                partial(endings.withdraw, proposal_id=proposal.pk, by=house.agent, reason="-", now=house.now),
                partial(endings.expire_due, now=late),
                partial(returning.return_lost_claims, now=late),
            ]
        )
        allowed = (Conflict, WrongStatus)
        assert not [one for one in answers if isinstance(one, Exception) and not isinstance(one, allowed)]
        settling.settle_due(now=late)
        proposal = Proposal.objects.get(pk=proposal.pk)
        task = Task.objects.get(pk=task.pk)
        assert proposal.status in TERMINAL
        assert task.status in (TaskStatus.DONE, TaskStatus.CANCELLED)
        approved = proposal.status == Status.APPROVED
        assert Grant.objects.filter(proposal=proposal).count() == approved
        decisions = list(Decision.objects.filter(task=task))
        told = LedgerEntry.objects.filter(source_kind="decision", proposal_id=proposal.pk)
        assert told.count() == len(decisions)


def test_a_grant_is_used_once_however_many_try(live_house: House) -> None:
    house = live_house
    proposal = factories.settled(house)
    grant = proposal.grant
    use = partial(
        grants.redeem, grant_id=grant.pk, args_sha256=grant.args_sha256, by=house.agent, now=grant.issued_at
    )
    answers = at_once([use] * 8)
    assert sum(isinstance(answer, Grant) for answer in answers) == 1
    assert sum(isinstance(answer, NotRedeemable) for answer in answers) == 7
