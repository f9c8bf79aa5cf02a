"""A changed policy that is applied to open work reaches the chains too."""

from datetime import timedelta

from apps.escalation import retiming
from apps.escalation.models import EscalationRun
from apps.escalation.sweeping import run_due
from apps.sla.models import ClockCycle
from apps.sla.policy_setup import Targets, save_policy
from apps.sla.queries import moment_of_share
from apps.sla.states import Target
from tests import factories
from tests.factories import House


def test_a_shorter_target_brings_the_next_step_forward(house: House) -> None:
    proposal = factories.pending(house)
    run = EscalationRun.objects.get(task__proposal=proposal)
    decide = ClockCycle.objects.get(subject_id=proposal.pk, target=Target.DECIDE)
    policy = decide.policy_version.policy
    shorter = Targets(claim="5m", decide="30m", result="2h")
    version = save_policy(
        slug=policy.slug, name=policy.name, targets=shorter, reason="Faster", by=house.adam, now=house.now
    )
    later = house.now + timedelta(minutes=1)
    assert retiming.apply_policy(policy=policy, number=version.number, by=house.adam, now=later)
    run_due(now=later)
    before, run = run.next_at, EscalationRun.objects.get(pk=run.pk)
    decide.refresh_from_db()
    assert before is not None
    assert run.next_at is not None
    assert later < run.next_at < before
    assert run.next_at <= moment_of_share(decide, 1.0)
