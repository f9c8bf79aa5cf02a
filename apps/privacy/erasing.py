"""Erases what a proposal holds of its subject, in one transaction: its own row, all that belongs to it, its copies.

The only place that changes rows which never change. It passes exactly the triggers that `holdings` names and leaves an
event in the audit log each time; every other rule of the database holds as ever. What stays: that it was, its verbs,
times, people who decided, counts. Nothing open is touched.
"""

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import actions as audit
from apps.audit import erasing as log
from apps.audit.accounting import ERASING, OF, key_of
from apps.audit.append_only import passing
from apps.audit.models import Event
from apps.delivery.models import Notification
from apps.escalation.models import Incident
from apps.intake.models import IdempotencyKey
from apps.privacy import runs
from apps.privacy.becoming import Becomes, expression, new_key
from apps.privacy.holdings import HOLDINGS, Holding
from apps.privacy.opened import why_open
from apps.privacy.states import DataKind
from apps.proposals.models import Examination, Proposal
from apps.proposals.resource import as_resource, readable
from apps.proposals.states import RUN_ERASED
from apps.reviews.adjudicating import retire_locked
from apps.reviews.models import GoldCase, Task

# {label of a model: rows}.
Rows = Counter[str]

# Events whose data is ReviewHub's own words, which figures are counted from again and erasures are known by.
DATA_STAYS = (
    ERASING,
    *("clock.breached", "proposal.failed", "proposal.redeem_refused", "proposal.result_reported"),
    *("evidence.checked", "evidence.unchecked", "task.claimed", "task.decided"),
)
# Of other kinds of subject the label is the name of a queue, an action type or a target.
_LABELS_GO = ("proposal", "gold_case", "incident")


class StillOpen(Exception):
    """Something about it is not over; the message says what."""


def erase(
    *,
    proposal_id: UUID,
    kinds: Collection[DataKind],
    now: datetime,
    by: User | None = None,
    because: dict[str, Any] | None = None,
    keeps_known_cases: bool = False,
) -> Rows:
    """Erase these kinds of data of an original proposal and its copies; how many rows of which model.

    `because` goes into the event. A known case of the bank is retired first; with `keeps_known_cases` it is a reason to
    leave it. Raises StillOpen. Erasing again finds nothing and writes nothing.
    """
    with transaction.atomic():
        ids = _locked_family(proposal_id)
        original = Proposal.objects.select_related("workflow").get(pk=proposal_id)
        if why := why_open(ids, now):
            raise StillOpen(why)
        wanted = set(kinds)
        if original.erased_at is not None:
            wanted -= {DataKind.CONTENTS, DataKind.TRACES}
        if DataKind.CONTENTS in wanted:
            _take_out_of_bank(ids, now, keeps_known_cases)
        rows = _erase_rows(ids, wanted, now)
        if rows:
            original.refresh_from_db(fields=["external_id"])
            audit.record(
                verb=ERASING,
                now=now,
                by=by,
                subject=("proposal", proposal_id, original.external_id),
                workflow_id=original.workflow_id,
                proposal_id=proposal_id,
                data={
                    "rows": rows.total(),
                    "kinds": sorted(wanted),
                    **(_accounted(ids) if DataKind.CONTENTS in wanted else {}),
                    **(because or {}),
                },
            )
        return rows


def family(proposal_id: UUID) -> list[UUID]:
    """The proposal and every copy that was made of it."""
    copies = Examination.objects.filter(original=proposal_id, copy__isnull=False)
    return sorted({proposal_id, *copies.values_list("copy_id", flat=True)})


def _locked_family(proposal_id: UUID) -> list[UUID]:
    """Locked before it is asked who belongs to it: an examination is opened under the lock of no one else."""
    own = Proposal.objects.select_for_update(of=("self",)).order_by("pk")
    list(own.filter(pk=proposal_id).values_list("pk"))
    ids = family(proposal_id)
    list(own.filter(pk__in=ids).values_list("pk"))
    return ids


