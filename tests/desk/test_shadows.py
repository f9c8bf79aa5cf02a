"""A reviewer says what they would have done about a shadow proposal: kept, compared, never granted, no proof."""

import json
import re
from typing import Any

import pytest
from django.test import Client

from apps.delivery.models import OutboxEvent
from apps.proposals.models import Grant, HumanAction, Proposal
from apps.proposals.states import Status
from apps.trust.models import LedgerEntry, Standing
from tests import factories


@pytest.fixture
def proposal(house: factories.House) -> Proposal:
    """One in shadow."""
    return factories.proposal_at(house, Status.RECORDED)


def _browser(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def _say(person: Any, proposal: Proposal, verb: str, **more: str) -> Any:
    body = {"verb": verb, "seen_sha256": proposal.args_sha256, **more}
    return _browser(person).post(f"/proposals/{proposal.pk}/would-have/", body, follow=True)


@pytest.mark.parametrize(
    ("verb", "more", "divergence"),
    [
        ("approve", {}, "same"),
        ("choose_alternative", {"alternative_rank": "1", "reason_code": "wrong-facts"}, "alternative"),
        ("choose_alternative", {"alternative_rank": "2", "reason_code": "wrong-facts"}, "nothing"),
        ("reject", {"reason_code": "wrong-action", "note": "ask first"}, "nothing"),
    ],
)
def test_it_is_kept_and_compared_and_neither_grants_nor_proves(
    house: factories.House, proposal: Proposal, verb: str, more: dict[str, str], divergence: str
) -> None:
    answer = _say(house.alice, proposal, verb, **more)
    assert "Kept. Nothing is carried out in shadow." in answer.text
    told = {"same": "Exactly as proposed.", "nothing": "Nothing of what was proposed would have been done."}
    assert told.get(divergence, "Against what was proposed:") in answer.text
    entry = LedgerEntry.objects.get()
    assert (entry.divergence, entry.not_counted_because, entry.feeds) == (divergence, "not_blind", "")
    assert Standing.objects.get().useful_n == 0
    assert not Grant.objects.exists()
    assert Proposal.objects.get(pk=proposal.pk).status == Status.RECORDED
    told = OutboxEvent.objects.get(type="reviewhub.shadow.compared.v1")
    assert told.subject_id == proposal.pk


def _edited(refund: str = "", **more: str) -> dict[str, str]:
    """What the form of the arguments sends: order, reason, refund."""
    return {
        "arg-0": "#W1",
        "arg-1": json.dumps("ordered by mistake"),
        "arg-2": refund,
        "reason_code": "wrong-facts",
        **more,
    }


def test_other_values_are_kept_only_after_their_difference_was_shown(
    house: factories.House, proposal: Proposal
) -> None:
    first = _say(house.alice, proposal, "edit", **_edited())
    assert "You would have changed:" in first.text
    assert "ordered by mistake" in first.text
    assert not HumanAction.objects.exists()
    shown = re.search(r'name="shown_sha256" value="([0-9a-f]{64})"', first.text)
    assert shown is not None
    other = _say(house.alice, proposal, "edit", **_edited("5", shown_sha256=shown[1]))
    assert "You would have changed:" in other.text
    assert not HumanAction.objects.exists()
    answer = _say(house.alice, proposal, "edit", **_edited(shown_sha256=shown[1]))
    assert "Kept. Nothing is carried out in shadow." in answer.text
    said = HumanAction.objects.get()
    assert said.args == {"order_id": "#W1", "reason": "ordered by mistake"}
    assert not Grant.objects.exists()
    assert Standing.objects.get().useful_n == 0


def test_other_values_of_ones_own_differ_from_what_was_proposed_in_named_arguments(
    house: factories.House, proposal: Proposal
) -> None:
    values = _edited("5")
    shown = re.search(
        r'name="shown_sha256" value="([0-9a-f]{64})"', _say(house.alice, proposal, "edit", **values).text
    )
    assert shown is not None
    page = _say(house.alice, proposal, "edit", **values, shown_sha256=shown[1]).text
    assert "would have done it with other values" in page
    assert "the same action with other values" in page
    entry = LedgerEntry.objects.get()
    assert (entry.divergence, entry.differing) == ("other_values", ["reason", "refund"])
    assert (entry.is_counted, entry.feeds, entry.not_counted_because) == (False, "", "not_blind")


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"arg-1": json.dumps("for fun")}, "is not one of"),
        ({"arg-2": "-3"}, "less than the minimum"),
        ({"arg-1": json.dumps("no longer needed"), "arg-2": ""}, "Nothing is changed yet."),
    ],
)
def test_values_that_do_not_fit_are_answered_at_their_field(
    house: factories.House, proposal: Proposal, values: dict[str, str], told: str
) -> None:
    assert told in _say(house.alice, proposal, "edit", **_edited() | values).text
    assert not HumanAction.objects.exists()


def test_who_is_asked_reads_grounds_evidence_and_alternatives_before_answering(
    house: factories.House, proposal: Proposal
) -> None:
    page = _browser(house.alice).get(f"/proposals/{proposal.pk}/").text
    asked = page.find("What would you have done?")
    for words in ("The customer asked for it and the order is still pending.", 'class="evidence evidence-'):
        assert 0 < page.find(words) < asked
    assert re.search(r"<details[^>]* open>\s*<summary>I would have chosen one of its alternatives", page)
    assert "Mark as checked" not in page


def test_it_is_kept_once(house: factories.House, proposal: Proposal) -> None:
    _say(house.alice, proposal, "approve")
    again = _say(house.alice, proposal, "reject", reason_code="wrong-action")
    assert "it is kept once" in again.text
    assert HumanAction.objects.count() == 1
    assert "You have said it" in _browser(house.alice).get(f"/proposals/{proposal.pk}/").text


@pytest.mark.parametrize(
    ("verb", "more", "told"),
    [
        ("", {}, "Say what you would have done."),
        ("escalate", {}, "Say what you would have done."),
        ("reject", {}, "Choose a reason from the list."),
        ("choose_alternative", {"reason_code": "wrong-action"}, "Choose an alternative."),
        (
            "choose_alternative",
            {"alternative_rank": "9", "reason_code": "wrong-action"},
            "There is no such alternative.",
        ),
        ("approve", {"seen_sha256": "0" * 64}, "Look again."),
    ],
)
def test_what_says_nothing_is_answered_with_the_reason(
    house: factories.House, proposal: Proposal, verb: str, more: dict[str, str], told: str
) -> None:
    assert told in _say(house.alice, proposal, verb, **more).text
    assert not HumanAction.objects.exists()


@pytest.mark.parametrize("person", ["tina", "olga", "charlie"])
def test_only_reviewers_who_do_not_own_the_agent_are_asked(
    house: factories.House, proposal: Proposal, person: str
) -> None:
    assert _say(getattr(house, person), proposal, "approve").status_code == 403
    assert not HumanAction.objects.exists()


def test_about_anything_but_shadow_nobody_is_asked(house: factories.House) -> None:
    other = factories.pending(house)
    assert "What would you have done?" not in _browser(house.alice).get(f"/proposals/{other.pk}/").text
    assert _say(house.alice, other, "approve").status_code == 403


def test_a_get_says_nothing(house: factories.House, proposal: Proposal) -> None:
    browser = _browser(house.alice)
    assert browser.get(f"/proposals/{proposal.pk}/would-have/").status_code == 302
    assert "What would you have done?" in browser.get(f"/proposals/{proposal.pk}/").text
    assert not HumanAction.objects.exists()
