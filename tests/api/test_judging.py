"""Judges speak by the API: once a version and proposal, in the words of their scale, and decide nothing."""

from typing import Any

import pytest

from apps.api.examples import BODIES
from apps.evaluation.models import JudgeScore
from apps.proposals.models import Proposal
from apps.registry.models import AgentGrant
from apps.registry.states import Scope
from tests import factories
from tests.api.conftest import AgentClient, make_key
from tests.factories import House

BODY = BODIES["judge_proposal"]


@pytest.fixture
def judge(house: House) -> AgentClient:
    """A judge with a key of its own, let into the workflow; it proposes nothing."""
    agent = factories.AgentFactory(slug="judge-bot")
    AgentGrant.objects.create(agent=agent, workflow=house.workflow)
    return AgentClient(make_key(agent, Scope.JUDGE)[1])


def test_a_judge_scores_proposals_of_its_workflow_and_nothing_of_them_changes(
    judge: AgentClient, house: House
) -> None:
    proposal = factories.pending(house)
    answer = judge.post(f"/proposals/{proposal.pk}/judge", BODY)
    assert answer.status_code == 200
    found = answer.json()
    assert (found["proposal"], found["means"], found["replaces"]) == (str(proposal.pk), "correct", None)
    assert judge.post(f"/proposals/{proposal.pk}/judge", BODY).json() == found
    other = judge.post(f"/proposals/{proposal.pk}/judge", BODY | {"score": 2}).json()
    assert (other["means"], other["replaces"]) == ("wrong", found["id"])
    assert JudgeScore.objects.count() == 2
    now = Proposal.objects.get(pk=proposal.pk)
    assert (now.status, now.version) == (proposal.status, proposal.version)


def test_what_it_may_not_see_is_not_there(
    judge: AgentClient, stranger: AgentClient, house: House, is_problem: Any, nothing_kept: Any
) -> None:
    proposal = factories.pending(house)
    unknown = "01a1fd03-35dd-774e-9d4b-b72f652c9c96"
    with nothing_kept():
        is_problem(stranger.post(f"/proposals/{proposal.pk}/judge", BODY), 404, "not-found")
        is_problem(judge.post(f"/proposals/{unknown}/judge", BODY), 404, "not-found")


@pytest.mark.parametrize(
    ("wrong", "loc"),
    [
        ({"score": 9}, ["score"]),
        ({"score": None}, ["score"]),
        ({"score": True}, ["score"]),
        ({"verdict": "correct"}, ["score"]),
        ({"scale": {"kind": "score"}}, ["scale"]),
        ({"scale": {"kind": "stars"}}, ["scale", "kind"]),
        ({"scale": {"kind": "verdict"}}, ["verdict"]),
        ({"scale": {"kind": "verdict"}, "score": None, "verdict": "maybe"}, ["verdict"]),
        ({"judge": ""}, ["judge"]),
        ({"version": "x" * 121}, ["version"]),
        ({"reasons": "\x00"}, ["reasons"]),
        ({"prompt_sha256": "abc"}, ["prompt_sha256"]),
        ({"extra": 1}, ["extra"]),
    ],
)
def test_bad_bodies_are_refused_at_their_place_and_nothing_is_kept(
    judge: AgentClient,
    house: House,
    is_problem: Any,
    nothing_kept: Any,
    wrong: dict[str, Any],
    loc: list[Any],
) -> None:
    proposal = factories.pending(house)
    with nothing_kept():
        answer = judge.post(f"/proposals/{proposal.pk}/judge", BODY | wrong)
        is_problem(answer, 422, "invalid-request", loc)


def test_an_ordinary_key_does_not_judge(house: House, is_problem: Any) -> None:
    proposal = factories.pending(house)
    key = make_key(house.agent, Scope.PROPOSE, Scope.READ, Scope.REPORT)[1]
    is_problem(AgentClient(key).post(f"/proposals/{proposal.pk}/judge", BODY), 403, "missing-scope")
