"""Two policies about one proposal: each answers as intake would, and what differs is told by its kind."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.registry.states import Consequence, Reversibility, Stage
from apps.routing.assessment import assess
from apps.routing.facts import Cell, Facts, TrustState
from apps.routing.queries import Policy
from apps.routing.rules.effects import Effects
from apps.routing.rules.judging import Rule
from apps.routing.states import Fallback, Route, Verb
from apps.rulebook.answering import Book, Pair, Response, differences
from apps.rulebook.states import Kind, Known
from tests.routing.rules.values import AROUND, FACTS

ACTING = TrustState(Stage.SUPERVISED, 0.5)


def matrix(**changes: object) -> dict[tuple[Consequence, Reversibility], Cell]:
    return {
        (which, how): replace(
            Cell(
                which,
                how,
                "standard",
                1,
                "standard",
                "standard",
                Fallback.HOLD,
                (Verb.APPROVE,),
                Stage.SUPERVISED,
                86400,
            ),
            **changes,
        )
        for which in Consequence
        for how in Reversibility
    }


def rules(number: int, **effects: object) -> tuple[Rule, ...]:
    """Rules of which every other one holds."""
    return tuple(
        Rule(f"r{at}", f"Rule {at}", f"impact.amount > {0 if at % 2 else 1000}.0", Effects(**effects))  # type: ignore[arg-type]
        for at in range(number)
    )


ANSWER = Response(
    route=Route.REVIEW,
    queue="standard",
    people=1,
    consequence="low",
    reversibility="reversible",
    sla="standard",
    chain="standard",
    fallback="hold",
    verbs=("approve",),
    compliance="",
    is_blind=False,
    veto_minutes=0,
    audits_after=False,
    masked=(),
    held=(),
    failed=(),
)
answers = st.builds(
    ANSWER.__class__,
    route=st.sampled_from(Route),
    queue=st.sampled_from(["standard", "senior"]),
    people=st.integers(1, 2),
    consequence=st.sampled_from(Consequence.values),
    reversibility=st.sampled_from(Reversibility.values),
    sla=st.sampled_from(["standard", "fast"]),
    chain=st.just("standard"),
    fallback=st.sampled_from(["hold", "reject"]),
    verbs=st.just(("approve",)),
    compliance=st.sampled_from(["", "senior"]),
    is_blind=st.booleans(),
    veto_minutes=st.sampled_from([0, 15]),
    audits_after=st.booleans(),
    masked=st.sampled_from([(), ("country",)]),
    held=st.just(()),
    failed=st.just(()),
).map(lambda answer: answer._replace(people=2) if answer.compliance else answer)
facts = st.builds(
    replace,
    st.just(FACTS),
    consequence=st.sampled_from(Consequence.values),
    reversibility=st.sampled_from([*Reversibility.values, "unknown"]),
    confidence=st.floats(0, 1),
    amount=st.one_of(st.none(), st.decimals(-2000, 2000, places=2)),
)


@given(facts, st.integers(0, 4), st.integers(0, 4), st.sampled_from([Stage.ASSISTED, Stage.SUPERVISED]))
def test_each_side_answers_as_the_published_policy_would(
    facts: Facts, first: int, second: int, stage: Stage
) -> None:
    before, after = (
        Book(matrix(), rules(first, review=True)),
        Book(matrix(quorum=2), rules(second, queue="senior")),
    )
    trust = TrustState(stage, 0.5)
    for book, answer in zip((before, after), Pair(before, after).answer(facts, trust, AROUND), strict=True):
        policy = Policy(1, 1, "published", book.matrix, book.rules)
        judged = policy.judge(facts, AROUND)
        wanted = assess(facts, book.matrix, trust, judged)
        assert (answer.route, answer.people, answer.queue) == (wanted.route, wanted.quorum, wanted.cell.queue)
        assert answer.held == judged.held
        assert answer.failed == tuple(one.rule for one in judged.failed)


def test_the_trust_of_then_decides_whether_a_raised_ceiling_lets_it_act() -> None:
    facts = replace(FACTS, evidence=FACTS.evidence[:1], amount=Decimal(1))
    before, after = Book(matrix(ceiling=Stage.ASSISTED)), Book(matrix())
    routes = {
        trust: [answer.route for answer in Pair(before, after).answer(facts, trust, AROUND)]
        for trust in (ACTING, TrustState(Stage.ASSISTED, None))
    }
    assert routes[ACTING] == [Route.REVIEW, Route.ACT]
    assert routes[TrustState(Stage.ASSISTED, None)] == [Route.REVIEW, Route.REVIEW]


@given(answers, st.sampled_from(Known))
def test_the_same_answer_differs_in_nothing(answer: Response, known: Known) -> None:
    assert set(differences(answer, answer, known)) <= {Kind.WRONG_ACTS}


@given(answers, answers, st.sampled_from(Known))
def test_every_difference_of_route_has_one_kind_and_none_twice(
    before: Response, after: Response, known: Known
) -> None:
    found = differences(before, after, known)
    assert len(found) == len(set(found))
    of_routes = {Kind.REFUSED, Kind.ADMITTED, Kind.HELD, Kind.SURFACED, Kind.RECORDED, Kind.ACTS}
    assert (before.route is not after.route) == bool(of_routes & set(found))
    # What the tried policy would let act is never passed over.
    assert (after.route is Route.ACT and before.route is not Route.ACT) == (Kind.ACTS in found)
    assert (after.route is Route.ACT and known is Known.WRONG) == (Kind.WRONG_ACTS in found)


@pytest.mark.parametrize(
    ("before", "after", "known", "kinds"),
    [
        ({}, {"queue": "senior"}, Known.UNKNOWN, [Kind.MOVED]),
        ({}, {"queue": "senior", "people": 2}, Known.RIGHT, [Kind.MOVED, Kind.MORE_PEOPLE]),
        ({"people": 2}, {}, Known.UNKNOWN, [Kind.FEWER_PEOPLE]),
        ({}, {"sla": "fast"}, Known.UNKNOWN, [Kind.OTHERWISE]),
        ({}, {"masked": ("country",)}, Known.UNKNOWN, [Kind.HIDDEN]),
        ({}, {"route": Route.ACT}, Known.WRONG, [Kind.WRONG_ACTS, Kind.ACTS]),
        ({"route": Route.ACT}, {"route": Route.ACT}, Known.WRONG, [Kind.WRONG_ACTS]),
        ({"route": Route.ACT}, {}, Known.WRONG, [Kind.WRONG_STOPPED, Kind.HELD]),
        ({"route": Route.ACT}, {}, Known.RIGHT, [Kind.RIGHT_HELD, Kind.HELD]),
        ({}, {"route": Route.REFUSE}, Known.RIGHT, [Kind.RIGHT_HELD, Kind.REFUSED]),
        ({"route": Route.REFUSE}, {}, Known.RIGHT, [Kind.ADMITTED]),
        ({"route": Route.RECORD}, {}, Known.UNKNOWN, [Kind.SURFACED]),
        # Where nobody looks it does not matter who would.
        ({"route": Route.RECORD}, {"route": Route.RECORD, "queue": "senior", "people": 2}, Known.UNKNOWN, []),
        ({"route": Route.ACT}, {"route": Route.ACT, "veto_minutes": 15}, Known.RIGHT, [Kind.OTHERWISE]),
    ],
)
def test_what_differs_is_told_by_its_kind(
    before: dict[str, object], after: dict[str, object], known: Known, kinds: list[Kind]
) -> None:
    assert differences(ANSWER._replace(**before), ANSWER._replace(**after), known) == kinds
