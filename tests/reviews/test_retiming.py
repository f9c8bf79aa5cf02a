"""Open work gets the targets of a changed SLA policy, and everything that shows a due time follows."""

from datetime import timedelta

import pytest

from apps.accounts.policies import NotAllowed
from apps.audit.models import Event
from apps.proposals.models import Proposal
from apps.reviews import retiming, returning
from apps.reviews.models import Task
from apps.sla.models import ClockCycle, SlaPolicy
from apps.sla.policy_setup import Targets, save_policy
from apps.sla.rebuilding import rebuild
from apps.sla.retargeting import VersionChanged, count_older, preview
from tests import factories

HOUR = timedelta(hours=1)


@pytest.fixture
def slower(house):
    """Publishes a new version of the policy of every cell: an hour to claim, eight to decide."""

    def save(claim="1h", decide="8h", **targets):
        return save_policy(
            slug="standard",
            name="Standard",
            targets=Targets(claim=claim, decide=decide, result="2h", **targets),
            by=house.adam,
            now=house.now,
        )

    return save


@pytest.fixture
def policy(house) -> SlaPolicy:
    return SlaPolicy.objects.get(slug="standard")


def test_a_new_version_changes_nothing_that_is_open(house, slower):
    proposal = factories.pending(house)
    slower()
    task = Task.objects.get(proposal=proposal)
    assert (task.claim_due_at, task.due_at) == (house.now + HOUR / 2, house.now + 4 * HOUR)
    newer = factories.pending(house)
    assert newer.task.due_at == house.now + 8 * HOUR


def test_what_would_change_is_shown_with_old_and_new_due_times(house, slower):
    proposal = factories.pending(house)
    version = slower()
    claim, decide = preview(version=version, now=house.now)
    assert (claim.cycle.target, claim.cycle.target_text, claim.text) == ("claim", "30m", "1h")
    assert (decide.cycle.due_at, decide.due_at) == (house.now + 4 * HOUR, house.now + 8 * HOUR)
    assert decide.cycle.subject_id == proposal.pk
    assert count_older(version) == 2
    assert len(preview(version=version, now=house.now, limit=1)) == 1


def test_applying_moves_due_times_ranks_and_what_agents_see(house, slower, policy):
    before = factories.pending(house)
    task = Task.objects.get(proposal=before)
    version = slower()
    changed = retiming.apply_policy(policy=policy, number=version.number, by=house.adam, now=house.now)
    assert changed == 2
    after = Task.objects.get(proposal=before)
    assert (after.claim_due_at, after.due_at) == (house.now + HOUR, house.now + 8 * HOUR)
    # The claim is due next, and half an hour later than before.
    assert after.rank_at - task.rank_at == HOUR / 2
    assert Proposal.objects.get(pk=before.pk).due_at == house.now + 8 * HOUR
    assert count_older(version) == 0
    told = Event.objects.get(verb="sla_policy.applied")
    assert (told.actor_name, told.data) == (house.adam.name, {"version": 2, "count": 2})
    assert rebuild(mend=False, tell=lambda difference: pytest.fail(str(difference))) == 2


def test_a_claimed_task_moves_by_its_decision(house, slower, policy):
    proposal = factories.pending(house)
    task = factories.claimed(proposal, house.alice, house.now)
    version = slower()
    assert retiming.apply_policy(policy=policy, number=version.number, by=house.adam, now=house.now) == 1
    task.refresh_from_db()
    assert (task.claim_due_at, task.due_at) == (house.now + HOUR / 2, house.now + 8 * HOUR)


def test_what_is_overdue_met_or_decided_keeps_its_times(house, slower, policy):
    late, done = factories.pending(house), factories.pending(house, subject=None)
    factories.decided(factories.claimed(done, house.alice, house.now), house.alice, house.now)
    ClockCycle.objects.filter(subject_id=late.pk).update(
        status="breached", breached_at=house.now, next_warning_at=None
    )
    version = slower()
    assert retiming.apply_policy(policy=policy, number=version.number, by=house.adam, now=house.now) == 0
    assert Task.objects.get(proposal=late).due_at == house.now + 4 * HOUR


def test_a_shorter_target_can_be_overdue_at_once_and_the_next_sweep_says_so(house, slower, policy):
    factories.pending(house)
    version = slower(claim="5m", decide="10m")
    later = house.now + HOUR / 4
    (_claim, decide) = preview(version=version, now=later)
    assert decide.due_at < later
    retiming.apply_policy(policy=policy, number=version.number, by=house.adam, now=later)
    assert ClockCycle.objects.overdue_unmarked(later).count() == 2


def test_only_what_was_looked_at_is_applied(house, slower, policy):
    factories.pending(house)
    looked_at = slower()
    slower(decide="9h")
    with pytest.raises(VersionChanged):
        retiming.apply_policy(policy=policy, number=looked_at.number, by=house.adam, now=house.now)


@pytest.mark.parametrize("name", ["alice", "olga", "charlie"])
def test_only_an_admin_applies_a_policy(house, slower, policy, name):
    version = slower()
    with pytest.raises(NotAllowed):
        retiming.apply_policy(policy=policy, number=version.number, by=getattr(house, name), now=house.now)


def test_a_task_nobody_has_claimed_waits_by_its_claim(house):
    task = factories.pending(house).task
    held = factories.claimed(factories.pending(house), house.alice, house.now)
    back = returning.release(task_id=held.pk, by=house.alice, now=house.now)
    assert back.rank_at - task.rank_at == 3.5 * HOUR
