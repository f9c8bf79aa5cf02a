"""The chains a fresh installation has: each of their steps comes, also those that share a moment."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

from apps.escalation.chains import DEFAULT_STEPS
from apps.escalation.clocks import PlannedClock
from apps.escalation.models import StepExecution
from apps.escalation.simulation import Past, simulate
from apps.escalation.steps import read_steps
from apps.escalation.sweeping import run_due
from apps.proposals.states import Status
from apps.reviews.models import Task
from apps.routing.states import Fallback
from apps.sla.calendars import read_calendar
from apps.sla.durations import parse
from apps.sla.reckoning import Clock
from tests import factories
from tests.escalation.conftest import save
from tests.factories import House

_SHIPPED = yaml.safe_load((Path(settings.BASE_DIR) / "reviewhub/defaults.yaml").read_text())["chains"]
CHAINS: dict[str, list[dict[str, Any]]] = {chain["slug"]: chain["steps"] for chain in _SHIPPED}
CHAINS["where nothing is written"] = DEFAULT_STEPS
ALWAYS = read_calendar(
    zone="UTC", weekly={day: ["00:00-24:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
)


@pytest.mark.parametrize("name", CHAINS)
def test_every_step_comes_when_a_sweeper_is_there(house: House, name: str) -> None:
    clock = PlannedClock(Clock(house.now, ALWAYS), parse("4h"))
    past = Past(house.now, house.now + timedelta(days=2), Fallback.HOLD)
    steps = read_steps(CHAINS[name])
    taken = simulate(steps, clock, clock.due_at, past)
    assert [one.index for one in taken if one.loop == 0] == list(range(len(steps)))


@pytest.mark.parametrize("name", CHAINS)
def test_a_fallback_that_rejects_rejects_at_its_moment(staffed: House, name: str) -> None:
    factories.publish_matrix(staffed.now, fallback="reject")
    save(staffed, CHAINS[name], allows_gaps=True)
    proposal = factories.pending(staffed)
    fallback_at = next(step["after"] for step in CHAINS[name] if step["do"] == "fallback")
    at = staffed.now + timedelta(hours=4) * int(fallback_at.rstrip("%")) / 100
    for minutes in range(0, int((at - staffed.now).total_seconds() / 60), 15):
        run_due(now=staffed.now + timedelta(minutes=minutes))
    proposal.refresh_from_db()
    assert proposal.status == Status.PENDING
    run_due(now=at)
    proposal.refresh_from_db()
    assert proposal.status == Status.DENIED
    done = StepExecution.objects.exclude(outcome="skipped").values_list("do", flat=True)
    assert ("raise_tier" in done) == ("raise_tier" in [step["do"] for step in CHAINS[name]])


def test_an_outage_past_the_end_of_the_chain_still_rejects(staffed: House) -> None:
    factories.publish_matrix(staffed.now, fallback="reject")
    save(staffed, CHAINS["standard"], allows_gaps=True)
    proposal = factories.pending(staffed)
    run_due(now=staffed.now + timedelta(days=3))
    proposal.refresh_from_db()
    assert proposal.status == Status.DENIED
    assert Task.objects.get(proposal=proposal).closed_at == staffed.now + timedelta(days=3)
