"""Sensitive values: on no page for whom they are not meant, on request and on record for whom they are."""

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from apps.accounts import rights
from apps.accounts.roles import Role
from apps.audit.models import Event
from apps.delivery.models import Notification
from apps.intake.endings import withdraw
from apps.proposals.actions import report_human_action, report_outcome
from apps.proposals.masking import MASK
from apps.proposals.models import Proposal
from apps.proposals.resource import as_resource, readable
from apps.proposals.states import Status, Verdict
from apps.registry.states import Consequence, Reversibility
from apps.reviews import settling
from apps.routing.states import Verb
from apps.trust.models import LedgerEntry
from tests import factories
from tests.desk.conftest import SignIn, card_url, decision

IBAN = "DE89370400440532013000"
SPACED = "DE89 3704 0044 0532 0130 00"
OTHER = "SE4550000000058398257466"
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "supplier": {"type": "string", "title": "Supplier"},
        "iban": {"type": "string", "title": "Account", "x-reviewhub-sensitive": True},
        "remark": {"type": "string"},
    },
    "required": ["supplier", "iban"],
    "additionalProperties": False,
}


@pytest.fixture
def proposal(house: factories.House) -> Proposal:
    """A proposal that names its sensitive value wherever an agent can write."""
    factories.ActionTypeFactory(workflow=house.workflow, name="set_account", args_schema=SCHEMA)
    text = f"Account {SPACED}"
    return factories.pending(
        house,
        external_id=f"for-{IBAN}",
        action={"name": "set_account", "args": {"supplier": "S-1001", "iban": IBAN, "remark": text}},
        summary=f"Pay S-1001 to {SPACED}",
        rationale=text,
        subject={"kind": "account", "id": IBAN},
        evidence=[
            {"id": "e", "kind": "record", "claim": text, "title": text, "source": text, "uri": f"https://x.example/{IBAN}",
             "content": json.dumps({"supplier": "S-1001", "iban": OTHER, "new": IBAN})}
        ],
        alternatives=[
            {"rank": 1, "action": {"name": "set_account", "args": {"supplier": "S-1001", "iban": OTHER}},
             "summary": text, "risks": [{"code": "x", "detail": text}]}
        ],
        run={"id": IBAN, "trace_url": f"https://trace.example/{IBAN}", "tool_calls": [{"name": IBAN, "ok": True}]},
    )  # fmt: skip


def _holds(text: str) -> list[str]:
    return [value for value in (IBAN, SPACED, OTHER) if value in text]


def _story(proposal: Proposal) -> str:
    return reverse("desk:proposal_detail", args=[proposal.pk])


def _paper(proposal: Proposal) -> str:
    return reverse("desk:proposal_print", args=[proposal.pk])


def _uncover(browser: Client, proposal: Proposal) -> Any:
    return browser.post(reverse("desk:proposal_uncover", args=[proposal.pk]), {"from": "task"})


def _let_read(house: factories.House, name: str = "alice") -> None:
    person = getattr(house, name)
    rights.give(role=Role.PRIVACY_READER, to=person, on=house.workflow, by=None, now=house.now)


def test_no_page_holds_a_sensitive_value_without_the_right(
    as_alice: Client, house: factories.House, proposal: Proposal
) -> None:
    factories.claimed(proposal, house.alice, house.now)
    for url in (
        card_url(proposal),
        _story(proposal),
        _paper(proposal),
        reverse("desk:home"),
        reverse("desk:queue_detail", args=["standard"]) + "?show=held",
        reverse("desk:proposal_list"),
    ):
        page = as_alice.get(url)
        assert page.status_code == 200
        assert _holds(page.text) == [], url
    assert MASK in as_alice.get(card_url(proposal)).text


def test_with_the_right_it_is_uncovered_by_asking_and_that_is_on_record(
    as_alice: Client, house: factories.House, proposal: Proposal
) -> None:
    factories.claimed(proposal, house.alice, house.now)
    _let_read(house)
    assert _holds(as_alice.get(card_url(proposal)).text) == [], "the right alone shows nothing"
    assert _uncover(as_alice, proposal).headers["Location"] == card_url(proposal)
    for url in (card_url(proposal), _story(proposal), _paper(proposal)):
        assert IBAN in as_alice.get(url).text, url
    (event,) = Event.objects.filter(verb="proposal.uncovered", proposal_id=proposal.pk)
    assert event.actor_name == "Alice"
    assert "Alice uncovered the hidden values" in as_alice.get(card_url(proposal)).text
    as_alice.post(reverse("desk:proposal_cover", args=[proposal.pk]))
    assert _holds(as_alice.get(card_url(proposal)).text) == []


