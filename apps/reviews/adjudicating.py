"""Puts settled cases with a known answer into the bank of gold tasks, and takes them out again.

Whoever adjudicates says what is right and why; they never decide the case themselves, shown blind, afterwards.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import actions as audit
from apps.proposals.models import Proposal, Resolution
from apps.proposals.states import DecidedBy
from apps.reviews import policies
from apps.reviews.choosing import Invalid
from apps.reviews.knowing import note_read
from apps.reviews.models import GoldAnswer, GoldCase, Task
from apps.reviews.states import GoldSource
from apps.trust.seeding import void_seed

LONGEST = 500


@dataclass(frozen=True, slots=True)
class Possible:
    """An answer the adjudicator may call right: its digest (empty: nothing), and what it is called."""

    sha256: str
    kind: str


def possible_answers(proposal: Proposal) -> list[Possible]:
    """What can be right: as proposed, what was decided instead, each alternative, nothing. Each digest once."""
    found = [Possible(proposal.args_sha256, "proposed")]
    resolution = Resolution.objects.filter(proposal=proposal).first()
    if resolution is not None and resolution.args_sha256:
        found.append(Possible(resolution.args_sha256, "decided"))
    others = [one for one in proposal.alternatives.all() if one.args_sha256]
    found += [Possible(one.args_sha256, f"alternative {one.rank}") for one in others]
    found.append(Possible("", "nothing"))
    known: dict[str, Possible] = {}
    for one in found:
        known.setdefault(one.sha256, one)
    return list(known.values())


def adjudicate(
    *, proposal_id: UUID, answers: Collection[str], explanation: str, by: User, now: datetime
) -> GoldCase:
    """Keep a settled case with its right answers (digests; empty: nothing). Raises NotAllowed, Invalid."""
    explanation = explanation.strip()
    if not explanation:
        raise Invalid("explanation", _("Say why: whoever misses it will read this."))
    if len(explanation) > LONGEST:
        raise Invalid("explanation", _("At most {most} characters.").format(most=LONGEST))
    proposal = Proposal.objects.select_related("agent", "workflow").get(pk=proposal_id)
    policies.check_adjudicate(proposal, task_of(proposal), by=by)
    _check_settled(proposal)
    if not answers or not set(answers) <= {one.sha256 for one in possible_answers(proposal)}:
        raise Invalid("answers", _("Choose what is right."))
    case = GoldCase(
        workflow_id=proposal.workflow_id,
        proposal=proposal,
        source=GoldSource.ADJUDICATED,
        is_mistake=proposal.args_sha256 not in answers,
        answers=sorted(answers),
        explanation=explanation,
        added_at=now,
        added_by=by,
    )
    try:
        with transaction.atomic():
            case.save(force_insert=True)
            _tell("gold.added", case, by, now)
    except IntegrityError as error:
        note_read(GoldCase.objects.filter(proposal=proposal).values_list("pk", flat=True), by=by, now=now)
        raise Invalid("", _("This case is in the bank already, or was once.")) from error
    return case


@transaction.atomic
def retire(*, case_id: UUID, because: str, by: User, now: datetime, is_wrong: bool = False) -> GoldCase:
    """Show a case no more. `is_wrong`: its answer was, so what it counted is taken out. Raises NotAllowed, Invalid."""
    case = locked_case(case_id)
    policies.check_adjudicate(case.proposal, task_of(case.proposal), by=by)
    if case.retired_at is not None:
        raise Invalid("", _("This case is retired already."))
    because = because.strip()
    if not because:
        raise Invalid("because", _("Say why it is retired."))
    retire_locked(case, because=because[:LONGEST], by=by, now=now, is_wrong=is_wrong)
    return case


def locked_case(case_id: UUID) -> GoldCase:
    """The case, its row locked: retiring, ruling and answering wait for each other. Raises GoldCase.DoesNotExist."""
    rows = GoldCase.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("proposal__agent", "proposal__workflow").get(pk=case_id)


def task_of(proposal: Proposal) -> Task | None:
    """The task people decided it in; None for what acted by itself."""
    return Task.objects.select_related("queue").filter(proposal=proposal).first()


def retire_locked(case: GoldCase, *, because: str, by: User | None, now: datetime, is_wrong: bool) -> None:
    """Retire a locked case, and take back what it counted when its answer was wrong. `by` None: ReviewHub itself."""
    case.retired_at, case.retired_by, case.retired_because = now, by, because
    case.save(update_fields=["retired_at", "retired_by", "retired_because"])
    if is_wrong and by is not None:
        given = GoldAnswer.objects.filter(case=case, is_void=False).select_related("decision__task")
        for row in given:
            void_seed(replay_id=row.decision.task.proposal_id, because=because, by=by, now=now)
        given.update(is_void=True)
    _tell("gold.retired", case, by, now, reason=because, is_wrong=is_wrong)


def _check_settled(proposal: Proposal) -> None:
    if proposal.is_copy:
        raise Invalid("", _("This is not a case of its own."))
    resolution = Resolution.objects.filter(proposal=proposal, decided_by_type=DecidedBy.HUMAN)
    if not resolution.exists():
        raise Invalid("", _("Only a case that a person has decided can be adjudicated."))


def _tell(verb: str, case: GoldCase, by: User | None, now: datetime, **data: object) -> None:
    audit.record(
        verb=verb,
        now=now,
        by=by,
        subject=("gold_case", case.pk, case.proposal.external_id),
        workflow_id=case.workflow_id,
        data=data,
    )
