"""Everything a proposal has left behind, counted: two of the same story have the same trace, whatever went wrong."""

from collections import Counter
from typing import Any

from apps.audit.models import Event
from apps.delivery.models import Notification, OutboxEvent
from apps.escalation.models import EscalationRun, StepExecution
from apps.proposals.models import Examination, Grant, Proposal, Question, Resolution
from apps.reviews.models import Decision, QueueVisit, Task
from apps.sla.models import ClockCycle, ClockEvent
from apps.trust.models import LedgerEntry


def trace_of(proposal: Proposal) -> dict[str, Any]:
    """{what: how it is now, or how often there is one}, without ids and without random tokens."""
    key = proposal.pk
    now = Proposal.objects.get(pk=key)
    return {
        "proposal": (now.status, now.substatus, now.due_at),
        "task": list(
            Task.objects.filter(proposal=key).values_list(
                "status",
                "queue__slug",
                "tier",
                "quorum",
                "version",
                "claimed_by",
                "due_at",
                "rank_at",
                "resume_at",
            )
        ),
        "runs": list(
            EscalationRun.objects.filter(task__proposal=key)
            .order_by("id")
            .values_list("step", "loop", "due_at", "next_at", "waiting", "fallback_at", "ended_because")
        ),
        "steps": _counted(
            StepExecution.objects.filter(run__task__proposal=key),
            ("run__ended_because", "loop", "step", "outcome", "because", "notices"),
        ),
        "told": _counted(Notification.objects.filter(proposal_id=key), ("person__short", "kind", "title")),
        "outbox": _counted(OutboxEvent.objects.filter(subject_id=key), ("type",)),
        "audit": _counted(Event.objects.filter(proposal_id=key), ("verb", "actor_name")),
        "clocks": _counted(ClockCycle.objects.filter(subject_id=key), ("target", "status", "due_at")),
        "ticks": _counted(
            ClockEvent.objects.filter(cycle__subject_id=key), ("cycle__target", "kind", "share")
        ),
        "visits": _counted(
            QueueVisit.objects.filter(task__proposal=key), ("queue__slug", "came", "why_left")
        ),
        "questions": _counted(Question.objects.filter(proposal=key), ("text", "ending", "answer")),
        "examinations": _counted(Examination.objects.filter(original=key), ("purpose", "opened_at")),
        "decisions": _counted(Decision.objects.filter(task__proposal=key), ("by__short", "verb", "role")),
        "answers": _counted(Resolution.objects.filter(proposal=key), ("verb", "decided_by_type")),
        "grants": Grant.objects.filter(proposal=key).count(),
        "ledger": _counted(
            LedgerEntry.objects.filter(proposal_id=key), ("is_counted", "not_counted_because")
        ),
    }


def _counted(rows: Any, columns: tuple[str, ...]) -> Counter[Any]:
    return Counter(rows.order_by().values_list(*columns))
