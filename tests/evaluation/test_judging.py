"""What judges say is kept, counted beside people's answers, and changes nothing else."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.audit.models import Event
from apps.evaluation import folding
from apps.evaluation.believing import Asked, believe
from apps.evaluation.models import Judge, JudgeCount, JudgedCase, JudgeScore
from apps.evaluation.scales import Measuring, Unsaid
from apps.evaluation.states import Scale
from apps.proposals.models import Proposal
from apps.proposals.states import Status
from apps.registry.models import ReasonCode
from apps.reviews import settling
from apps.routing.states import Verb
from apps.trust.models import LedgerEntry, Slice, Standing
from tests import factories
from tests.factories import House

Says = Callable[..., JudgeScore]
Count = Callable[[], int]


def counts() -> dict[tuple[str, str], int]:
    """{(judge, people): n} of everything that is counted."""
    found: dict[tuple[str, str], int] = {}
    for row in JudgeCount.objects.filter(n__gt=0):
        found[row.said, row.people] = found.get((row.said, row.people), 0) + row.n
    return found


def test_the_same_said_again_is_kept_once_and_something_else_beside_it(house: House, says: Says) -> None:
    proposal = factories.pending(house)
    first = says(proposal.pk)
    assert says(proposal.pk) == first
    second = says(proposal.pk, "wrong")
    assert second.replaces == first
    assert says(proposal.pk, "wrong") == second
    other = says(proposal.pk, version="2")
    assert (other.judge.version, other.replaces) == ("2", None)
    assert JudgeScore.objects.count() == 3
    told = Event.objects.filter(verb="proposal.judged")
    assert told.count() == 3
    assert "wrong" not in str([event.data for event in told])


def test_a_version_keeps_its_scale(house: House, says: Says) -> None:
    proposal = factories.pending(house)
    says(proposal.pk)
    with pytest.raises(Unsaid, match="another version"):
        says(proposal.pk, None, measuring=Measuring(Scale.SCORE, 0, 1, 0.5), score=0.7)
    with pytest.raises(Unsaid, match="words of this scale"):
        says(proposal.pk, "no-such-reason", version="r", measuring=Measuring(Scale.REASON))
    assert (
        says(proposal.pk, "wrong-facts", version="r", measuring=Measuring(Scale.REASON)).said == "wrong-facts"
    )
    assert Judge.objects.count() == 2


def test_only_about_proposals_of_workflows_the_agent_is_let_into(house: House, says: Says) -> None:
    proposal = factories.pending(house)
    house.agent.grants.all().delete()
    with pytest.raises(Proposal.DoesNotExist):
        says(proposal.pk)
    assert not Judge.objects.exists()


def test_the_database_keeps_one_line_of_scores(house: House, says: Says) -> None:
    score = says(factories.pending(house).pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        JudgeScore.objects.create(
            judge=score.judge,
            proposal=score.proposal,
            said="wrong",
            prompt_sha256="b" * 64,
            content_sha256="b" * 64,
            is_after_answer=False,
            received_at=house.now,
        )


def test_it_is_counted_when_people_have_answered_and_not_before(
    house: House, says: Says, count: Count
) -> None:
    proposal = factories.pending(house)
    says(proposal.pk, "wrong")
    count()
    assert counts() == {}
    factories.decided(factories.claimed(proposal, house.alice, house.now), house.alice, house.now)
    count()
    assert counts() == {}
    settling.settle_due(now=house.now + timedelta(minutes=10))
    count()
    assert counts() == {("wrong", "correct"): 1}
    count()
    assert counts() == {("wrong", "correct"): 1}


def test_what_is_said_after_the_answer_counts_once_and_never_instead(
    house: House, says: Says, count: Count
) -> None:
    proposal = factories.settled(house, Verb.REJECT)
    first = says(proposal.pk, "correct")
    says(proposal.pk, "wrong")
    count()
    assert first.is_after_answer
    assert counts() == {("correct", "wrong"): 1}
    assert JudgedCase.objects.get().is_after_answer
    before = factories.pending(house)
    says(before.pk, "wrong", version="2")
    says(before.pk, "correct", version="2")
    factories.decided(factories.claimed(before, house.alice, house.now), house.alice, house.now, Verb.REJECT)
    settling.settle_due(now=house.now + timedelta(minutes=10))
    says(before.pk, "wrong", version="2")
    count()
    assert counts() == {("correct", "wrong"): 2}
    assert JudgedCase.objects.filter(is_after_answer=False).count() == 1


def test_each_scale_is_compared_in_its_own_words(house: House, says: Says, count: Count) -> None:
    rejected = factories.settled(house, Verb.REJECT, reason_code="wrong-facts")
    says(rejected.pk, "otherwise", version="choice", measuring=Measuring(Scale.CHOICE))
    says(rejected.pk, "wrong-action", version="reason", measuring=Measuring(Scale.REASON))
    says(rejected.pk, None, version="score", measuring=Measuring(Scale.SCORE, 1, 5, 4), score=2.0)
    count()
    assert counts() == {
        ("otherwise", "nothing"): 1,
        ("wrong-action", "wrong-facts"): 1,
        ("wrong", "wrong"): 1,
    }


def test_what_says_nothing_of_the_agent_is_counted_apart(house: House, says: Says, count: Count) -> None:
    refused = factories.settled(house, Verb.REJECT, reason_code="customer-changed-mind")
    expired = factories.proposal_at(house, Status.EXPIRED)
    for proposal in (refused, expired):
        says(proposal.pk)
    count()
    assert counts() == {("correct", ""): 2}


def test_no_score_reaches_trust(house: House, says: Says, count: Count) -> None:
    proposal = factories.settled(house)

    def evidence() -> tuple[int, list, list]:
        return (
            LedgerEntry.objects.count(),
            list(Standing.objects.order_by("pk").values()),
            list(Slice.objects.order_by("pk").values()),
        )

    before = evidence()
    says(proposal.pk, "wrong")
    count()
    assert evidence() == before


def test_counting_takes_as_many_statements_for_many_as_for_few(
    house: House, says: Says, count: Count
) -> None:
    def statements(n: int) -> int:
        ids = [factories.settled(house).pk for _ in range(n)]
        for number, pk in enumerate(ids):
            says(pk, version=str(number % 3))
        with CaptureQueriesContext(
            connection,
        ) as seen:
            folding.count_judged(ids)
        return len(seen)

    few = statements(2)
    assert statements(6) <= few


@pytest.mark.real_input
def test_a_real_judge_through_the_verbs_stays_hidden(
    house: House, says: Says, count: Count, real_judges: list[dict[str, str]]
) -> None:
    first_run = [row for row in real_judges if row["judge_run"] == "0"]
    words = {row[column] for row in first_run for column in ("human_category", "judge_category")}
    codes = {word: f"c{number}" for number, word in enumerate(sorted(words))}
    for word, code in codes.items():
        ReasonCode.objects.create(workflow=house.workflow, code=code, label=word[:120])
    for row in first_run:
        proposal = factories.settled(house, Verb.REJECT, reason_code=codes[row["human_category"]])
        says(
            proposal.pk,
            codes[row["judge_category"]],
            measuring=Measuring(Scale.REASON),
            reasons=row["judge_reason"],
        )
    count()
    found = believe(counts(), Asked(0.4, 50))
    assert found.agreement.n == len(first_run) == 14
    assert not found.is_shown
