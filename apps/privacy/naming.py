"""What is about one subject? Its proposals, and its cases in the event logs of the process.

A subject is named by its kind and id, as agents name it, however they type that (`spelling`). Where the id is a
sensitive value, proposals have another name in its place (`masking.name_instead`), and are found by that as well. A
case in a log has a name and no kind: proposals say of what kind a name is.
"""

import secrets
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.db.models.lookups import Exact, In
from django.utils.translation import gettext as _

from apps.audit.spelling import Plain, is_odd, plain
from apps.outcomes.folding import locked
from apps.outcomes.models import EventLog, FollowedDay, LogEvent, MeasuredCase, TouchedCase
from apps.privacy.models import Erasure
from apps.proposals.masking import name_instead
from apps.proposals.models import Proposal

_OWN = "own:"


@dataclass
class Renamed:
    """What became of the cases of a subject: rows by model, and logs that keep their name, with why."""

    rows: Counter[str] = field(default_factory=Counter)
    kept: list[dict[str, str]] = field(default_factory=list)


def names_of(subject_id: str) -> list[str]:
    """What stands for this id, as it is meant or in its place."""
    meant = plain(subject_id)
    return [meant, name_instead(meant)]


def proposals_about(erasure: Erasure) -> QuerySet[Proposal]:
    """The proposals of a request that are not erased yet, copies left out: about its subject, and those it names."""
    about = _called(erasure, "subject_id")
    if erasure.subject_kind:
        about &= Q(_is_kind(erasure))
    found = Proposal.objects.filter(
        about | Q(pk__in=erasure.further), is_copy=False, erased_at__isnull=True
    ).order_by("pk")
    return found if erasure.workflow_id is None else found.filter(workflow=erasure.workflow_id)


def is_held(erasure: Erasure) -> bool:
    """Whether there is anything about the subject that is not erased: a proposal, or a case of an event log."""
    if proposals_about(erasure).exists():
        return True
    logs = [log.pk for log in _logs(erasure)]
    return LogEvent.objects.filter(_called(erasure, "case"), log__in=logs).exists()


def rename_cases(erasure: Erasure) -> Renamed:
    """Give the cases of the subject in the event logs a name that says nothing. One transaction.

    What was measured of them stays. ReviewHub's own events keep their source, so that none is told again. A case is
    left whose name is in its workflow also that of another kind of subject, which nobody asked to erase.
    """
    made = Renamed()
    with transaction.atomic():
        for log in _logs(erasure):
            locked(log.pk)
            there = LogEvent.objects.filter(_called(erasure, "case"), log=log.pk).values_list(
                "case", flat=True
            )
            cases = {*there.distinct(), *names_of(erasure.subject_id)}
            if _is_of_another(erasure, log.workflow_id):
                if there.exists():
                    why = _("another kind of subject has the same name: its case stays")
                    made.kept.append({"log": f"{log.workflow.slug}: {log.name}", "why": why})
                continue
            for case in sorted(cases):
                made.rows.update(_rename(log.pk, case, f"erased-{secrets.token_hex(8)}"))
    made.rows = +made.rows
    return made


def _called(erasure: Erasure, column: str) -> Q:
    """Rows whose column has the subject's name, however that is typed; by two indexes."""
    names = names_of(erasure.subject_id)
    return Q(**{f"{column}__in": names}) | is_odd(column) & Q(In(Plain(F(column)), names))


def _is_kind(erasure: Erasure) -> Exact:
    return Exact(Plain(F("subject_kind")), plain(erasure.subject_kind))


def _is_of_another(erasure: Erasure, workflow_id: int) -> bool:
    if not erasure.subject_kind:
        return False
    same_name = Proposal.objects.filter(
        _called(erasure, "subject_id"), workflow=workflow_id, is_copy=False, erased_at__isnull=True
    )
    return same_name.exclude(_is_kind(erasure)).exists()


def _logs(erasure: Erasure) -> Collection[EventLog]:
    logs = EventLog.objects.select_related("workflow").order_by("pk")
    return logs if erasure.workflow_id is None else logs.filter(workflow=erasure.workflow_id)


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
