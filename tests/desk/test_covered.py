"""The card before the pick: nothing on it, beside it or behind it tells what the agent chose."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts.models import User
from apps.intake import endings, examining
from apps.proposals.examining import order
from apps.proposals.models import Examination, Grant, Proposal
from apps.proposals.states import Purpose
from apps.registry.states import Consequence, Reversibility
from apps.reviews import claiming, picking, returning, settling
from apps.reviews.models import BlindPick, Decision, Task
from apps.reviews.offering import ELSE, NOTHING
from apps.routing.states import BlindFirst, Verb
from tests import factories
from tests.desk.conftest import SignIn, card_url, decision
from tests.factories import House

SECRETS = (
    "zzsummaryzz",
    "zzrationalezz",
    "zzclaimzz",
    "zzalternativezz",
    "zzriskzz",
    "zzcallzz",
    "zzexternalzz",
)
_REASONS = ("no longer needed", "ordered by mistake")
_IDS = re.compile(
    r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{64}|[0-9a-f]{16}|\b[A-Za-z0-9]{64}\b|20\d\d-\d\d-\d\dT[\d:.+]+"
    r"|now(?=</time>)|(?:a|\d+)\s(?:second|minute)s? ago"
)


@pytest.fixture
def blind(house: House) -> House:
    """Everything is decided blind first."""
    factories.publish_matrix(house.now, blind_first=[BlindFirst.REVIEWS.value])
    return house


def _cancel(reason: str, refund: float | None = None) -> dict[str, Any]:
    args: dict[str, Any] = {"order_id": "#W1", "reason": reason}
    return {"name": "cancel_order", "args": args if refund is None else {**args, "refund": refund}}


DELETE = {"name": "delete_record", "args": {"order_id": "#W1", "reason": "no longer needed"}}


def _body(chosen: dict[str, Any], others: list[dict[str, Any] | None], **changes: Any) -> dict[str, Any]:
    """A proposal full of words that give its choice away."""
    return {
        "external_id": f"zzexternalzz-{uuid4().hex[:8]}",
        "action": chosen,
        "summary": f"zzsummary{uuid4().hex}",
        "rationale": "zzrationalezz",
        "confidence": 0.8137,
        "evidence": [
            {
                "id": "e1",
                "kind": "record",
                "title": "Order #W1",
                "claim": "zzclaimzz",
                "content": "status: pending",
            }
        ],
        "alternatives": [
            {
                "rank": rank,
                "action": action,
                "summary": "zzalternativezz",
                "probability": 0.4321,
                "risks": [{"code": "r1", "severity": "high", "detail": "zzriskzz"}],
            }
            for rank, action in enumerate(others, 1)
        ],
        "impact": {"amount": "777.77", "currency": "EUR", "affected": 4242, "systems": ["zzcallzz"]},
        "run": {"id": "zzcallzz", "tool_calls": [{"name": "zzcallzz", "ok": True, "ms": 40}]},
        **changes,
    }


def _sent(
    house: House, chosen: dict[str, Any], others: list[dict[str, Any] | None], **changes: Any
) -> Proposal:
    return factories.pending(house, **_body(chosen, others, **changes))


def _pages(browser: Client, proposal: Proposal) -> dict[str, str]:
    """Every page on which somebody who may decide it meets it, by name."""
    task = proposal.task
    urls = {
        "card": card_url(proposal),
        "delegate": reverse("desk:task_delegate", args=[task.pk]),
        "home": reverse("desk:home"),
        "queue": reverse("desk:queue_detail", args=[task.queue.slug]),
        "held": reverse("desk:queue_detail", args=[task.queue.slug]) + "?show=held",
        "proposals": reverse("desk:proposal_list"),
        "search": reverse("desk:proposal_list") + f"?text={proposal.summary}",
        "found": reverse("desk:queue_detail", args=[task.queue.slug]) + f"?show=held&text={proposal.summary}",
        "story": reverse("desk:proposal_detail", args=[proposal.pk]),
        "print": reverse("desk:proposal_print", args=[proposal.pk]),
    }
    return {name: browser.get(url, follow=True).text for name, url in urls.items()}


def _assert_tells_nothing(pages: dict[str, str], proposal: Proposal) -> None:
    for name, text in pages.items():
        # Ids and tokens are random: what stands in them says nothing.
        page = _IDS.sub("*", text)
        told = [
            *SECRETS,
            # What was searched for stands in the search field.
            *([] if name in ("search", "found") else [proposal.summary]),
            "0.8137",
            "81 %",
            "81%",
            "43 %",
            "777.77",
            "4242",
            "as proposed",
            "Approve:",
        ]
        untouched = [proposal.args_sha256[:8], reverse("desk:task_decide", args=[proposal.task.pk])]
        assert [one for one in told if one in page] == [], name
        assert [one for one in untouched if one in text] == [], name


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    chosen=st.sampled_from([_cancel(_REASONS[0]), _cancel(_REASONS[1]), _cancel(_REASONS[0], 12.5), DELETE]),
    others=st.lists(st.sampled_from([_cancel(_REASONS[0]), _cancel(_REASONS[1]), DELETE, None]), max_size=3),
    is_claimed=st.booleans(),
)
def test_before_the_pick_no_page_tells_the_choice_its_grounds_or_its_confidence(
    blind: House, sign_in: SignIn, chosen: dict[str, Any], others: list[Any], is_claimed: bool
) -> None:
    proposal = _sent(blind, chosen, others)
    if is_claimed:
        factories.claimed(proposal, blind.alice, blind.now)
    try:
        pages = _pages(sign_in(blind.alice), proposal)
        _assert_tells_nothing(pages, proposal)
        assert "What would you do?" in pages["card"]
        assert "status: pending" in pages["card"]
        if is_claimed:
            assert reverse("desk:task_pick", args=[proposal.task.pk]) in pages["card"]
    finally:
        endings.withdraw(proposal_id=proposal.pk, by=blind.agent, reason="", now=blind.now)


def _like_the_other(page: str) -> tuple[str, list[str]]:
    """The page without what differs from task to task; and its options, in no order."""
    options = re.findall(r'<li>\s*<span class="rank num">.*?</li>', page, re.DOTALL)
    rest = page
    for option in options:
        rest = rest.replace(option, "")
    plain = [re.sub(r"\b\d\b", "n", _IDS.sub("*", option)) for option in options]
    return _IDS.sub("*", rest), sorted(plain)


@pytest.mark.parametrize("is_claimed", [True, False])
def test_the_page_is_the_same_whichever_of_the_actions_the_agent_chose(
    blind: House, sign_in: SignIn, is_claimed: bool
) -> None:
    actions = [_cancel(_REASONS[0]), _cancel(_REASONS[1]), _cancel(_REASONS[0], 12.5)]
    seen = []
    for place in range(3):
        others = [*actions[:place], *actions[place + 1 :]]
        proposal = _sent(
            blind, actions[place], others, summary=f"chosen {place}", confidence=0.5 + place / 10
        )
        if is_claimed:
            factories.claimed(proposal, blind.alice, blind.now)
        seen.append(_like_the_other(sign_in(blind.alice).get(card_url(proposal)).text))
        endings.withdraw(proposal_id=proposal.pk, by=blind.agent, reason="", now=blind.now)
    assert seen[0] == seen[1] == seen[2]
    assert len(seen[0][1]) == (5 if is_claimed else 3)


def test_a_copy_looks_the_same(blind: House, sign_in: SignIn) -> None:
    original = _sent(blind, _cancel(_REASONS[0]), [_cancel(_REASONS[1])])
    factories.decided(factories.claimed(original, blind.bob, blind.now), blind.bob, blind.now)
    settling.settle_due(now=blind.now + timedelta(minutes=1))
    order(original=original, purpose=Purpose.REPLAY, excluded=[blind.bob.pk], now=blind.now)
    examining.open_ordered(now=blind.now)
    copy = Examination.objects.get().copy
    assert copy is not None
    # What was granted is carried out or run out by now: it is no open case beside this one.
    Grant.objects.update(revoked_at=blind.now)
    ordinary = _sent(blind, _cancel(_REASONS[0]), [_cancel(_REASONS[1])])
    pages = []
    for proposal in (copy, ordinary):
        task = factories.claimed(proposal, blind.alice, blind.now)
        page = sign_in(blind.alice).get(card_url(proposal)).text
        _assert_tells_nothing({"card": page}, proposal)
        pages.append(_like_the_other(page))
        returning.release(task_id=task.pk, by=blind.alice, now=blind.now)
    assert pages[0] == pages[1]


def _key(task: Task, by: User, what: str) -> str:
    return next(one.key for one in picking.offered_to(task, by=by) if one.action.sha256 == what)


def _pick(task: Task, option: str, note: str = "") -> dict[str, object]:
    return {"lease_token": task.lease_token, "version": task.version, "option": option, "note": note}


def _url(task: Task, verb: str = "pick") -> str:
    return reverse(f"desk:task_{verb}", args=[task.pk])


@pytest.fixture
def task(blind: House) -> Task:
    """Alice's task."""
    return factories.claimed(factories.pending(blind), blind.alice, blind.now)


