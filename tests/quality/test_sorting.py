"""What an event says, and that the order in which events are read makes no difference."""

from datetime import date, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from apps.quality.counting import merge
from apps.quality.definitions import DEFINITIONS, Unit
from apps.quality.sorting import FORBIDDEN, VERBS, Case, Happened, facts, graver
from apps.quality.states import Came

MONDAY = date(2026, 11, 2)

happenings = st.builds(
    Happened,
    st.uuids(),
    st.sampled_from(VERBS),
    st.integers(0, 9).map(lambda days: MONDAY + timedelta(days=days)),
    st.fixed_dictionaries(
        {
            "problem": st.sampled_from([*sorted(FORBIDDEN), "invalid-arguments"]),
            "target": st.sampled_from(["claim", "decide", "result"]),
            "disposition": st.sampled_from(["executed", "not_executed"]),
        }
    ),
)
cases = st.builds(
    Case,
    id=st.sampled_from([UUID(int=1), UUID(int=2)]),
    workflow_id=st.just(1),
    agent_version_id=st.just(1),
    policy_version_id=st.just(1),
    route=st.sampled_from(["review", "act"]),
    arrived_on=st.just(MONDAY),
    answer=st.sampled_from(["approve", "edit", "reject"]),
    is_as_proposed=st.booleans(),
    is_by_person=st.booleans(),
    answered_on=st.just(MONDAY),
    late_hours=st.sampled_from([0.0, 3.5]),
)


@settings(max_examples=40)
@given(st.lists(st.tuples(happenings, cases, st.booleans()), max_size=12), st.randoms(use_true_random=False))
def test_the_same_is_counted_in_whatever_order_events_are_read(read: list[tuple], random: object) -> None:
    known: dict[UUID, Case] = {}
    told = [(event, known.setdefault(case.id, case), is_silent) for event, case, is_silent in read]

    def found(some: list[tuple]) -> dict:
        every = [
            fact
            for event, case, is_silent in some
            for fact in facts(event, case, workflow_id=1, is_silent=is_silent)
        ]
        # What an event of the log says about one case for good: an answer and a report come once.
        once = [fact for fact in every if fact.what not in ("decision", "result", "wait")]
        return {key: (fact.came, fact.day) for key, fact in merge(once).items()}

    shuffled = list(told)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert found(told) == found(shuffled)


@given(st.sampled_from(Came), st.sampled_from(Came))
def test_the_graver_stands_from_either_side(one: Came, other: Came) -> None:
    assert graver(one, other) in (one, other)
    assert graver(graver(one, other), other) == graver(one, other)


@given(happenings)
def test_a_copy_says_nothing(event: Happened) -> None:
    said = list(facts(event, None, workflow_id=None, is_silent=False))
    assert said == []


def test_every_share_is_part_of_what_it_is_out_of() -> None:
    for one in DEFINITIONS:
        assert one.unit is Unit.HOURS or set(one.hits) < set(one.out_of), one.key
        assert one.meaning


@given(cases)
def test_redeeming_what_is_halted_is_no_violation(case: Case) -> None:
    refused = [
        Happened(UUID(int=9), "proposal.redeem_refused", MONDAY, {"is_halted": is_halted})
        for is_halted in (False, True)
    ]
    came = [[fact.came for fact in facts(one, case, workflow_id=1, is_silent=False)] for one in refused]
    assert came == [[Came.VIOLATION], []]
