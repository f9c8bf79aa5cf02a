"""A reviewer disputes the known answer of a case they were shown; a lead or governance rules on it.

Upheld, the case is retired and what it had counted, for everybody, is taken out by new entries. Dismissed, the answer
stands.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts import rights
from apps.accounts.models import User
from apps.accounts.roles import Role
from apps.audit import actions as audit
from apps.delivery.lines import short
from apps.delivery.notifying import notify
from apps.reviews import policies
from apps.reviews.adjudicating import locked_case, retire_locked
from apps.reviews.choosing import Invalid
from apps.reviews.knowing import note_read
from apps.reviews.models import GoldAnswer, GoldCase, GoldDispute, Queue, Task
from apps.reviews.states import Ruling

LONGEST = 1000


@transaction.atomic
def dispute(*, answer_id: UUID, note: str, by: User, now: datetime) -> GoldDispute:
    """Say why the known answer is wrong. The leads of its queue and the governance lead are told. Raises
    NotAllowed, Invalid, GoldAnswer.DoesNotExist.
    """
    answer = GoldAnswer.objects.select_related("case", "decision__task__queue").get(pk=answer_id)
    policies.check_dispute(answer, by=by)
    note = note.strip()
    if not note:
        raise Invalid("note", _("Say what is wrong with the known answer."))
    if len(note) > LONGEST:
        raise Invalid("note", _("At most {most} characters.").format(most=LONGEST))
    case = locked_case(answer.case_id)
    if case.retired_at is not None:
        raise Invalid("", _("This case has been retired meanwhile: it is shown no more."))
    if GoldDispute.objects.filter(answer=answer).exists():
        raise Invalid("", _("You have disputed this answer already."))
    row = GoldDispute.objects.create(answer=answer, note=note, at=now)
    GoldAnswer.objects.filter(pk=answer.pk, seen_at__isnull=True).update(seen_at=now)
    _record("gold.disputed", case, by, now, note)
    ruling = _ruling_people(case, answer.decision.task.queue, besides=by)
    for person in ruling:
        note_read([case.pk], by=person, now=now)
    _notify(
        ruling,
        "dispute",
        _("{name} disputes a known case: {summary}").format(
            name=by.name, summary=short(case.proposal.summary)
        ),
        note,
        f"/checks/disputes/{row.pk}/",
        answer.decision.task,
        now,
    )
    return row


@transaction.atomic
def rule(*, dispute_id: UUID, ruling: Ruling, note: str, by: User, now: datetime) -> GoldDispute:
    """End a dispute, with a reason. Raises NotAllowed, Invalid, GoldDispute.DoesNotExist."""
    found = GoldDispute.objects.select_related("answer").get(pk=dispute_id)
    case = locked_case(found.answer.case_id)
    rows = GoldDispute.objects.select_for_update(of=("self",))
    row = rows.select_related("answer__by", "answer__decision__task").get(pk=dispute_id)
    policies.check_rule(row, case, by=by)
    if row.ruled_at is not None:
        raise Invalid("", _("Somebody has ruled on this already."))
    note = note.strip()
    if not note:
        raise Invalid("note", _("Say why: the reviewer will read it."))
    is_upheld = ruling is Ruling.UPHELD
    row.ruling, row.ruling_note, row.ruled_by, row.ruled_at = ruling, note[:LONGEST], by, now
    row.save(update_fields=["ruling", "ruling_note", "ruled_by", "ruled_at"])
    if is_upheld:
        _take_back(case, note, by, now)
    _record("gold.dispute_upheld" if is_upheld else "gold.dispute_dismissed", case, by, now, note)
    _notify([row.answer.by], "dispute_ruled", _title(ruling), note, "/checks/", row.answer.decision.task, now)
    return row


def _take_back(case: GoldCase, note: str, by: User, now: datetime) -> None:
    if case.retired_at is None:
        retire_locked(case, because=note[:500], by=by, now=now, is_wrong=True)


def _title(ruling: Ruling) -> str:
    if ruling is Ruling.UPHELD:
        return _("You were right: the known case is retired, and its miss does not count")
    return _("The known answer stands")


def _ruling_people(case: GoldCase, queue: Queue, besides: User) -> list[User]:
    """The leads of the queue it was shown in and the workflow's governance lead, who may rule."""
    leads = rights.people_with([Role.LEAD], queue).filter(is_active=True)
    return [person for person in (*leads, case.proposal.workflow.governance_lead) if person != besides]


def _notify(
    people: Iterable[User], kind: str, title: str, text: str, link: str, task: Task, now: datetime
) -> None:
    notify(
        people=people,
        kind=kind,
        title=title,
        text=text,
        link=link,
        tier=task.tier,
        now=now,
        workflow_id=task.workflow_id,
    )


def _record(verb: str, case: GoldCase, by: User, now: datetime, note: str) -> None:
    audit.record(
        verb=verb,
        now=now,
        by=by,
        subject=("gold_case", case.pk, case.proposal.external_id),
        workflow_id=case.workflow_id,
        data={"note": note},
    )