def test_after_the_pick_the_whole_card_says_what_was_picked_beside_the_agents_choice(
    as_alice: Client, blind: House, task: Task
) -> None:
    other = task.proposal.alternatives.get(rank=1).args_sha256
    answer = as_alice.post(_url(task), _pick(task, _key(task, blind.alice, other)), follow=True)
    page = " ".join(answer.text.split())
    assert answer.redirect_chain[-1][0] == card_url(task.proposal)
    assert "The agent proposes something else than you picked." in page
    assert "your pick" in page
    assert "The customer asked for it" in page
    as_alice.post(_url(task, "decide"), decision(task, "approve"))
    made = Decision.objects.get()
    assert made.came_round
    settling.settle_due(now=blind.now + timedelta(minutes=1))
    assert "Picked first, not knowing the agent" in as_alice.get(card_url(task.proposal)).text
    printed = as_alice.get(reverse("desk:proposal_print", args=[task.proposal_id])).text
    assert "Picked first, not knowing the agent" in printed


def test_picking_the_same_says_so(as_alice: Client, blind: House, task: Task) -> None:
    key = _key(task, blind.alice, task.proposal.args_sha256)
    page = as_alice.post(_url(task), _pick(task, key), follow=True).text
    assert "You picked what the agent proposes." in page


