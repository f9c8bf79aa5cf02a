"""Finding proposals and reading the story of one: who sees what, from intake to outcome."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.postgres.search import SearchQuery
from django.db.models.expressions import RawSQL
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.desk.queries import stories
from apps.intake.actions import submit
from apps.proposals import actions as proposal_actions
from apps.proposals.models import Proposal
from apps.proposals.states import Status, Verdict
from tests import factories
from tests.desk.conftest import SignIn

EDITED = {"order_id": "#W1", "reason": "ordered by mistake"}
LIST = reverse("desk:proposal_list")


def _story(proposal: Proposal) -> str:
    return reverse("desk:proposal_detail", args=[proposal.pk])


@pytest.mark.parametrize("status", list(Status))
def test_every_proposal_has_a_story_whatever_became_of_it(
    as_alice: Client, house: factories.House, status: Status
) -> None:
    proposal = factories.proposal_at(house, status)
    page = as_alice.get(_story(proposal))
    assert page.status_code == 200
    assert str(proposal.get_status_display()) in page.text
    for words in (
        "default v1",
        "What happened",
        "The customer asked for it",
        "evidence-heading",
        "Cancel it as ordered by mistake",
    ):
        assert words in page.text
    assert "Mark as checked" not in page.text


def test_the_story_goes_from_intake_to_outcome(as_alice: Client, house: factories.House) -> None:
    proposal = factories.settled(house)
    factories.executed(proposal, house, detail="Cancelled in the shop")
    proposal_actions.report_outcome(
        proposal_id=proposal.pk, verdict=Verdict.WRONG, severity="low", source="complaints",
        occurred_at=house.now, by=house.agent, now=house.now + timedelta(days=1),
    )  # fmt: skip
    page = " ".join(as_alice.get(_story(proposal)).text.split())
    steps = (
        "proposed",
        "Alice claimed",
        "Alice decided",
        "was approved",
        "redeemed the grant",
        "reported what became of",
    )
    places = [page.find(step, page.find("What happened")) for step in steps]
    assert places == sorted(places)
    assert -1 not in places
    for words in ("executed", "Cancelled in the shop", "complaints", "counted", "not counted:"):
        assert words in page


def test_story_and_paper_call_reasons_and_verbs_by_their_names(
    as_alice: Client, house: factories.House
) -> None:
    proposal = factories.settled(house, factories.Verb.EDIT, args=EDITED, reason_code="wrong-facts")
    paper = reverse("desk:proposal_print", args=[proposal.pk])
    for url in (_story(proposal), paper):
        page = as_alice.get(url).text
        assert "The facts are wrong" in page
        assert "wrong-facts" not in page
        assert "approved with changes" in page


def test_a_changed_grant_shows_what_was_granted_instead(as_alice: Client, house: factories.House) -> None:
    proposal = factories.settled(house, factories.Verb.CHOOSE_ALTERNATIVE, alternative_rank=1)
    page = as_alice.get(_story(proposal)).text
    assert "Granted instead of what was proposed" in page
    assert "ordered by mistake" in page


@pytest.mark.parametrize(
    ("person", "pending", "shadow"),
    [
        ("alice", 200, 200),
        ("olga", 200, 200),
        ("tina", 200, 200),
        ("petra", 200, 200),
        ("gina", 200, 200),
        ("adam", 200, 200),
        ("charlie", 403, 403),
    ],
)
def test_only_people_of_the_workflow_and_the_reading_offices_see_a_proposal(
    house: factories.House, sign_in: SignIn, person: str, pending: int, shadow: int
) -> None:
    browser = sign_in(getattr(house, person))
    assert browser.get(_story(factories.pending(house))).status_code == pending
    assert browser.get(_story(factories.proposal_at(house, Status.RECORDED))).status_code == shadow


@pytest.mark.parametrize("text", ["#W77", "W77", "call-77", "the id"])
def test_a_single_hit_opens_at_once(as_alice: Client, house: factories.House, text: str) -> None:
    proposal = factories.pending(house, external_id="call-77", subject={"kind": "order", "id": "#W77"})
    factories.pending(house)
    answer = as_alice.get(LIST, {"text": str(proposal.pk) if text == "the id" else text})
    assert answer.url == _story(proposal)


@pytest.mark.parametrize(
    "text", ["unknown", "\x00", "'; DROP TABLE", "%", "00000000-0000-7000-8000-000000000000"]
)
def test_what_is_not_there_is_not_found_calmly(as_alice: Client, house: factories.House, text: str) -> None:
    factories.pending(house)
    assert as_alice.get(LIST, {"text": text}).status_code == 200


def test_an_outsider_finds_nothing(house: factories.House, sign_in: SignIn) -> None:
    factories.pending(house, external_id="call-77")
    assert (
        "No proposal has this id, subject or words"
        in sign_in(house.charlie).get(LIST, {"text": "call-77"}).text
    )


def test_every_proposal_is_on_exactly_one_page(as_alice: Client, house: factories.House) -> None:
    count = stories.PAGE + 5
    submit(
        agent=house.agent,
        submissions=[
            factories.submission(factories.proposal_body(summary=f"number {n}")) for n in range(count)
        ],
        now=house.now,
    )
    first = as_alice.get(LIST).text
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following
    second = as_alice.get(LIST + following[1].replace("&amp;", "&")).text
    seen = re.findall(r'href="/proposals/([0-9a-f-]{36})/"', first + second)
    assert len(seen) == len(set(seen)) == count


def test_the_number_of_queries_is_bounded(
    as_alice: Client, house: factories.House, django_assert_max_num_queries: Any
) -> None:
    proposal = factories.settled(house)
    as_alice.get(_story(proposal))
    with django_assert_max_num_queries(31):
        as_alice.get(_story(proposal))
    with django_assert_max_num_queries(20):
        as_alice.get(LIST)


def test_an_unknown_proposal_is_not_found(as_alice: Client, alice: User) -> None:
    assert as_alice.get(reverse("desk:proposal_detail", args=[uuid4()])).status_code == 404


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("violin", 1),
        ("VIOLIN #W8", 1),
        ("customer longer", 2),
        ("customer -violin", 1),
        ('"no longer needs"', 1),
        ("viol", 0),
        ("trumpet", 0),
        ("'; drop table --", 0),
        ("& | ! ( <->", 0),
    ],
)
def test_words_of_the_summary_are_found_by_those_who_may_see_it(
    as_alice: Client, house: factories.House, sign_in: SignIn, text: str, hits: int
) -> None:
    factories.pending(house)
    factories.pending(house, summary="Cancel order #W8: the customer has the violin no longer")
    page = as_alice.get(LIST, {"text": text})
    found = 1 if page.status_code == 302 else page.text.count('class="row-link"')
    assert found == hits
    assert sign_in(house.charlie).get(LIST, {"text": text}).text.count('class="row-link"') == 0


def test_many_hits_are_shown_a_page_at_a_time(
    as_alice: Client,
    house: factories.House,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_max_num_queries: Any,
) -> None:
    monkeypatch.setattr(stories, "PAGE", 2)
    every = [str(factories.pending(house, summary=f"Violin {n}").pk) for n in range(5)]
    with django_assert_max_num_queries(20):
        page = as_alice.get(LIST, {"text": "violin"})
    seen: list[str] = []
    for _page in range(3):
        seen += re.findall(r'class="row-link" href="/proposals/([0-9a-f-]{36})/"', page.text)
        following = re.search(r'rel="next" href="([^"]+)"', page.text)
        if following:
            page = as_alice.get(LIST + following[1].replace("&amp;", "&"))
    assert seen == every[::-1]


def test_a_search_that_would_take_long_is_given_up_and_says_what_to_do(
    as_alice: Client, house: factories.House, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.pending(house)
    endless = RawSQL("pg_sleep(5)::text", [])
    monkeypatch.setattr(stories, "SearchQuery", lambda text, **options: SearchQuery(endless, **options))
    monkeypatch.setattr(stories, "PATIENCE_MS", 50)
    assert "These words are too common" in as_alice.get(LIST, {"text": "order"}).text
    monkeypatch.undo()
    assert as_alice.get(LIST, {"text": "order"}).status_code == 302
