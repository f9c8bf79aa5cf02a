"""When have enough people decided?"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from apps.reviews.ranking import rank_at
from apps.reviews.verdicts import is_blind, role_of_next, verdict
from apps.routing.states import Verb


@dataclass(frozen=True)
class Ballot:
    verb: str
    args_sha256: str


def approve(digest: str) -> Ballot:
    return Ballot(Verb.APPROVE, digest)


REJECT = Ballot(Verb.REJECT, "")


def test_one_person_is_enough_where_the_quorum_is_one() -> None:
    assert verdict([approve("a")], 1) == approve("a")


def test_two_people_have_to_choose_the_same_action() -> None:
    assert verdict([approve("a")], 2) is None
    assert verdict([approve("a"), approve("b")], 2) is None
    assert verdict([approve("a"), approve("b"), approve("b")], 2) == approve("b")


def test_one_rejection_denies_it_whoever_approved() -> None:
    assert verdict([approve("a"), REJECT], 2) == REJECT
    assert verdict([REJECT], 3) == REJECT


def test_only_the_second_of_several_decides_blind() -> None:
    assert [is_blind(votes) for votes in range(4)] == [False, True, False, False]


ballots = st.lists(st.sampled_from([approve("a"), approve("b"), Ballot(Verb.EDIT, "c"), REJECT]), max_size=8)


@given(ballots, st.integers(1, 3))
def test_an_action_is_granted_only_with_as_many_equal_votes_as_the_quorum_and_no_rejection_before(
    votes: list[Ballot], quorum: int
) -> None:
    answer = verdict(votes, quorum)
    if answer is None:
        assert REJECT not in votes
        assert all(votes.count(vote) < quorum for vote in votes)
    elif answer.verb != Verb.REJECT:
        assert sum(vote.args_sha256 == answer.args_sha256 for vote in votes) >= quorum


@given(st.integers(0, 20))
def test_no_two_decisions_of_a_task_share_round_and_role(votes: int) -> None:
    seats = [role_of_next(number) for number in range(votes)]
    assert len(set(seats)) == len(seats)


moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)).map(
    lambda naive: naive.replace(tzinfo=UTC)
)


@given(moments, st.integers(0, 11), st.integers(0, 11))
def test_what_matters_more_goes_first_among_those_due_together(due: datetime, one: int, other: int) -> None:
    assert (rank_at(next_due_at=due, tier=one) < rank_at(next_due_at=due, tier=other)) == (one > other)


@given(moments)
def test_a_low_tier_cannot_starve(due: datetime) -> None:
    newcomer = due + timedelta(days=3)
    assert rank_at(next_due_at=due, tier=0) < rank_at(next_due_at=newcomer, tier=11)
