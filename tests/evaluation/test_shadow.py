"""The shadow page: counted as it comes in, right after corrections, each number with its cases, for whoever may see."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from apps.evaluation.adding import Counted, add_up
from apps.evaluation.models import JudgeScore, JudgeTerms, ShadowCase, ShadowCount
from apps.evaluation.states import COUNTED, Kind, Later, Source
from apps.proposals.actions import report_human_action, report_outcome
from apps.proposals.models import Proposal
from apps.proposals.states import Status, Verdict
from apps.routing.states import Verb
from tests import factories
from tests.factories import House

Count = Callable[[], int]
Says = Callable[..., JudgeScore]
SHADOW = "/outcomes/shadow-orders/shadow/"


def browser(person: Any) -> Client:
    """Signed in as this person."""
    client = Client()
    client.force_login(person)
    return client


def flat(answer: Any) -> str:
    """The page in one line."""
    return " ".join(answer.text.split())


def in_shadow(house: House, did: dict[str, Any] | None = None, *, nothing: bool = False) -> Proposal:
    """A shadow proposal and what people did: the same, unless told otherwise."""
    proposal = factories.proposal_at(house, Status.RECORDED)
    args = None if nothing else proposal.args | (did or {})
    report_human_action(
        proposal_id=proposal.pk,
        action_name="" if nothing else proposal.action_type.name,
        args=args,
        actor="order desk",
        occurred_at=house.now,
        by=house.agent,
        now=house.now,
    )
    return proposal


def counts() -> dict[tuple[str, str], int]:
    """{(kind, later truth): n}."""
    return {(row.kind, row.later): row.n for row in ShadowCount.objects.filter(n__gt=0)}


def outcome(house: House, proposal: Proposal, verdict: Verdict, **more: Any) -> Any:
    """Report what became true later."""
    return report_outcome(
        proposal_id=proposal.pk,
        verdict=verdict,
        severity="low",
        source="desk",
        occurred_at=house.now,
        by=house.agent,
        now=house.now,
        **more,
    )


def test_it_is_counted_once_and_follows_corrections(house: House, count: Count) -> None:
    in_shadow(house)
    differs = in_shadow(house, {"order_id": "#W2"})
    in_shadow(house, nothing=True)
    for _twice in range(2):
        count()
        assert counts() == {("same", ""): 1, ("other_values", ""): 1, ("nothing", ""): 1}
    wrong = outcome(house, differs, Verdict.WRONG)
    count()
    assert counts() == {("same", ""): 1, ("other_values", "wrong"): 1, ("nothing", ""): 1}
    outcome(house, differs, Verdict.CORRECT, corrects=wrong.pk)
    count()
    assert counts() == {("same", ""): 1, ("other_values", "correct"): 1, ("nothing", ""): 1}
    assert ShadowCase.objects.count() == 3


def test_the_page_shows_agreement_with_its_range_and_each_number_leads_to_its_cases(
    house: House, count: Count
) -> None:
    in_shadow(house)
    in_shadow(house, {"order_id": "#W2"})
    count()
    alice = browser(house.alice)
    page = flat(alice.get(SHADOW))
    assert "50.0 %" in page
    assert "1 of 2 cases; likely 9.5 to 90.5 %" in page
    assert "?kind=other_values" in page
    cases = flat(alice.get(f"{SHADOW}cases/", {"kind": "other_values"}))
    assert "#W2" in cases
    assert "the same action with other values" in cases
    assert flat(alice.get(f"{SHADOW}cases/", {"kind": "same"})).count("<article") == 1
    csv = alice.get("/outcomes/shadow-orders/shadow.csv").text.splitlines()
    assert csv[0].startswith("slice,agent version,compared")
    assert ",2,1,50.0,9.5,90.5" in csv[1]


def test_sensitive_values_stay_hidden_in_the_cases(house: House, count: Count) -> None:
    proposal = in_shadow(house, {"order_id": "#W2"})
    kind = proposal.action_type
    hidden = {**kind.args_schema["properties"]["order_id"], "x-reviewhub-sensitive": True}
    kind.args_schema = {
        **kind.args_schema,
        "properties": {**kind.args_schema["properties"], "order_id": hidden},
    }
    kind.save()
    count()
    page = flat(browser(house.alice).get(f"{SHADOW}cases/"))
    assert "#W2" not in page
    assert "••••" in page


@pytest.mark.parametrize("path", ["shadow/", "shadow.csv", "shadow/cases/", "judges/", "judges.csv"])
def test_whoever_is_no_part_of_the_workflow_reads_nothing(house: House, path: str) -> None:
    url = f"/outcomes/orders/{path}"
    assert browser(house.charlie).get(url).status_code == 403
    assert browser(house.alice).get(url).status_code == 200
    assert Client().get(url).status_code == 302


@pytest.mark.parametrize(
    "query", ["kind=x", "slice=a", "slice=99999999999999999999", "before=x", "later=x", "source=x"]
)
def test_what_nobody_could_have_meant_is_not_found(house: House, query: str) -> None:
    assert browser(house.alice).get(f"/outcomes/orders/shadow/cases/?{query}").status_code == 404


def test_pages_take_as_many_statements_for_many_as_for_few(house: House, says: Says, count: Count) -> None:
    alice = browser(house.alice)

    def statements(n: int) -> list[int]:
        for number in range(n):
            proposal = in_shadow(house, {"order_id": f"#W{number}"})
            house.agent.grants.get_or_create(workflow=proposal.workflow)
            says(proposal.pk, version=f"{n}.{number}")
        count()
        found = []
        for url in (SHADOW, f"{SHADOW}cases/", "/outcomes/shadow-orders/judges/"):
            alice.get(url)
            with CaptureQueriesContext(connection) as seen:
                assert alice.get(url).status_code == 200
            found.append(len(seen))
        return found

    assert statements(1) == statements(4)


def test_a_judge_is_hidden_until_it_is_measured_to_agree(house: House, says: Says, count: Count) -> None:
    taken, refused = factories.settled(house), factories.settled(house, Verb.REJECT)
    first = says(taken.pk, "correct", reasons="fits the policy")
    says(refused.pk, "wrong")
    count()
    olga = browser(house.olga)
    page = flat(olga.get("/outcomes/orders/judges/"))
    assert "kept hidden" in page
    assert "Too few of its cases" in page
    assert "at least 0.40 over 50 cases" in page
    cases = f"/outcomes/judge/{first.judge_id}/cases/"
    agreed = {"said": "correct", "people": "correct"}
    assert olga.get(cases, agreed).status_code == 403
    # As many more of the same as it takes.
    first.judge.counts.update(n=60)
    page = flat(olga.get("/outcomes/orders/judges/"))
    assert "kept hidden" not in page
    assert "120, 120 of them the same" in page
    assert "fits the policy" in flat(olga.get(cases, agreed))
    assert olga.get(cases, {"said": "correct", "people": "x"}).status_code == 404
    assert browser(house.charlie).get(cases, agreed).status_code == 403
    JudgeTerms.objects.create(workflow=house.workflow, least_cases=500)
    assert "kept hidden" in flat(olga.get("/outcomes/orders/judges/"))


_COUNTED = st.builds(
    Counted,
    st.integers(1, 3),
    st.integers(1, 3),
    st.sampled_from(Source),
    st.sampled_from(Kind),
    st.sampled_from(Later),
    st.integers(1, 50),
)


@given(st.lists(_COUNTED, max_size=20))
def test_every_case_that_counts_is_in_each_sum_once(counted: list[Counted]) -> None:
    found = add_up(counted)
    n = sum(one.n for one in counted if one.source in COUNTED)
    assert found.total.n == n == sum(row.n for row in found.kinds)
    assert n == sum(agreed.n for agreed in found.by_version.values())
    assert found.blind.n <= n
    assert found.total.low - 1e-9 <= (found.total.share or 0) <= found.total.high + 1e-9
    assert all(row.correct + row.wrong <= row.n for row in found.kinds)
