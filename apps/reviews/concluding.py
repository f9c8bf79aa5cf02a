"""What a person's decision on a copy means: for the original's evidence, or for the record of the reviewers.

Nothing is granted and nobody outside learns of it. An audit is evidence about what ran; a second look decides
whether an override counts as wrong, and where the two differ a third person's look decides; a blind look at a
shadow proposal feeds the usefulness gate; a replay measures the reviewer, a second review how far people agree.
"""

from datetime import datetime

from django.db.models import Q

from apps.proposals import changes, examining
from apps.proposals.models import Examination
from apps.proposals.states import LIKE_ANY_OTHER, Purpose
from apps.reviews.answering import answer
from apps.reviews.evidence import is_against, record_evidence, why_not_fault
from apps.reviews.gold import keep_confirmed, overrides
from apps.reviews.models import Decision, Task
from apps.trust.states import NotEvidence

# The first look was the decision itself; the third one has the last word.
_LAST_LOOK = 2


def conclude(task: Task, settling: Decision, now: datetime, *, marked: NotEvidence | None = None) -> None:
    """End a copy, whose task is closed, by what was decided on it; `marked` is why that can be no evidence, if so."""
    copy = task.proposal
    examination = (
        Examination.objects.select_for_update(of=("self",))
        .select_related("original__workflow", "original__agent")
        .get(copy=copy)
    )
    original = examination.original
    because = why_not_fault(task.workflow_id, settling)
    would_not = is_against(settling) and because is None
    changes.move(copy, verb="conclude", audit_verb="proposal.concluded", event="", now=now, by=None)
    examination.concluded_at, examination.verdict = now, None if marked else would_not
    examination.save(update_fields=["concluded_at", "verdict"])
    if marked is NotEvidence.BREAK_GLASS:
        _look_again(examination, settling, now)
    elif examination.purpose == Purpose.REPLAY:
        answer(examination, settling, now)
    elif examination.purpose == Purpose.AGREEMENT:
        # Says something about people, nothing about the agent: see `agreeing`.
        pass
    elif examination.purpose == Purpose.SECOND_LOOK:
        _settle_looks(examination, settling, would_not, marked, now)
    else:
        record_evidence(original, settling, marked or because, now)


def _look_again(examination: Examination, settling: Decision, now: datetime) -> None:
    """Whoever broke the glass was not the one who was to look. What measures people measures nobody."""
    if examination.purpose in LIKE_ANY_OTHER:
        return
    record_evidence(examination.original, settling, NotEvidence.BREAK_GLASS, now)
    examining.order(
        original=examination.original,
        purpose=Purpose(examination.purpose),
        excluded=[*examination.excluded, settling.by_id],
        now=now,
    )


def _settle_looks(
    examination: Examination, settling: Decision, would_not: bool, marked: NotEvidence | None, now: datetime
) -> None:
    """A look without attention says nothing: somebody else has to look."""
    original = examination.original
    looks = Examination.objects.filter(
        original=original, purpose=Purpose.SECOND_LOOK, verdict__isnull=False
    ).count()
    if marked is None and (would_not or looks >= _LAST_LOOK):
        record_evidence(original, settling, None, now, is_last=True, wrong=would_not)
        # A mistake is known for sure only where nobody let it happen in the end.
        if would_not and settling.is_override:
            votes = Decision.objects.filter(
                Q(task__proposal=original) | Q(task__proposal__examination_of__original=original),
                undone_at__isnull=True,
            )
            keep_confirmed(proposal=original, overrides=overrides(original, votes), now=now)
        return
    record_evidence(original, settling, marked or NotEvidence.SECOND_LOOK_SPLIT, now)
    examining.order(
        original=original,
        purpose=Purpose.SECOND_LOOK,
        excluded=[*examination.excluded, settling.by_id],
        now=now,
    )
