"""What is about one subject? Its proposals, and its cases in the event logs of the process.

A subject is named by its kind and id, as agents name it. Where the id is a sensitive value, proposals have another name
in its place (`masking.name_instead`), and are found by that as well.
"""

import secrets
from collections.abc import Collection

from django.db import transaction
from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from apps.outcomes.folding import locked
from apps.outcomes.models import EventLog, FollowedDay, LogEvent, MeasuredCase, TouchedCase
from apps.privacy.models import Erasure
from apps.proposals.masking import name_instead
from apps.proposals.models import Proposal

_OWN = "own:"


def names_of(subject_id: str) -> list[str]:
    """What stands in the place of this id."""
    return [subject_id, name_instead(subject_id)]


def proposals_about(erasure: Erasure) -> QuerySet[Proposal]:
    """The proposals of a request that are not erased yet, copies left out: about its subject, and those it names."""
    about = Q(subject_id__in=names_of(erasure.subject_id))
    if erasure.subject_kind:
        about &= Q(subject_kind=erasure.subject_kind)
    found = Proposal.objects.filter(
        about | Q(pk__in=erasure.further), is_copy=False, erased_at__isnull=True
    ).order_by("pk")
    return found if erasure.workflow_id is None else found.filter(workflow=erasure.workflow_id)


def rename_cases(erasure: Erasure) -> dict[str, int]:
    """Give the cases of the subject in the event logs a name that says nothing; rows by model. One transaction.

    What was measured of them stays. ReviewHub's own events keep their source, so that none is told again.
    """
    rows: dict[str, int] = {}
    with transaction.atomic():
        for log in _logs(erasure):
            locked(log)
            for name in names_of(erasure.subject_id):
                for label, count in _rename(log, name, f"erased-{secrets.token_hex(8)}").items():
                    rows[label] = rows.get(label, 0) + count
    return {label: count for label, count in rows.items() if count}


def _logs(erasure: Erasure) -> Collection[int]:
    logs = EventLog.objects.order_by("pk")
    if erasure.workflow_id is not None:
        logs = logs.filter(workflow=erasure.workflow_id)
    return list(logs.values_list("pk", flat=True))


def _rename(log: int, name: str, anew: str) -> dict[str, int]:
    events = LogEvent.objects.filter(log=log, case=name)
    foreign = events.exclude(source="").exclude(source__startswith=_OWN)
    foreign.update(source=Concat(Value("erased:"), Cast(F("pk"), CharField())), resource="")
    return {
        "outcomes.LogEvent": events.update(case=anew),
        "outcomes.MeasuredCase": MeasuredCase.objects.filter(
            version__kpi__workflow__event_logs=log, case=name
        ).update(case=anew),
        "outcomes.TouchedCase": TouchedCase.objects.filter(log=log, case=name).update(case=anew),
        "outcomes.FollowedDay": _rename_examples(log, name, anew),
    }


def _rename_examples(log: int, name: str, anew: str) -> int:
    changed = 0
    for row in FollowedDay.objects.filter(log=log, examples__contains=[name]).order_by("pk"):
        row.examples = [anew if one == name else one for one in row.examples]
        row.save(update_fields=["examples"])
        changed += 1
    return changed
