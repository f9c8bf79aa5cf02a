"""The pages about checks: one's own, the leads', disputes, the bank, and the news of a known case."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts import rights
from apps.accounts.roles import Role
from apps.desk.queries.known_cases import cases_in
from apps.desk.queries.news import latest_of
from apps.reviews import adjudicating, agreeing, disputing
from apps.reviews.check_setup import rules_of
from apps.reviews.models import Attention, GoldAnswer, GoldCase, GoldDispute, Queue
from apps.reviews.states import Ruling
from apps.routing.states import Verb
from tests import factories
from tests.desk.conftest import SignIn, card_url
from tests.reviews.test_kappa import DERMATOLOGISTS
from tests.reviews.test_known_cases import _answered, _mistake, _shown

HOUR = timedelta(hours=1)
OWN = "/checks/"


@pytest.fixture
def led(house: factories.House) -> factories.House:
    """Petra leads the standard queue."""
    rights.give(role=Role.LEAD, to=house.petra, on=house.queues["standard"], by=None, now=house.now)
    return house


@pytest.fixture
def missed(led: factories.House) -> GoldAnswer:
    """Bob let a known mistake through."""
    return _answered(led, _mistake(led), Verb.APPROVE, after=-HOUR)


def _queue_page(queue: Queue) -> str:
    return reverse("desk:queue_checks", args=[queue.slug])


def test_at_once_the_person_is_told_what_it_was_and_may_dispute_it(
    missed: GoldAnswer, as_bob: Client, as_alice: Client
) -> None:
    for url in (reverse("desk:home"), reverse("desk:check_news")):
        page = as_bob.get(url).text
        assert "a mistake was let through" in page
        assert "The order was shipped." in page
        assert reverse("desk:check_dispute", args=[missed.pk]) in page
        assert "a mistake was let through" not in as_alice.get(url).text


def test_whoever_was_right_is_told_that(led: factories.House, as_bob: Client) -> None:
    _answered(led, _mistake(led), Verb.REJECT, after=-HOUR)
    assert "you were right" in as_bob.get(reverse("desk:home")).text


def test_the_news_is_put_aside_once_and_only_by_its_person(
    missed: GoldAnswer, as_bob: Client, as_alice: Client
) -> None:
    url = reverse("desk:check_seen", args=[missed.pk])
    as_alice.post(url)
    assert "let through" in as_bob.get(reverse("desk:check_news")).text
    left = as_bob.post(url, headers={"HX-Request": "true"})
    assert "let through" not in left.text
    assert as_bob.post(url).status_code == 302
    missed.refresh_from_db()
    assert missed.seen_at is not None


def test_nothing_on_the_card_or_in_the_queue_tells_a_known_case_before(
    led: factories.House, sign_in: SignIn
) -> None:
    led.charlie.groups.add(led.team)
    task = _shown(led, _mistake(led), after=-HOUR)
    real = factories.pending(led, now=led.now - HOUR, subject=None, impact=None)
    browser = sign_in(led.bob)
    for page in (card_url(task.proposal), card_url(real)):
        text = browser.get(page).text.lower()
        for word in ("known case", "gold", "replay", "examination", "is_copy", "test case"):
            assert word not in text, (page, word)
    card = browser.get(card_url(task.proposal)).text
    assert "proposed" in card
    # Whoever knows the case does not even see that it is there.
    assert str(task.pk) in browser.get(reverse("desk:queue_detail", args=["standard"])).text
    assert str(task.pk) not in sign_in(led.alice).get(reverse("desk:queue_detail", args=["standard"])).text


def test_while_one_decides_a_copy_its_original_is_not_found(led: factories.House, as_bob: Client) -> None:
    case = _mistake(led)
    original = reverse("desk:proposal_detail", args=[case.proposal_id])
    search = reverse("desk:proposal_list")
    assert original in as_bob.get(search).text
    task = _shown(led, case, after=-HOUR)
    factories.claimed(task.proposal, led.bob, led.now)
    assert original not in as_bob.get(search).text
    assert as_bob.get(search, {"text": case.proposal.external_id}).status_code == 200


def test_whoever_may_decide_a_copy_finds_it_like_any_other_and_not_its_original(
    led: factories.House, as_bob: Client, sign_in: SignIn
) -> None:
    case = _mistake(led)
    original = reverse("desk:proposal_detail", args=[case.proposal_id])
    search, queue = reverse("desk:proposal_list"), reverse("desk:queue_detail", args=["standard"])
    decided = {"show": "decided", "text": case.proposal.subject_id}
    assert str(case.proposal.task.pk) in as_bob.get(queue, decided).text
    copy = _shown(led, case, after=-HOUR).proposal
    own = reverse("desk:proposal_detail", args=[copy.pk])
    for hand in ("waits", "is held"):
        assert own in as_bob.get(search).text, hand
        for text in (copy.external_id, copy.subject_id, str(copy.pk)):
            assert as_bob.get(search, {"text": text}).headers["Location"] == own, (hand, text)
        assert original not in as_bob.get(search).text, hand
        assert str(case.proposal.task.pk) not in as_bob.get(queue, decided).text, hand
        if hand == "waits":
            factories.claimed(copy, led.bob, led.now)
    # Whoever knows the case finds what was decided, and no copy.
    as_alice = sign_in(led.alice)
    assert original in as_alice.get(search).text
    assert own not in as_alice.get(search).text
    assert str(case.proposal.task.pk) in as_alice.get(queue, decided).text


def test_my_checks_show_ones_own_figures_and_nobody_elses(
    missed: GoldAnswer, as_bob: Client, as_alice: Client
) -> None:
    own = as_bob.get(OWN).text
    assert "1 of 1 known mistake was let through" in own
    assert "1 decision" in own
    assert "One miss proves nothing." in own
    other = as_alice.get(OWN).text
    assert "No known mistake has been shown yet" in other


def test_marks_are_told_in_words(led: factories.House, as_alice: Client) -> None:
    Queue.objects.filter(slug="standard").update(reading_words=2400)
    factories.settled(led)
    assert Attention.objects.get().mark == "too_fast"
    page = " ".join(as_alice.get(OWN).text.split())
    assert "1 decided faster than it can be read" in page


def test_a_dispute_goes_from_the_reviewer_to_the_lead_and_back(
    missed: GoldAnswer, led: factories.House, as_bob: Client, sign_in: SignIn
) -> None:
    url = reverse("desk:check_dispute", args=[missed.pk])
    assert as_bob.get(url).status_code == 200
    assert as_bob.post(url, {"note": " "}).status_code == 422
    assert as_bob.post(url, {"note": "It was not shipped."})["Location"] == OWN
    row = GoldDispute.objects.get()
    assert "nobody has ruled yet" in as_bob.get(OWN).text
    lead = sign_in(led.petra)
    rule = reverse("desk:dispute_rule", args=[row.pk])
    assert rule in lead.get(_queue_page(led.queues["standard"])).text
    assert "It was not shipped." in lead.get(rule).text
    assert lead.post(rule, {"ruling": "upheld", "note": ""}).status_code == 422
    assert lead.post(rule, {"ruling": "upheld", "note": "True."}).status_code == 302
    own = " ".join(as_bob.get(OWN).text.split())
    assert "does not count" in own
    assert "(Petra): True." in own
    assert "Rule" not in lead.get(rule).text.split("</header>")[-1].split("True.")[0]


def test_nobody_disputes_for_others_and_only_who_may_rules(
    missed: GoldAnswer, led: factories.House, as_alice: Client, as_bob: Client
) -> None:
    assert as_alice.get(reverse("desk:check_dispute", args=[missed.pk])).status_code == 404
    row = disputing.dispute(answer_id=missed.pk, note="No.", by=led.bob, now=led.now)
    url = reverse("desk:dispute_rule", args=[row.pk])
    assert as_alice.get(url).status_code == 403
    assert as_bob.get(url).status_code == 403
    assert as_bob.post(url, {"ruling": Ruling.UPHELD.value, "note": "Mine."}).status_code == 403


@pytest.mark.parametrize(
    ("person", "sees", "sets"),
    [
        ("petra", True, False),
        ("adam", True, True),
        ("gina", True, True),
        ("alice", False, False),
        ("olga", False, False),
        ("tina", False, False),
        ("charlie", False, False),
    ],
)
def test_who_sees_how_a_queue_is_checked_and_who_sets_it(
    led: factories.House, sign_in: SignIn, person: str, sees: bool, sets: bool
) -> None:
    queue = led.queues["standard"]
    browser = sign_in(getattr(led, person))
    page = browser.get(_queue_page(queue))
    assert page.status_code == (200 if sees else 403)
    wanted = {
        "gold_percent": "3",
        "second_percent": "5",
        "reading_words": "1200",
        "reading_seconds": "12",
        "streak": "25",
    }
    sent = browser.post(_queue_page(queue), wanted)
    assert sent.status_code == (302 if sets else 403)
    queue.refresh_from_db()
    assert (rules_of(queue).reading_words == 1200) is sets


def test_a_wrong_setting_is_told_where_it_is(led: factories.House, sign_in: SignIn) -> None:
    queue = led.queues["standard"]
    wanted = {"second_percent": "5", "reading_words": "10", "reading_seconds": "12", "streak": "25"}
    page = sign_in(led.adam).post(_queue_page(queue), wanted)
    assert page.status_code == 422
    assert "Between 600 and 6,000 words a minute" in page.text


def test_a_lead_puts_a_case_into_the_bank_and_retires_it(led: factories.House, sign_in: SignIn) -> None:
    proposal = factories.settled(led)
    lead = sign_in(led.petra)
    story = reverse("desk:proposal_detail", args=[proposal.pk])
    url = reverse("desk:case_adjudicate", args=[proposal.pk])
    assert url in lead.get(story).text
    page = lead.get(url).text
    for words in ("As proposed", "Alternative 1: Cancel it as ordered by mistake", "Nothing"):
        assert words in page
    assert lead.post(url, {"answer": "nothing", "explanation": ""}).status_code == 422
    assert lead.post(url, {"answer": "nothing", "explanation": "Shipped."})["Location"] == story
    case = GoldCase.objects.get()
    assert (case.answers, case.is_mistake, case.added_by) == ([""], True, led.petra)
    again = lead.post(url, {"answer": "nothing", "explanation": "Shipped."})
    assert "in the bank already" in again.text
    queue = led.queues["standard"]
    assert "Shipped." in lead.get(_queue_page(queue)).text
    retire = reverse("desk:case_retire", args=[case.pk])
    lead.post(retire, {"because": "", "queue": queue.slug})
    case.refresh_from_db()
    assert case.retired_at is None
    assert lead.post(retire, {"because": "Old.", "queue": queue.slug})["Location"] == _queue_page(queue)
    case.refresh_from_db()
    assert case.retired_because == "Old."


def test_a_reviewer_is_not_offered_to_say_what_is_right(led: factories.House, as_alice: Client) -> None:
    proposal = factories.settled(led)
    url = reverse("desk:case_adjudicate", args=[proposal.pk])
    assert url not in as_alice.get(reverse("desk:proposal_detail", args=[proposal.pk])).text
    assert as_alice.get(url).status_code == 403
    case = adjudicating.adjudicate(
        proposal_id=proposal.pk, answers=[""], explanation="No.", by=led.petra, now=led.now
    )
    assert as_alice.post(reverse("desk:case_retire", args=[case.pk]), {"because": "x"}).status_code == 403


def test_too_few_second_decisions_say_so_and_enough_have_their_interval(
    led: factories.House, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead, url = sign_in(led.petra), _queue_page(led.queues["standard"])
    assert "nothing was decided a second time yet" in lead.get(url).text

    def told(table: list[list[int]]) -> str:
        monkeypatch.setattr(agreeing, "agreement_of", lambda _pairs: agreeing.agreement(table))
        return " ".join(lead.get(url).text.split())

    assert "too few to say: 3 of 4 the same, 30 are needed" in told([[2, 0, 1], [0, 1, 0], [0, 0, 0]])
    found = told(DERMATOLOGISTS)
    assert ">0.34<" in found
    assert "(0.20 to 0.49; 45 of 88 the same)" in found
    assert "chance explains it" in told([[40, 0, 0], [0, 0, 0], [0, 0, 0]])


def test_lists_of_known_cases_ask_no_more_for_many_that_hold_sensitive_values(
    led: factories.House, django_assert_num_queries: Any
) -> None:
    schema = led.cancel_order.args_schema
    hidden = {**schema["properties"], "order_id": {"type": "string", "x-reviewhub-sensitive": True}}
    led.cancel_order.args_schema = {**schema, "properties": hidden}
    led.cancel_order.save()
    for number in range(3):
        _answered(led, _mistake(led), Verb.APPROVE, after=(number - 4) * HOUR)
        with django_assert_num_queries(5):
            assert len(latest_of(led.bob)) == number + 1
        with django_assert_num_queries(4):
            rows, left_out = cases_in(led.queues["standard"], by=led.petra)
        assert left_out == 0
        assert len(rows) == number + 1
        assert not any("#W1" in row.summary for row in rows)
