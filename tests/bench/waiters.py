"""Thousands of agents waiting on one live process: how long after the decision do they know?"""

import json
import subprocess
import sys
import time
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.proposals import changes
from apps.proposals.actions import Answer, settle
from apps.proposals.states import DecidedBy
from apps.routing.states import Verb

# Until the server has read every waiter's proposal and listens for it.
_SETTLE_SECONDS = 5


def wake_times(port: int, key: str, proposals: list[str], *, per_second: float) -> list[float]:
    """Seconds from each decision's commit to the end of its agent's answer, sorted.

    The agents live in a process of their own; both read the same machine's clock.
    """
    command = [sys.executable, "-m", "tests.bench.waiting_agents"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as crowd:
        assert crowd.stdin is not None
        assert crowd.stdout is not None
        crowd.stdin.write(json.dumps({"port": port, "key": key, "proposals": proposals}) + "\n")
        crowd.stdin.flush()
        assert crowd.stdout.readline() == "waiting\n"
        time.sleep(_SETTLE_SECONDS)
        decided = _decide_all(proposals, per_second)
        line = crowd.stdout.readline()
    if not line:
        raise RuntimeError("the waiting agents ended early; their error is above")
    answered: dict[str, float] = json.loads(line)
    return sorted(answered[proposal] - decided[proposal] for proposal in proposals)


def _decide_all(proposals: list[str], per_second: float) -> dict[str, float]:
    decided = {}
    begun = time.perf_counter()
    for number, proposal_id in enumerate(proposals):
        pause = begun + number / per_second - time.perf_counter()
        if pause > 0:
            time.sleep(pause)
        _decide(proposal_id)
        decided[proposal_id] = time.time()
    return decided


@transaction.atomic
def _decide(proposal_id: str) -> None:
    now = timezone.now()
    proposal = changes.locked(UUID(proposal_id))
    answer = Answer(
        verb=Verb.APPROVE,
        decided_by_type=DecidedBy.HUMAN,
        decided_by="A reviewer",
        decided_at=now,
        action_name=proposal.action_type.name,
        args=proposal.args,
        args_sha256=proposal.args_sha256,
    )
    settle(proposal=proposal, answer=answer, by=None, now=now)
