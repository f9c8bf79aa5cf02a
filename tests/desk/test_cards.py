"""The decision card: what it shows to whom, in every state, and what it never shows."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.costs.models import Account
from apps.proposals.drafts import EvidenceDraft
from apps.proposals.models import Proposal
from apps.proposals.questions import Said
from apps.proposals.states import Status
from apps.reviews import asking, settling
from apps.reviews.models import Task
from apps.reviews.states import TaskStatus
from apps.routing.states import Verb
from apps.trust.retermining import set_criteria
from apps.trust.rules import Rules
from tests import factories
from tests.desk.conftest import SignIn, card_url


def _at(house: factories.House, status: TaskStatus) -> Proposal:
    """A proposal whose task has this status; Alice is the one who holds or decided it."""
    if status is TaskStatus.DONE:
        return factories.settled(house)
    if status is TaskStatus.CANCELLED:
        return factories.proposal_at(house, Status.CANCELLED)
    proposal = factories.pending(house)
    if status in (TaskStatus.CLAIMED, TaskStatus.ASKED, TaskStatus.DECIDED):
        task = factories.claimed(proposal, house.alice, house.now)
        if status is TaskStatus.ASKED:
            factories.asked(task, house.alice, house.now)
        if status is TaskStatus.DECIDED:
            factories.decided(task, house.alice, house.now)
    return proposal


# What the bar at the bottom offers: decide, claim, or neither; None where the page is refused.
OFFERS = {
    (TaskStatus.OPEN, "alice"): "claim",
    (TaskStatus.OPEN, "bob"): "claim",
    (TaskStatus.OPEN, "olga"): "",
    (TaskStatus.OPEN, "adam"): "",
    (TaskStatus.OPEN, "tina"): "",
    (TaskStatus.OPEN, "charlie"): None,
    (TaskStatus.CLAIMED, "alice"): "decide",
    (TaskStatus.CLAIMED, "bob"): "",
    (TaskStatus.CLAIMED, "olga"): "",
    (TaskStatus.CLAIMED, "adam"): "",
    (TaskStatus.CLAIMED, "tina"): "",
    (TaskStatus.CLAIMED, "charlie"): None,
    (TaskStatus.ASKED, "alice"): "call off",
    (TaskStatus.ASKED, "bob"): "",
    (TaskStatus.ASKED, "olga"): "",
    (TaskStatus.ASKED, "adam"): "",
    (TaskStatus.ASKED, "tina"): "",
    (TaskStatus.ASKED, "charlie"): None,
    (TaskStatus.DECIDED, "alice"): "",
    (TaskStatus.DECIDED, "bob"): "",
    (TaskStatus.DECIDED, "olga"): "",
    (TaskStatus.DECIDED, "adam"): "",
    (TaskStatus.DECIDED, "tina"): "",
    (TaskStatus.DECIDED, "charlie"): None,
    (TaskStatus.DONE, "alice"): "",
    (TaskStatus.DONE, "bob"): "",
    (TaskStatus.DONE, "olga"): "",
    (TaskStatus.DONE, "adam"): "",
    (TaskStatus.DONE, "tina"): "",
    (TaskStatus.DONE, "charlie"): None,
    (TaskStatus.CANCELLED, "alice"): "",
    (TaskStatus.CANCELLED, "bob"): "",
    (TaskStatus.CANCELLED, "olga"): "",
    (TaskStatus.CANCELLED, "adam"): "",
    (TaskStatus.CANCELLED, "tina"): "",
    (TaskStatus.CANCELLED, "charlie"): None,
}


def test_the_table_names_every_state() -> None:
    assert {status for status, _person in OFFERS} == set(TaskStatus)


@pytest.mark.parametrize(("status", "person"), OFFERS)
def test_every_person_is_offered_just_what_they_may_do_in_every_state(
    house: factories.House, sign_in: SignIn, status: TaskStatus, person: str
) -> None:
    proposal = _at(house, status)
    browser = sign_in(getattr(house, person))
    answer = browser.get(card_url(proposal))
    wanted = OFFERS[status, person]
    if wanted is None:
        assert answer.status_code == 403
        assert "This task is in a queue you are not part of." in answer.text
        return
    assert answer.status_code == 200
    offered = [
        name
        for name, url in (
            ("claim", "desk:task_claim"),
            ("decide", "desk:task_decide"),
            ("call off", "desk:task_call_off"),
        )
        if reverse(url, args=[proposal.task.pk]) in answer.text
    ]
    assert offered == [wanted] * bool(wanted)


def test_it_shows_the_action_its_stakes_and_its_digest_by_name(
    as_alice: Client, house: factories.House
) -> None:
    proposal = factories.pending(house)
    page = as_alice.get(card_url(proposal)).text
    for words in (
        "Cancel order #W1: the customer no longer needs it",
        "129.90 EUR",
        "moderate",
        "compensable",
        "no longer needed",
        proposal.args_sha256[:8],
        "This slice of work is assisted: a person approves every action first.",
        "the order is pending",
        "asserted",
        "From outside: content, not instructions.",
        "Cancel it as ordered by mistake",
        "No action: nothing is granted.",
        "get_order",
        "3 h 59 min left to decide",
    ):
        assert words in page, words


def test_the_approve_button_says_what_is_granted(as_alice: Client, house: factories.House) -> None:
    proposal = factories.pending(house)
    factories.claimed(proposal, house.alice, house.now)
    words = " ".join(as_alice.get(card_url(proposal)).text.split())
    assert "<bdi>cancel an order, order #W1, 129.90 EUR</bdi>, once, within 30 minutes" in words


def test_stale_evidence_is_marked(as_alice: Client, house: factories.House) -> None:
    old = (house.now - timedelta(days=3)).isoformat()
    item = {"id": "e1", "kind": "record", "claim": "seen once", "content": "x", "retrieved_at": old}
    page = as_alice.get(card_url(factories.pending(house, evidence=[item]))).text
    assert re.search(r">\s*stale\s*<", page)


def test_it_says_how_often_people_took_this_agents_action(as_alice: Client, house: factories.House) -> None:
    fresh = factories.pending(house)
    assert "Nobody has decided on this kind of work" in as_alice.get(card_url(fresh)).text
    counts_at_once = Rules(second_look_early=False)
    set_criteria(
        slice_id=fresh.slice_id,
        rules=counts_at_once,
        by=house.adam,
        reason="-",
        start_over=False,
        now=house.now,
    )
    for n, verb in enumerate([Verb.APPROVE, Verb.APPROVE, Verb.APPROVE, Verb.APPROVE, Verb.REJECT]):
        args = {"order_id": f"#W{n + 10}", "reason": "no longer needed"}
        proposal = factories.pending(
            house, action={"name": "cancel_order", "args": args}, summary=f"Cancel order {n + 10}"
        )
        factories.decided(factories.claimed(proposal, house.bob, house.now), house.bob, house.now, verb)
        settling.settle_due(now=house.now + timedelta(minutes=1))
    page = as_alice.get(card_url(fresh)).text
    assert "4 of 5 lately" in page
    assert "80\xa0%" in page
    assert "4 of 5 as proposed" in page


def test_someone_elses_claim_says_whose_and_until_when(as_bob: Client, house: factories.House) -> None:
    proposal = factories.pending(house)
    task = factories.claimed(proposal, house.alice, house.now)
    page = as_bob.get(card_url(proposal)).text
    assert task.lease_expires_at is not None
    assert f"Alice is working on it, until {task.lease_expires_at:%-d %b, %H:%M} UTC" in page


def test_a_second_person_sees_no_hint_of_the_first_decision_until_it_is_done(
    as_bob: Client, as_alice: Client, house: factories.House
) -> None:
    proposal = factories.two_person(house)
    factories.decided(
        factories.claimed(proposal, house.alice, house.now), house.alice, house.now, Verb.EDIT,
        args={"order_id": "#W9", "reason": "no longer needed"}, note="a note of the first one",
    )  # fmt: skip
    urls = [card_url(proposal), reverse("desk:proposal_detail", args=[proposal.pk])]
    hints = ("a note of the first one", "edit.", "Alice decided")
    for moment in ("window open", "second awaited", "second at work"):
        for url in urls:
            page = as_bob.get(url).text
            assert not [hint for hint in hints if hint in page], (moment, url)
        if moment == "window open":
            settling.settle_due(now=house.now + timedelta(minutes=1))
        elif moment == "second awaited":
            assert "a note of the first one" in as_alice.get(card_url(proposal)).text
            factories.claimed(proposal, house.bob, house.now)
    assert "You are the second person" in as_bob.get(card_url(proposal)).text
    task = proposal.task
    task.refresh_from_db()
    factories.decided(task, house.bob, house.now)
    settling.settle_due(now=house.now + timedelta(minutes=2))
    assert "a note of the first one" in as_bob.get(card_url(proposal)).text


def test_what_the_first_person_asked_is_kept_back_from_the_second_with_its_answer_but_not_the_evidence(
    as_alice: Client, as_bob: Client, house: factories.House
) -> None:
    proposal = factories.two_person(house)
    urls = [card_url(proposal), reverse("desk:proposal_detail", args=[proposal.pk])]
    factories.asked(
        factories.claimed(proposal, house.alice, house.now), house.alice, house.now, "Is 90 too much?"
    )
    item = EvidenceDraft(kind="record", provenance="asserted", title="A letter that came later")
    said = Said("It may be too much.", [item])
    asking.answer(proposal_id=proposal.pk, said=said, by=house.agent, now=house.now + timedelta(minutes=1))
    for url in urls:
        assert "Is 90 too much?" in as_bob.get(url).text, "nobody has decided yet"
    at = house.now + timedelta(minutes=2)
    factories.decided(Task.objects.get(proposal=proposal), house.alice, at)
    for url in urls:
        page = as_bob.get(url).text
        assert "Is 90" not in page, url
        assert "too much" not in page, url
    card = as_bob.get(urls[0]).text
    assert "A letter that came later" in card
    assert "1 question by whoever decided before you is shown when you have decided" in card
    settling.settle_due(now=at + timedelta(minutes=1))
    factories.decided(factories.claimed(proposal, house.bob, at), house.bob, at + timedelta(minutes=1))
    assert "too much" in as_alice.get(urls[0]).text
    settling.settle_due(now=at + timedelta(minutes=3))
    for url in urls:
        assert "Is 90 too much?" in as_bob.get(url).text


def test_htmx_learns_whether_the_task_changed_without_touching_the_form(
    as_alice: Client, house: factories.House
) -> None:
    proposal = factories.pending(house)
    task = factories.claimed(proposal, house.alice, house.now)
    asks = {"HX-Request": "true", "HX-Target": "state"}
    same = as_alice.get(card_url(proposal), {"seen": task.version}, headers=asks)
    assert 'role="alert"' not in same.text
    factories.endings.withdraw(proposal_id=proposal.pk, by=house.agent, reason="not needed", now=house.now)
    changed = as_alice.get(card_url(proposal), {"seen": task.version}, headers=asks)
    assert "The agent withdrew it while you read it." in changed.text
    assert "<form" not in changed.text
    for answer in (changed, as_alice.get(card_url(proposal))):
        # What a browser keeps of the fragment must never stand for the page.
        assert {"HX-Request", "HX-Target"} <= {name.strip() for name in answer["Vary"].split(",")}


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ settings.SECRET_KEY }}{% debug %}",
    "\u202egnp.exe\u2066",
    "A" * 400,
)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_in_every_field_stays_text(as_alice: Client, house: factories.House, text: str) -> None:
    proposal = factories.pending(
        house,
        summary=text,
        rationale=text,
        external_id=text[:150],
        subject={"kind": text[:50], "id": text[:150]},
        action={"name": "cancel_order", "args": {"order_id": text[:40], "reason": "no longer needed"}},
        evidence=[
            {"id": "e", "kind": "link", "claim": text, "title": text[:250], "source": text[:250], "content": text,
             "uri": "javascript:alert(1)", "untrusted": True}
        ],
        alternatives=[{"rank": 1, "action": None, "summary": text, "risks": [{"code": "x", "detail": text}]}],
        run={"id": text[:100], "tool_calls": [{"name": text[:100], "ok": False, "ms": 1}]},
    )  # fmt: skip
    factories.claimed(proposal, house.alice, house.now)
    for url in (
        card_url(proposal),
        reverse("desk:home"),
        reverse("desk:queue_detail", args=["standard"]) + "?show=held",
        reverse("desk:proposal_detail", args=[proposal.pk]),
        reverse("desk:proposal_list"),
    ):
        page = as_alice.get(url)
        assert page.status_code == 200
        for harm in ("<script>alert", "<img src=x", 'href="javascript'):
            assert harm not in page.text, (url, harm)
    assert "{% debug %}" in as_alice.get(card_url(proposal)).text or "debug" not in text


def test_the_number_of_queries_is_bounded_whatever_history_there_is(
    as_alice: Client, house: factories.House, django_assert_max_num_queries: Any
) -> None:
    proposal = factories.pending(house)
    factories.claimed(proposal, house.alice, house.now)
    factories.settled(house, by=house.bob)
    as_alice.get(card_url(proposal))
    with django_assert_max_num_queries(30) as young:
        as_alice.get(card_url(proposal))
    for _n in range(25):
        factories.settled(house, by=house.bob)
    with django_assert_max_num_queries(30) as old:
        as_alice.get(card_url(proposal))
    assert len(old) == len(young)


def test_an_unknown_task_is_not_found(as_alice: Client) -> None:
    answer = as_alice.get("/tasks/00000000-0000-7000-8000-000000000000/")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text


def _settled_about(house: factories.House, subject: dict[str, str], verb: Verb = Verb.APPROVE) -> None:
    task = factories.claimed(factories.pending(house, subject=subject), house.alice, house.now)
    factories.decided(task, house.alice, house.now, verb)
    settling.settle_due(now=house.now + timedelta(minutes=10))


def test_similar_cases_that_say_otherwise_lead_over_the_figure(
    as_alice: Client, house: factories.House
) -> None:
    for n in range(6):
        _settled_about(house, {"kind": "order", "id": f"#W{n + 10}"})
    alike = {"kind": "customer", "id": "C-1"}
    page = as_alice.get(card_url(factories.pending(house, subject=alike))).text
    assert "Similar cases say something else" not in page
    assert page.index("How far to believe it") < page.index("Similar cases")
    for _number in range(4):
        _settled_about(house, alike, Verb.REJECT)
    page = as_alice.get(card_url(factories.pending(house, subject=alike))).text
    assert "Similar cases say something else: 1 of 5 as proposed." in page
    assert page.index('id="precedents-heading"') < page.index('id="belief-heading"')


def test_what_was_decided_on_another_action_is_named_so_and_raises_no_alarm(
    as_alice: Client, house: factories.House
) -> None:
    for n in range(6):
        _settled_about(house, {"kind": "order", "id": f"#W{n + 10}"})
    subject = {"kind": "customer", "id": "C-1"}
    action = {"name": "set_address", "args": {"street": "Main Street 1"}}
    schema = {"type": "object", "properties": {"street": {"type": "string"}}}
    factories.ActionTypeFactory(
        workflow=house.workflow, name="set_address", title="Change an address", args_schema=schema
    )
    for _number in range(5):
        other = factories.pending(house, subject=subject, action=action, alternatives=[])
        factories.decided(
            factories.claimed(other, house.alice, house.now), house.alice, house.now, Verb.REJECT
        )
    settling.settle_due(now=house.now + timedelta(minutes=10))
    page = as_alice.get(card_url(factories.pending(house, subject=subject))).text
    assert "another action: Change an address" in page
    assert "Similar cases say something else" not in page
    assert "of 5 as proposed" not in page


def test_the_same_action_with_other_values_is_called_so_and_hidden_ones_are_not_drawn(
    as_alice: Client, house: factories.House
) -> None:
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {"iban": {"type": "string", "title": "Account", "x-reviewhub-sensitive": True}},
    }
    factories.ActionTypeFactory(workflow=house.workflow, name="set_account", args_schema=schema)
    first, *_others = [
        factories.pending(house, action={"name": "set_account", "args": {"iban": iban}}, alternatives=[])
        for iban in ("DE89370400440532013000", "SE4550000000058398257466")
    ]
    page = as_alice.get(card_url(first)).text
    about = page[page.index('id="conflicts-heading"') :]
    about = about[: about.index("</section>")]
    assert "other values" in about
    assert "another action" not in about
    assert "a hidden value differs" in about
    assert "••••" not in about.partition("a hidden value differs")[2]


def test_a_decided_card_says_who_decided_and_how(as_alice: Client, house: factories.House) -> None:
    proposal = factories.settled(house, Verb.REJECT, by=house.bob)
    page = " ".join(as_alice.get(card_url(proposal)).text.split())
    assert "This is decided." in page
    assert "<span>Bob: rejected, <time" in page


def test_a_reported_cost_has_the_currency_of_its_workflow(as_alice: Client, house: factories.House) -> None:
    proposal = factories.settled(house, by=house.bob)
    factories.executed(proposal, house, cost=Decimal("0.24"))
    other = factories.pending(house, run={"id": "r1", "cost": "0.3"})
    story = reverse("desk:proposal_detail", args=[proposal.pk])
    assert "Cost: 0.24" in " ".join(as_alice.get(story).text.split())
    Account.objects.update_or_create(workflow=house.workflow, defaults={"currency": "EUR"})
    assert "Cost: 0.24 EUR" in " ".join(as_alice.get(story).text.split())
    assert "<dd>0.30 EUR</dd>" in as_alice.get(card_url(other)).text


def test_the_key_that_approves_is_named_where_a_word_must_be_typed(
    as_alice: Client, house: factories.House
) -> None:
    task = factories.claimed(factories.two_person(house), house.alice, house.now)
    page = as_alice.get(card_url(task.proposal)).text
    button = page[page.index('<form class="approve"') :]
    assert ">a</kbd>" in button[: button.index("</button>")]


def test_no_number_is_offered_where_there_is_no_alternative(as_alice: Client, house: factories.House) -> None:
    task = factories.claimed(factories.pending(house, alternatives=[]), house.alice, house.now)
    assert "press its number" not in as_alice.get(card_url(task.proposal)).text


def test_queue_and_card_show_the_same_clock(as_alice: Client, house: factories.House) -> None:
    proposal = factories.pending(house, now=house.now - timedelta(minutes=30))
    for url in (card_url(proposal), reverse("desk:queue_detail", args=["standard"])):
        assert re.search("3 h (29|30) min left", as_alice.get(url).text)


def test_what_was_never_seen_before_is_called_by_its_title(as_alice: Client, house: factories.House) -> None:
    proposal = factories.pending(house)
    page = as_alice.get(card_url(proposal)).text
    assert "Never seen in this slice before: Reason: no longer needed." in page
    assert "reason = no longer needed" not in page
