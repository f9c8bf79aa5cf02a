"""What reviewers ask an agent about its proposal: a question is asked once and ends once.

The verbs run inside the transaction of the task's verb (`reviews.asking`), which moves the task and its clock, and get
a locked proposal.
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit.actors import Acting
from apps.audit.canonical import canonical
from apps.audit.insertion import insert
from apps.proposals import changes
from apps.proposals.changes import WrongStatus
from apps.proposals.creation import evidence_row
from apps.proposals.digests import sha256
from apps.proposals.drafts import EvidenceDraft
from apps.proposals.masking import mask_for
from apps.proposals.models import Proposal, Question
from apps.proposals.states import Ending, Substatus


@dataclass(frozen=True, slots=True)
class Said:
    """What the agent answers. `question_id` None means whichever question is open."""

    text: str
    evidence: Sequence[EvidenceDraft] = ()
    question_id: UUID | None = None

    @property
    def sha256(self) -> str:
        """The digest of the words and the evidence."""
        items = [[str(value) for value in astuple(item)] for item in self.evidence]
        return sha256(canonical([self.text, items]))


def ask(*, proposal: Proposal, text: str, answer_by: datetime, by: User, now: datetime) -> Question:
    """Ask the agent, and tell it. Raises WrongStatus when the proposal has ended."""
    changes.check_pending(proposal)
    question = Question.objects.create(proposal=proposal, by=by, text=text, asked_at=now, answer_by=answer_by)
    changes.set_substatus(proposal, Substatus.INFO_REQUESTED, due_at=None)
    changes.tell(
        proposal,
        audit_verb="proposal.info_requested",
        event="reviewhub.proposal.info_requested.v1",
        now=now,
        by=by,
        data={"question": masked(proposal, text), "answer_by": answer_by.isoformat()},
    )
    return question


def open_question(proposal: Proposal) -> Question | None:
    """The question that waits for the agent's answer, if there is one."""
    return Question.objects.filter(proposal=proposal, ended_at__isnull=True).select_related("by").first()


def answered_before(proposal: Proposal, said: Said) -> Question | None:
    """The newest question (or the named one) if it was answered with exactly this."""
    asked = Question.objects.filter(proposal=proposal)
    if said.question_id is not None:
        asked = asked.filter(pk=said.question_id)
    newest = asked.last()
    return newest if newest is not None and newest.answer_sha256 == said.sha256 else None


def answer(*, proposal: Proposal, said: Said, by: Acting, now: datetime) -> Question:
    """Keep the agent's answer, and the evidence that came with it. Raises WrongStatus when nothing waits for it."""
    question = open_question(proposal)
    if question is None:
        raise WrongStatus(_("No question waits for an answer: none was asked, or it has ended."))
    if said.question_id not in (None, question.pk):
        raise WrongStatus(_("This question has ended; another one waits for an answer."))
    if proposal.expires_at is not None and proposal.expires_at <= now:
        raise WrongStatus(_("The proposal expired before this answer came."))
    question.answer, question.answer_sha256 = said.text, said.sha256
    last = proposal.evidence.order_by("position").values_list("position", flat=True).last() or 0
    insert(
        [
            evidence_row(proposal.pk, last + number, item, question)
            for number, item in enumerate(said.evidence, 1)
        ]
    )
    _end(question, Ending.ANSWERED, now)
    data = {"answer": masked(proposal, said.text), "evidence": len(said.evidence)}
    changes.tell(proposal, audit_verb="proposal.info_answered", event="", now=now, by=by, data=data)
    return question


def masked(proposal: Proposal, text: str) -> str:
    """What was said about a proposal, as it may stand in messages and the audit log."""
    return mask_for([(proposal.args_schema, proposal.args)]).text(text)


def end(*, proposal: Proposal, ending: Ending, by: Acting | None, now: datetime) -> Question | None:
    """End the open question without an answer; None when there is none."""
    question = open_question(proposal)
    if question is not None:
        _end(question, ending, now)
        verb = {
            Ending.UNANSWERED: "proposal.info_unanswered",
            Ending.CALLED_OFF: "proposal.info_called_off",
        }[ending]
        changes.tell(proposal, audit_verb=verb, event="", now=now, by=by)
    return question


def _end(question: Question, ending: Ending, now: datetime) -> None:
    question.ended_at, question.ending = now, ending
    question.save(update_fields=["ended_at", "ending", "answer", "answer_sha256"])
