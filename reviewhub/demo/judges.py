"""What two judges say of the requests at the order desk, before people answer: one may be believed, one may not.

The good one sees what a careful person sees and is mistaken now and then; the other gives marks that have nothing to
do with it. Both from a random source of their own, so that the rest of the story stays as it is.
"""

import hashlib
from datetime import datetime
from random import Random

from apps.evaluation.judging import Said, judge
from apps.evaluation.scales import Measuring
from apps.evaluation.states import Scale
from apps.proposals.models import Proposal
from apps.proposals.states import Verdict
from apps.registry.models import Agent
from apps.routing.states import Verb
from reviewhub.demo.case import Case

_AGENT = "order-judges"
_WORKFLOW = "customer-orders"
_MISTAKEN = 0.06
_WHY = {
    Verdict.CORRECT: "Order, amount and policy fit together, and each claim has its evidence.",
    Verdict.WRONG: "Read against the policy, this is not what the customer is owed.",
}
_MARKS = Measuring(Scale.SCORE, 1, 5, 4)


def speak(case: Case, proposal: Proposal, *, at: datetime) -> None:
    """Both judge this proposal, if it is one of the order desk."""
    if case.workflow != _WORKFLOW:
        return
    random = Random(proposal.external_id)  # noqa: S311  (a story, not a secret)
    agent = Agent.objects.get(slug=_AGENT)
    is_right = (case.answer.verb is Verb.APPROVE) != (random.random() < _MISTAKEN)
    verdict = Verdict.CORRECT if is_right else Verdict.WRONG
    for said in (
        _said("policy-judge", "3", Measuring(Scale.VERDICT), _WHY[verdict], verdict=verdict.value),
        _said("tone-judge", "1", _MARKS, "How friendly it reads.", score=float(random.randint(2, 5))),
    ):
        judge(proposal_id=proposal.pk, said=said, by=agent, now=at)


def _said(
    name: str,
    version: str,
    measuring: Measuring,
    reasons: str,
    *,
    verdict: str | None = None,
    score: float | None = None,
) -> Said:
    prompt = hashlib.sha256(f"{name} {version}".encode()).hexdigest()
    return Said(name, version, measuring, verdict, score, reasons, prompt, "demo-model")
