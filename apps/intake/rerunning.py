"""Would a proposal be answered the same again? Runs the three layers once more from what is stored of its arrival.

The policy version it names, its facts, the trust its slice had and its own content never change, so neither may the
answer: byte for byte. Only what personal data was taken out of cannot be asked again.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Count

from apps.audit.canonical import canonical
from apps.proposals.models import Assessment
from apps.proposals.ruling import circumstances_of
from apps.proposals.states import RUN_ERASED
from apps.routing.assessment import assess
from apps.routing.facts import Assessed, Facts, TrustState
from apps.routing.queries import version_in_use


def rerun(assessment: Assessment, *, alternatives: int) -> Assessed:
    """The answer again. Wants the proposal with its action type, agent and version; one query for a new policy."""
    policy = version_in_use(assessment.policy_version_id)
    facts = Facts.of(assessment.facts)
    judged = policy.judge(facts, circumstances_of(assessment.proposal, alternatives=alternatives))
    return assess(facts, policy.matrix, TrustState.of(assessment.trust), judged)


def is_the_same(assessment: Assessment, again: Assessed) -> bool:
    """Whether route and reasons are what is stored, byte for byte in their canonical JSON."""
    reasons = [reason.as_json() for reason in again.reasons]
    return _bytes(assessment.route, assessment.reasons) == _bytes(again.route.value, reasons)


def stored(last: int) -> Iterator[tuple[Assessment, int]]:
    """(assessment, number of alternatives) of the newest `last` proposals that came in, newest first.

    With everything that running them again needs. A copy made for an examination never came in; what was erased is
    among them and has no facts.
    """
    newest = Assessment.objects.filter(proposal__is_copy=False).order_by("-proposal_id")
    wanted = newest.select_related("proposal__action_type", "proposal__agent", "proposal__agent_version")
    rows: Iterable[Any] = wanted.annotate(named=Count("proposal__alternatives"))[:last].iterator(500)
    for row in rows:
        yield row, row.named


def compared(assessments: Iterable[tuple[Assessment, int]]) -> Iterator[tuple[Assessment, bool | None]]:
    """(assessment, whether it is answered the same) of those that `stored` gave. None: it was erased."""
    for one, alternatives in assessments:
        if one.proposal.erased_at is not None or one.proposal.run == RUN_ERASED:
            yield one, None
        else:
            yield one, is_the_same(one, rerun(one, alternatives=alternatives))


def _bytes(route: str, reasons: list[dict[str, Any]]) -> bytes:
    return canonical({"route": route, "reasons": reasons})