def test_it_is_for_one_proposal_one_session_and_a_while(
    as_alice: Client, house: factories.House, proposal: Proposal, sign_in: SignIn
) -> None:
    _let_read(house)
    _uncover(as_alice, proposal)
    again = factories.pending(
        house, action={"name": "set_account", "args": {"supplier": "S-2", "iban": IBAN}}
    )
    assert _holds(as_alice.get(card_url(again)).text) == []
    assert _holds(sign_in(house.alice).get(card_url(proposal)).text) == []
    with time_machine.travel(house.now + timedelta(minutes=31)):
        assert _holds(as_alice.get(card_url(proposal)).text) == []


def test_who_loses_the_right_sees_nothing_more(
    as_alice: Client, house: factories.House, proposal: Proposal
) -> None:
    _let_read(house)
    _uncover(as_alice, proposal)
    rights.take_back(role=Role.PRIVACY_READER, to=house.alice, on=house.workflow, by=None, now=house.now)
    assert _holds(as_alice.get(card_url(proposal)).text) == []


@pytest.mark.parametrize("person", ["alice", "adam", "olga", "charlie"])
def test_without_the_right_nothing_is_uncovered(
    house: factories.House, proposal: Proposal, sign_in: SignIn, person: str
) -> None:
    browser = sign_in(getattr(house, person))
    assert _uncover(browser, proposal).status_code == 403
    assert not Event.objects.filter(verb="proposal.uncovered").exists()
    assert _holds(browser.get(_story(proposal)).text) == []


def test_the_right_does_not_open_what_one_may_not_see(
    house: factories.House, proposal: Proposal, sign_in: SignIn
) -> None:
    _let_read(house, "charlie")
    assert _uncover(sign_in(house.charlie), proposal).status_code == 403


def test_looking_alone_uncovers_nothing(as_alice: Client, house: factories.House, proposal: Proposal) -> None:
    _let_read(house)
    as_alice.get(reverse("desk:proposal_uncover", args=[proposal.pk]))
    assert _holds(as_alice.get(card_url(proposal)).text) == []


def test_an_edit_keeps_what_its_author_may_not_see(
    as_alice: Client, house: factories.House, proposal: Proposal
) -> None:
    task = factories.claimed(proposal, house.alice, house.now)
    card = as_alice.get(card_url(proposal)).text
    assert "Hidden from you, so it stays as it is: Account, remark." in " ".join(card.split())
    sent = decision(task, "edit", **{"arg-0": "S-1002", "reason_code": "wrong-facts"})
    shown = as_alice.post(reverse("desk:task_decide", args=[task.pk]), sent)
    assert shown.status_code == 200
    assert _holds(shown.text) == []
    sha256 = shown.context["forms"]["edit"].edited_sha256
    as_alice.post(reverse("desk:task_decide", args=[task.pk]), sent | {"shown_sha256": sha256})
    settling.settle_due(now=house.now + timedelta(minutes=10))
    proposal.refresh_from_db()
    assert proposal.status == Status.APPROVED
    assert proposal.resolution.args == {"supplier": "S-1002", "iban": IBAN, "remark": f"Account {SPACED}"}
    for url in (card_url(proposal), _story(proposal), _paper(proposal)):
        assert _holds(as_alice.get(url).text) == [], url


def test_what_was_granted_instead_and_similar_cases_hide_it_too(
    as_alice: Client, house: factories.House, proposal: Proposal
) -> None:
    task = factories.claimed(proposal, house.bob, house.now)
    factories.decided(
        task, house.bob, house.now, Verb.CHOOSE_ALTERNATIVE, alternative_rank=1, note=f"to {OTHER}"
    )
    settling.settle_due(now=house.now + timedelta(minutes=10))
    alike = factories.pending(
        house,
        action={"name": "set_account", "args": {"supplier": "S-1001", "iban": IBAN}},
        subject={"kind": "account", "id": IBAN},
    )
    for url in (_story(proposal), _paper(proposal), card_url(proposal), card_url(alike)):
        assert _holds(as_alice.get(url).text) == [], url
    assert "same subject" in as_alice.get(card_url(alike)).text, (
        "cases about the same hidden value are still found"
    )


def test_lists_messages_and_the_log_hold_no_sensitive_value(
    house: factories.House, proposal: Proposal
) -> None:
    task = factories.claimed(proposal, house.alice, house.now)
    factories.asked(task, house.alice, house.now, text=f"Is {SPACED} confirmed?")
    assert _holds(f"{proposal.summary} {proposal.subject_id}") == []
    for event in Event.objects.filter(proposal_id=proposal.pk):
        assert _holds(json.dumps(event.data)) == [], event.verb
    for told in Notification.objects.filter(proposal_id=proposal.pk):
        assert _holds(f"{told.title} {told.text}") == []