def _take_out_of_bank(ids: list[UUID], now: datetime, keeps: bool) -> None:
    cases = GoldCase.objects.select_for_update(of=("self",), no_key=True).select_related("proposal")
    for case in cases.filter(proposal__in=ids, retired_at__isnull=True):
        if keeps:
            raise StillOpen(_("It is a known case in use: retire it first."))
        retire_locked(case, because=_("Its contents were erased."), by=None, now=now, is_wrong=False)


def _erase_rows(ids: list[UUID], kinds: Collection[DataKind], now: datetime) -> Rows:
    rows: Rows = Counter()
    key = new_key()
    wanted = [holding for holding in HOLDINGS if holding.kind in kinds]
    if DataKind.MESSAGES in kinds:
        _hold_notifications(ids)
    if DataKind.CONTENTS in kinds:
        rows.update(runs.rename_those_of(ids, now))
    with passing(*sorted({uri for holding in wanted for uri in holding.triggers})):
        for holding in wanted:
            rows[holding.model] += _erase_holding(holding, ids, key, now)
    if DataKind.CONTENTS in kinds:
        rows["audit.Event"] += audit_parts(ids)
    elif DataKind.TRACES in kinds:
        rows["proposals.Proposal"] += _erase_runs(ids)
    return +rows


def _hold_notifications(ids: list[UUID]) -> None:
    """Asked before which messages carry them: whoever makes one is over by then, or begins when they are empty."""
    told = Notification.objects.select_for_update(of=("self",), no_key=True).filter(proposal_id__in=ids)
    list(told.order_by("pk").values_list("pk"))


def _erase_holding(holding: Holding, ids: list[UUID], key: str, now: datetime) -> int:
    found = holding.of(ids)
    changes = {
        column: expression(becomes, column, key)
        for column, becomes in holding.becomes.items()
        if becomes is not Becomes.ANSWER
    }
    if holding.table is Proposal:
        changes |= {"erased_at": now, "version": F("version") + 1}
    if holding.model == "delivery.Notification":
        found = found.exclude(title=changes["title"], text="")
    count = found.update(**changes)
    if holding.table is IdempotencyKey and count:
        _answer_anew(ids)
    return count


def _answer_anew(ids: list[UUID]) -> None:
    """The same request again is answered with what is left."""
    for kept in IdempotencyKey.objects.filter(proposal__in=ids):
        kept.body = as_resource(readable().get(pk=kept.proposal_id))
        kept.save(update_fields=["body"])


def _erase_runs(ids: list[UUID]) -> int:
    """Only what the agent said of its run, of proposals whose contents stay. Said so in its place: rules may ask it."""
    found = (
        Proposal.objects.filter(pk__in=ids, erased_at__isnull=True).exclude(run={}).exclude(run=RUN_ERASED)
    )
    with passing("proposals.Proposal:content_never_changes"):
        return found.update(run=RUN_ERASED, version=F("version") + 1)


def audit_parts(ids: Collection[UUID]) -> int:
    """Take labels and data out of what the log has about these proposals; of how many events."""
    about = Q(proposal_id__in=ids)
    for kind, keys in _beside(ids).items():
        about |= Q(subject_kind=kind, subject_id__in=keys)
    events = Event.objects.filter(about)
    named, plain = Q(subject_kind__in=_LABELS_GO), Q(verb__in=DATA_STAYS)
    return (
        log.erase(events.filter(named, ~plain))
        + log.erase(events.filter(named, plain), parts=("subject_label",))
        + log.erase(events.filter(~named, ~plain), parts=("data",))
    )


def _accounted(ids: Collection[UUID]) -> dict[str, list[str]]:
    """For `audit_verify`: the events of what were erased."""
    beside = [key_of(None, kind, key) for kind, keys in _beside(ids).items() for key in keys]
    return {OF: [*map(str, ids), *beside]}


def _beside(ids: Collection[UUID]) -> dict[str, list[str]]:
    """What the log speaks of that belongs to these proposals, {kind: ids}: events about it need not name a proposal."""
    tasks = Task.objects.filter(proposal__in=ids).values("pk")
    found = {
        "incident": Incident.objects.filter(task_id__in=tasks),
        "gold_case": GoldCase.objects.filter(proposal__in=ids),
    }
    return {kind: [str(key) for key in rows.values_list("pk", flat=True)] for kind, rows in found.items()}