@pytest.mark.parametrize(
    ("option", "note", "words"),
    [
        ("", "", "Pick what you would do."),
        ("1", "", "Pick what you would do."),
        (ELSE, " ", "Say what else you would do."),
    ],
)
def test_what_is_wrong_with_a_pick_is_said_on_the_page(
    as_alice: Client, task: Task, option: str, note: str, words: str
) -> None:
    answer = as_alice.post(_url(task), _pick(task, option, note))
    assert answer.status_code == 422
    assert words in answer.text
    _assert_tells_nothing({"refused": answer.text}, task.proposal)
    assert not BlindPick.objects.exists()


def test_deciding_past_the_page_is_refused_and_tells_nothing(as_alice: Client, task: Task) -> None:
    answer = as_alice.post(
        _url(task, "decide"),
        decision(task, "reject", reason_code="wrong-action", retry="never", note="typed"),
    )
    assert answer.status_code == 403
    assert "Say first what you would do yourself" in answer.text
    assert "typed" in answer.text
    _assert_tells_nothing({"refused": answer.text.replace(task.proposal.args_sha256, "")}, task.proposal)
    asked = as_alice.post(
        _url(task, "ask"), {"lease_token": task.lease_token, "text": "Which invoice?", "minutes": 60}
    )
    assert asked.status_code == 403
    assert "Which invoice?" in asked.text