def test_what_agents_say_afterwards_hides_it_too(
    as_alice: Client, house: factories.House, sign_in: SignIn
) -> None:
    """Who reports an outcome, who acted, why it is withdrawn: on pages, in messages, the log and the ledger."""
    harmless = {"consequence": Consequence.LOW, "reversibility": Reversibility.REVERSIBLE}
    factories.ActionTypeFactory(workflow=house.workflow, name="set_account", args_schema=SCHEMA, **harmless)
    args = {"supplier": "S-1001", "iban": IBAN}
    approved, taken_back = (
        factories.pending(house, action={"name": "set_account", "args": args}, alternatives=[])
        for _one in range(2)
    )
    factories.decided(factories.claimed(approved, house.alice, house.now), house.alice, house.now)
    settling.settle_due(now=house.now + timedelta(minutes=1))
    about: dict[str, Any] = {
        "proposal_id": approved.pk,
        "occurred_at": house.now,
        "by": house.agent,
        "now": house.now,
    }
    report_outcome(verdict=Verdict.WRONG, severity="high", source=f"complaint about {SPACED}", **about)
    report_human_action(action_name="set_account", args=args, actor=f"owner of {IBAN}", **about)
    withdraw(proposal_id=taken_back.pk, by=house.agent, reason=f"not {IBAN}", now=house.now)
    for url in (
        _story(approved),
        _paper(approved),
        _story(taken_back),
        reverse("desk:slice_outcomes", args=[approved.slice_id]),
        reverse("trust:slice_detail", args=[approved.slice_id]),
    ):
        assert _holds(as_alice.get(url).text) == [], url
    report = reverse("desk:outcome_report", args=[approved.pk])
    corrected = {"corrects": str(approved.outcomes.get().pk)}
    assert _holds(sign_in(house.olga).get(report, corrected).text) == []
    for event in Event.objects.all():
        assert _holds(json.dumps(event.data)) == [], event.verb
    assert Notification.objects.filter(kind="outcome").exists()
    for told in Notification.objects.all():
        assert _holds(f"{told.title} {told.text}") == []
    for entry in LedgerEntry.objects.all():
        assert _holds(entry.decided_by) == []


def test_a_search_for_the_value_finds_nothing(as_alice: Client, proposal: Proposal) -> None:
    for text in (IBAN, SPACED):
        found = as_alice.get(reverse("desk:proposal_list"), {"text": text})
        assert found.status_code == 200
        assert proposal.summary not in found.text


def test_a_queue_does_not_tell_a_hidden_value_letter_by_letter(
    as_alice: Client, house: factories.House, proposal: Proposal
) -> None:
    queue, card = reverse("desk:queue_detail", args=[proposal.task.queue.slug]), card_url(proposal)
    ordinary = factories.pending(house)
    assert card_url(ordinary) in as_alice.get(queue, {"text": ordinary.external_id[2:9]}).text
    assert card in as_alice.get(queue).text
    for text in (IBAN[:5], IBAN, f"for-{IBAN[:5]}"):
        assert card not in as_alice.get(queue, {"text": text}).text
    assert card in as_alice.get(queue, {"text": proposal.external_id}).text


def test_the_agent_reads_its_own_proposal_as_it_sent_it(proposal: Proposal) -> None:
    resource = as_resource(readable().get(pk=proposal.pk))
    assert resource["action"]["args"]["iban"] == IBAN
    assert resource["external_id"] == f"for-{IBAN}"


def test_who_would_grant_what_they_do_not_see_is_told_so_and_to_whom_it_can_go(
    as_alice: Client, as_bob: Client, house: factories.House, proposal: Proposal
) -> None:
    task = factories.claimed(proposal, house.alice, house.now)
    url = reverse("desk:task_delegate", args=[task.pk])
    page = as_alice.get(card_url(proposal)).text
    assert "You would grant what you do not see: Account" in page
    assert "Hand it to somebody who may see it" in page
    assert "may see what is hidden" not in as_alice.get(url).text
    _let_read(house, "bob")
    assert "Bob (may see what is hidden, holds 0 tasks)" in as_alice.get(url).text
    _let_read(house)
    page = as_alice.get(card_url(proposal)).text
    assert "Look at it first" in page
    _uncover(as_alice, proposal)
    assert "You would grant what you do not see" not in as_alice.get(card_url(proposal)).text
