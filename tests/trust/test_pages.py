"""The pages of trust: what a slice has earned, why, and moving it with a reason."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.audit.models import Event
from apps.registry.states import Stage
from apps.trust.models import Slice
from apps.trust.states import NotEvidence
from tests import factories

LIST = reverse("trust:slice_list")


def _browser(person: Any) -> Client:
    client = Client()
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def slice_(house: factories.House) -> Slice:
    """The slice of cancelling orders, with one decision that counted."""
    return Slice.objects.get(pk=factories.settled(house).slice_id)


def _page(row: Slice) -> str:
    return reverse("trust:slice_detail", args=[row.pk])


def _move(row: Slice) -> str:
    return reverse("trust:slice_move_stage", args=[row.pk])


def test_the_list_shows_the_stage_and_the_figures(house: factories.House, slice_: Slice) -> None:
    page = _browser(house.olga).get(LIST).text
    assert "Cancel an order · Order bot" in page
    assert "assisted" in page
    assert "100\xa0%" in page


def test_an_outsider_sees_no_slice(house: factories.House, slice_: Slice) -> None:
    assert "No slices yet" in _browser(house.charlie).get(LIST).text
    assert _browser(house.charlie).get(_page(slice_)).status_code == 403


def test_the_slice_says_what_counted_and_why_the_rest_did_not(house: factories.House, slice_: Slice) -> None:
    factories.settled(house)
    factories.settled(house, factories.Verb.REJECT, reason_code="customer-changed-mind")
    page = " ".join(_browser(house.alice).get(_page(slice_)).text.split())
    assert "2 of 2" in page
    for reason in (NotEvidence.DUPLICATE_CONTENT, NotEvidence.NOT_AGENTS_FAULT):
        assert str(reason.label) in page.replace("&#x27;", "'")


def test_the_slice_says_what_people_did_instead(house: factories.House, slice_: Slice) -> None:
    args = {"order_id": "#W1", "reason": "ordered by mistake", "refund": 5}
    factories.settled(house, factories.Verb.EDIT, args=args)
    page = " ".join(_browser(house.alice).get(_page(slice_)).text.split())
    compared = page[page.index('id="compared-heading"') :]
    assert "the same action with other values" in compared
    assert "<code>reason</code>, <code>refund</code>" in compared


def test_it_says_that_nothing_acts_by_itself(house: factories.House, slice_: Slice) -> None:
    page = _browser(house.alice).get(_page(slice_)).text
    assert "every action waits for a person, whatever the agent's confidence" in page.replace("&#x27;", "'")


def test_an_admin_moves_it_with_a_reason_that_is_kept_and_shown(
    house: factories.House, slice_: Slice
) -> None:
    browser = _browser(house.adam)
    answer = browser.post(_move(slice_), {"to": "shadow", "reason": "the prompt changed"}, follow=True)
    assert "The slice is in stage shadow now." in answer.text
    assert "the prompt changed" in answer.text
    assert Slice.objects.get(pk=slice_.pk).stage == Stage.SHADOW


def test_without_a_reason_nothing_moves(house: factories.House, slice_: Slice) -> None:
    answer = _browser(house.adam).post(_move(slice_), {"to": "shadow", "reason": "  "})
    assert answer.status_code == 422
    assert Slice.objects.get(pk=slice_.pk).stage == Stage.ASSISTED


@pytest.mark.parametrize(
    ("person", "to", "allowed"),
    [
        ("adam", "shadow", True),
        ("gina", "shadow", True),
        ("alice", "shadow", False),
        ("olga", "shadow", False),
        ("charlie", "shadow", False),
        ("adam", "assisted", False),
        ("adam", "supervised", False),
    ],
)
def test_who_may_move_it_where(
    house: factories.House, slice_: Slice, person: str, to: str, allowed: bool
) -> None:
    _browser(getattr(house, person)).post(_move(slice_), {"to": to, "reason": "because"})
    assert (Slice.objects.get(pk=slice_.pk).stage == to) == (allowed or to == "assisted")
    assert Event.objects.filter(verb="slice.stage_changed").exists() == allowed


def test_who_may_not_move_it_reads_why_instead_of_a_form(house: factories.House, slice_: Slice) -> None:
    page = _browser(house.alice).get(_page(slice_)).text
    assert "Only an admin may move a slice to assisted" in page
    assert _move(slice_) not in page


def test_a_get_moves_nothing(house: factories.House, slice_: Slice) -> None:
    assert _browser(house.adam).get(_move(slice_), {"to": "shadow", "reason": "x"}).url == _page(slice_)
    assert Slice.objects.get(pk=slice_.pk).stage == Stage.ASSISTED


def test_the_ledger_is_paged_without_losing_an_entry(
    house: factories.House, slice_: Slice, monkeypatch: Any
) -> None:
    monkeypatch.setattr("apps.trust.queries.PAGE", 3)
    for _n in range(6):
        factories.settled(house)
    browser, url, seen = _browser(house.alice), _page(slice_), []
    for _page_number in range(4):
        page = browser.get(url).text
        ledger = page[page.index('id="ledger"') :]
        seen += re.findall(r'/proposals/([0-9a-f-]{36})/"', ledger)
        following = re.search(r'rel="next"\s+href="([^"]+)#ledger"', ledger)
        if following is None:
            break
        url = _page(slice_) + following[1].replace("&amp;", "&")
    assert len(seen) == len(set(seen)) == 7


@pytest.mark.parametrize(
    "before", ["rubbish", "2026-01-01~", "2026-01-01T00:00:00~99999999999999999999", "~5"]
)
def test_a_spoiled_page_key_shows_the_start(house: factories.House, slice_: Slice, before: str) -> None:
    assert _browser(house.alice).get(_page(slice_), {"before": before}).status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        f"{LIST}?workflow=%00",
        "/slices/1/?before=%00",
        reverse("trust:drift_list") + "?workflow=%00",
        reverse("halts:halt_list") + "?target=%00",
        reverse("assurance:readiness_list") + "?workflow=%00",
        reverse("assurance:register_read") + "?workflow=%00&stage=%00&page=%00",
        reverse("assurance:register_csv") + "?workflow=%00&stage=%00",
        reverse("registry:workflow_list") + "?workflow=%00",
        reverse("registry:agent_list") + "?workflow=%00",
    ],
)
def test_what_no_workflow_can_be_called_is_nothing(
    house: factories.House, slice_: Slice, address: str
) -> None:
    answer = _browser(house.adam).get(address.replace("/1/", f"/{slice_.pk}/"))
    assert answer.status_code == 200


def test_a_halt_of_what_cannot_be_named_is_refused(house: factories.House, slice_: Slice) -> None:
    sent = {"target": "workflow:\x00", "reason": "\x00", "look_again_on": "\x00"}
    assert _browser(house.adam).post(reverse("halts:halt_open"), sent).status_code == 422