def _lose(house: House, task: Task) -> None:
    returning.return_lost_claims(now=house.now + timedelta(hours=5))
    claiming.claim(task_id=task.pk, by=house.bob, now=house.now)


def _withdraw(house: House, task: Task) -> None:
    endings.withdraw(proposal_id=task.proposal_id, by=house.agent, reason="", now=house.now)


def _expire(house: House, task: Task) -> None:
    endings.expire_due(now=house.now + timedelta(hours=2))


@pytest.mark.parametrize("happens", [_lose, _withdraw, _expire])
def test_what_was_typed_is_kept_when_the_task_is_lost_withdrawn_or_expired(
    as_alice: Client, blind: House, happens: Callable[[House, Task], None]
) -> None:
    until = (blind.now + timedelta(hours=1)).isoformat()
    task = factories.claimed(factories.pending(blind, expires_at=until), blind.alice, blind.now)
    happens(blind, task)
    answer = as_alice.post(_url(task), _pick(task, ELSE, "call the customer"))
    assert answer.status_code == 409
    assert "What you had entered" in answer.text
    assert "call the customer" in answer.text
    assert not BlindPick.objects.exists()


def test_the_label_says_when_the_note_is_needed(as_alice: Client, task: Task) -> None:
    page = as_alice.get(card_url(task.proposal)).text
    assert "(needed for “something else”)" in page
    assert "(optional)" not in page[page.index("What else?") :][:200]


def test_what_was_picked_is_named_after_the_pick(as_alice: Client, blind: House, task: Task) -> None:
    assert as_alice.post(_url(task), _pick(task, ELSE, "2")).status_code == 302
    page = " ".join(as_alice.get(card_url(task.proposal)).text.split())
    assert "<bdi>something else: 2</bdi>" in page


def test_picking_twice_leads_to_the_decision(as_alice: Client, blind: House, task: Task) -> None:
    factories.picked(task, blind.alice, blind.now)
    answer = as_alice.post(_url(task), _pick(task, NOTHING))
    assert answer.status_code == 409
    assert "it is kept once" in answer.text
    assert "Approve:" in answer.text


def test_a_second_person_is_blind_to_the_agent_and_to_the_first(
    blind: House, as_alice: Client, as_bob: Client
) -> None:
    proposal = _sent(blind, DELETE, [_cancel(_REASONS[0])])
    task = factories.claimed(proposal, blind.alice, blind.now)
    factories.picked(task, blind.alice, blind.now, NOTHING)
    factories.decided(task, blind.alice, blind.now)
    _assert_tells_nothing({"decided": as_bob.get(card_url(proposal)).text}, proposal)
    later = blind.now + timedelta(minutes=1)
    settling.settle_due(now=later)
    held = factories.claimed(proposal, blind.bob, later)
    before = as_bob.get(card_url(proposal)).text
    _assert_tells_nothing({"before": before}, proposal)
    assert "You are the second person" in before
    factories.picked(held, blind.bob, later)
    after = as_bob.get(card_url(proposal)).text
    assert "You are the second person" in after
    assert "zzrationalezz" in after
    assert "Picked first" not in after
    assert "<dt>Alice</dt>" not in after
    factories.decided(held, blind.bob, later)
    settling.settle_due(now=later + timedelta(minutes=1))
    for browser in (as_alice, as_bob):
        done = browser.get(card_url(proposal)).text
        assert done.count("Picked first, not knowing the agent") == 2


def test_who_cannot_decide_it_reads_it_as_ever(blind: House, sign_in: SignIn, task: Task) -> None:
    for person in (blind.olga, blind.adam, blind.tina):
        page = sign_in(person).get(card_url(task.proposal)).text
        assert "The customer asked for it" in page
        assert "What would you do?" not in page


