"""Events of a process that an agent reports into the live log of its workflow."""

from collections.abc import Sequence
from dataclasses import replace

from django.db import transaction

from apps.delivery.waking import wake
from apps.outcomes.folding import FOLD
from apps.outcomes.live_log import Told, live_log_of, tell
from apps.registry.models import Agent, Workflow


def report_events(*, workflow: Workflow, events: Sequence[Told], by: Agent) -> int:
    """Keep these events; how many were new. Their sources are the agent's own, so that no two agents share one."""
    with transaction.atomic():
        kept = tell(
            live_log_of(workflow), [replace(one, source=f"agent {by.pk}:{one.source}") for one in events]
        )
        if kept:
            wake(FOLD)
    return kept
