"""At the end of a soak: is everything there that was promised to somebody, and is nothing there twice?"""

import os
from collections import Counter
from pathlib import Path

from django.db import connection

from apps.delivery.models import Delivery, DeliveryStatus, Notification
from apps.escalation.models import AuditRun, EscalationRun, StepExecution
from apps.proposals.models import Grant, Proposal, Question, Result
from apps.proposals.states import Status
from apps.reviews.models import Decision, Task
from tests.faults import promise
from tests.soak.actors import external_id
from tests.soak.world import Journal


def lost(journal: Journal) -> dict[str, int]:
    """{what is lost: how often}: of the rows, of what the journal remembers, of the post."""
    posted = _posted()
    proposals = {str(pk): name for pk, name in Proposal.objects.values_list("pk", "external_id")}
    found = {
        "an accepted proposal": [
            name for name, ident in journal.read("accepted") if proposals.get(ident) != external_id(name)
        ],
        "a decision": _missing(journal, "decided", Decision.objects.all()),
        "a question": _missing(journal, "asked", Question.objects.all()),
        "an answer": _missing(journal, "answered", Question.objects.filter(ending="answered")),
        "a withdrawal": _missing(journal, "withdrawn", Proposal.objects.filter(status=Status.CANCELLED)),
        "a redemption": _missing(journal, "redeemed", Grant.objects.filter(redeemed_at__isnull=False)),
        "a result": _missing(journal, "reported", Proposal.objects.filter(result__isnull=False)),
        "a letter": [ident for ident in _sent() if ident not in posted],
        "a notification that was never packed": list(Notification.objects.filter(parcel=None).values("pk")),
        "a letter that was never sent": list(
            Delivery.objects.exclude(status=DeliveryStatus.SENT).values("pk")
        ),
    }
    return promise.lost() | {what: len(those) for what, those in found.items() if those}


def twice() -> dict[str, int]:
    """{what happened twice: how often}."""
    found = {
        "a proposal came twice": Proposal.objects.count()
        - Proposal.objects.values("agent_id", "external_id").distinct().count(),
        "a proposal has two tasks": Task.objects.count() - Task.objects.values("proposal").distinct().count(),
        "a parcel left in two letters": Delivery.objects.exclude(parcel=None).count()
        - Delivery.objects.exclude(parcel=None).values("parcel").distinct().count(),
        "a result was reported twice": Result.objects.count()
        - Result.objects.values("proposal").distinct().count(),
    }
    return promise.twice() | {what: count for what, count in found.items() if count}


def figures(journal: Journal) -> dict[str, object]:
    """What went on, for the report."""
    outcomes = Counter(StepExecution.objects.order_by().values_list("outcome", flat=True))
    posted = _posted()
    return {
        "tasks": Task.objects.count(),
        "tasks still open": Task.objects.filter(closed_at=None).count(),
        "proposals by status": dict(Counter(Proposal.objects.order_by().values_list("status", flat=True))),
        "decided by": dict(
            Counter(
                Proposal.objects.exclude(resolution=None)
                .order_by()
                .values_list("resolution__decided_by_type", flat=True)
            )
        ),
        "decisions": Decision.objects.count(),
        "questions": Question.objects.count(),
        "steps by outcome": dict(outcomes),
        "repetitions of a last step": StepExecution.objects.filter(loop__gt=0).count(),
        "live runs": EscalationRun.objects.live().count(),
        "notifications": Notification.objects.count(),
        "letters": len(posted),
        "letters sent again under their id after a kill": posted.total() - len(posted),
        "looks of the auditor": AuditRun.objects.count(),
        "healed by the auditor": sum(AuditRun.objects.values_list("healed", flat=True)),
        "minutes a step came after its moment, median and most": _lateness(),
        "deadlocks": len(list(journal.read("deadlock"))),
    }


def _missing(journal: Journal, kind: str, rows: object) -> list[str]:
    there = {str(pk) for pk in rows.values_list("pk", flat=True)}  # type: ignore[attr-defined]  # a queryset
    return [ident for (ident,) in journal.read(kind) if ident not in there]


def _sent() -> list[str]:
    return [
        str(pk) for pk in Delivery.objects.filter(status=DeliveryStatus.SENT).values_list("pk", flat=True)
    ]


def _posted() -> Counter[str]:
    """How often each letter was handed to the post."""
    path = Path(os.environ["SOAK_LETTERS"])
    if not path.exists():
        return Counter()
    return Counter(line[1:].partition("@")[0] for line in path.read_text().splitlines())


def _lateness() -> tuple[float, float]:
    """Of steps taken because they were due, and held by nobody."""
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY late), max(late)
              FROM (SELECT extract(epoch FROM done.at - done.planned_at) / 60 AS late
                      FROM escalation_stepexecution done JOIN escalation_escalationrun run ON run.id = done.run_id
                     WHERE done.because = 'due' AND done.outcome = 'done' AND done.loop > 0) AS steps""")
        median, most = cursor.fetchone()
    return round(float(median or 0), 1), round(float(most or 0), 1)