def test_once_it_is_closed_everybody_reads_it(blind: House, as_bob: Client, task: Task) -> None:
    factories.decided(task, blind.alice, blind.now)
    settling.settle_due(now=blind.now + timedelta(minutes=1))
    assert "The customer asked for it" in as_bob.get(card_url(task.proposal)).text
    assert "Cancel order #W1" in as_bob.get(reverse("desk:proposal_list")).text
    decided = reverse("desk:queue_detail", args=["standard"]) + "?show=decided"
    assert "Cancel order #W1" in as_bob.get(decided).text


def test_rows_call_it_by_its_subject_and_filters_do_not_find_it_by_the_choice(
    blind: House, as_alice: Client
) -> None:
    factories.pending(blind)
    url = reverse("desk:queue_detail", args=["standard"])
    page = as_alice.get(url).text
    assert "What should be done about order #W1?" in page
    assert "shown after the pick" in page
    for query, is_found in (("text=W1", True), ("text=needs+it", False), ("action=cancel_order", False)):
        assert ("What should be done" in as_alice.get(f"{url}?{query}").text) is is_found, query


def test_the_pick_page_takes_a_bounded_number_of_queries(
    blind: House, as_alice: Client, django_assert_max_num_queries: Any
) -> None:
    others = [_cancel(_REASONS[1]), DELETE, None]
    young = factories.claimed(_sent(blind, _cancel(_REASONS[0]), []), blind.alice, blind.now)
    with django_assert_max_num_queries(26) as few:
        as_alice.get(card_url(young.proposal))
    for _case in range(4):
        factories.settled(blind, by=blind.bob)
    evidence = [{"id": f"e{n}", "kind": "record", "claim": "c", "content": "x"} for n in range(9)]
    old = factories.claimed(
        _sent(blind, _cancel(_REASONS[0]), others, evidence=evidence), blind.alice, blind.now
    )
    with django_assert_max_num_queries(26) as many:
        as_alice.get(card_url(old.proposal))
    assert len(many) - len(few) <= 1


def test_a_task_that_is_not_blind_first_asks_for_nothing_more(
    house: House, as_alice: Client, django_assert_max_num_queries: Any
) -> None:
    task = factories.claimed(factories.pending(house), house.alice, house.now)
    with django_assert_max_num_queries(60) as asked:
        as_alice.get(card_url(task.proposal))
        as_alice.post(_url(task, "decide"), decision(task, "approve"))
    assert not [
        one for one in asked.captured_queries if "blindpick" in one["sql"] and "LEFT" not in one["sql"]
    ]


def test_sensitive_values_are_hidden_in_every_option(blind: House, as_alice: Client) -> None:
    schema = json.loads(json.dumps(factories.CANCEL_SCHEMA))
    schema["properties"]["order_id"]["x-reviewhub-sensitive"] = True
    blind.cancel_order.args_schema = schema
    blind.cancel_order.save()
    others = [{"name": "cancel_order", "args": {"order_id": "SECRET-2", "reason": _REASONS[1]}}]
    action = {"name": "cancel_order", "args": {"order_id": "SECRET-1", "reason": _REASONS[0]}}
    proposal = _sent(blind, action, others, subject={"kind": "customer", "id": "C-1"})
    factories.claimed(proposal, blind.alice, blind.now)
    page = as_alice.get(card_url(proposal)).text
    assert "SECRET-1" not in page
    assert "SECRET-2" not in page
    assert "Sensitive values are hidden." in page


def test_what_needs_a_typed_word_still_needs_it_after_the_pick(blind: House, as_alice: Client) -> None:
    blind.cancel_order.consequence = Consequence.CRITICAL
    blind.cancel_order.reversibility = Reversibility.IRREVERSIBLE
    blind.cancel_order.save()
    task = factories.claimed(factories.pending(blind), blind.alice, blind.now)
    factories.picked(task, blind.alice, blind.now)
    answer = as_alice.post(_url(task, "decide"), decision(task, "approve"))
    assert answer.status_code == 422
    assert Verb.APPROVE in task.verbs
    assert not Decision.objects.exists()
