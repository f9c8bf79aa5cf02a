"""What many answers add up to: the same however they are parted, and nothing is lost or counted twice."""

from hypothesis import given
from hypothesis import strategies as st

from apps.routing.states import Route
from apps.rulebook.answering import Response, differences
from apps.rulebook.replaying import Replay
from apps.rulebook.states import Kind, Known, LeftOut
from tests.rulebook.test_answering import ANSWER, answers

seen = st.lists(st.tuples(answers, answers, st.sampled_from(Known), st.integers(0, 10**6)), max_size=30)
Seen = list[tuple[Response, Response, Known, int]]


def counted(cases: Seen) -> Replay:
    replay = Replay()
    for before, after, known, at in cases:
        replay.add(before, after, kinds=differences(before, after, known), known=known, at=at)
    return replay


def plain(replay: Replay) -> list[object]:
    """Everything it counted; arrivals by their moments, whatever order they came in."""
    sides = [
        (
            *(dict(counter) for counter in (side.routes, side.people, side.queues, side.known)),
            {queue: list(side.arrivals_in(queue)) for queue in side.queues},
            (side.audited, side.blind, side.hidden),
        )
        for side in (replay.before, replay.after)
    ]
    return [*sides, dict(replay.kinds), dict(replay.known), replay.changed, replay.first, replay.last]


@given(seen, seen)
def test_the_order_in_which_proposals_are_read_does_not_matter(first: Seen, second: Seen) -> None:
    assert plain(counted(first + second)) == plain(counted(second + first))


@given(seen)
def test_nothing_is_lost_and_nothing_counted_twice(cases: Seen) -> None:
    replay = counted(cases)
    for side, answered in (
        (replay.before, [one[0] for one in cases]),
        (replay.after, [one[1] for one in cases]),
    ):
        assert side.routes.total() == len(cases)
        reviews = [answer for answer in answered if answer.route is Route.REVIEW]
        assert side.people.total() == len(reviews)
        # Two looks in two queues are one task in each.
        assert side.queues.total() == len(reviews) + sum(1 for answer in reviews if answer.compliance)
        looks = sum(looks for queue in side.queues for _at, _sla, looks in side.arrivals_in(queue))
        assert looks == sum(answer.people for answer in reviews)
    assert replay.changed <= len(cases)


@given(seen)
def test_arrivals_come_in_order(cases: Seen) -> None:
    side = counted(cases).after
    for queue in side.queues:
        moments = [at for at, _sla, _looks in side.arrivals_in(queue)]
        assert moments == sorted(moments)


def test_what_is_wrong_and_acts_on_both_sides_is_listed_but_does_not_differ() -> None:
    acts = ANSWER._replace(route=Route.ACT)
    replay = counted([(acts, acts, Known.WRONG, 0)])
    replay.leave_out(LeftOut.NO_TRUST)
    assert (replay.changed, replay.answered, dict(replay.kinds)) == (0, 1, {Kind.WRONG_ACTS.value: 1})
    assert dict(replay.left_out) == {"no_trust": 1}
