"""The register of autonomy: what it says of each slice, who reads it, its file, and how many statements it takes."""

import csv
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.roles import Role
from apps.assurance.facts import facts_of
from apps.assurance.lately import AtStake, at_stake
from apps.assurance.register import PAGE, Entry, Wanted, entries_of, every_entry, page_of, wanted_slices
from apps.registry.models import Workflow
from apps.registry.states import Stage
from apps.trust.actions import move_stage
from apps.trust.models import Slice, SliceReview
from apps.trust.moving import moved
from apps.trust.states import Basis, Move, ReadyItem
from tests import factories
from tests.trust import earning

REGISTER = reverse("assurance:register_read")
CSV = reverse("assurance:register_csv")


def _browser(person: Any) -> Client:
    client = Client()
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def _text(client: Client, url: str) -> str:
    return " ".join(client.get(url).text.split())


def _entry(house: factories.House, row: Slice) -> Entry:
    rows = wanted_slices(Workflow.objects.all(), Wanted(), now=house.now)
    (entry,) = entries_of([rows.get(pk=row.pk)], now=house.now)
    return entry


def _many(house: factories.House, n: int) -> None:
    for number in range(n):
        agent = factories.AgentFactory(slug=f"bot-{number:03}", owner=house.bob)
        earning.open_slice(action_type=house.cancel_order, agent=agent, now=house.now)


def test_what_acts_names_its_certificate_and_the_two_who_signed(house: factories.House) -> None:
    entry = _entry(house, earning.supervised(house))
    assert entry.approvers == ("Adam", "Olga")
    assert entry.why.startswith("0 of 200 wrong; evidence ")
    assert entry.level == "l2"
    assert entry.next_on == timezone.localdate(house.now) + timedelta(days=90)


def test_what_was_moved_by_hand_names_who_and_why(house: factories.House) -> None:
    row = earning.a_slice(house)
    assert "begins in this stage" in _entry(house, row).why
    move_stage(slice_id=row.pk, to=Stage.SHADOW, by=house.gina, reason="odd", now=house.now)
    entry = _entry(house, row)
    assert (entry.why, entry.approvers, entry.next_on) == ("odd", ("Gina",), None)
    later = house.now + timedelta(hours=1)
    move_stage(slice_id=row.pk, to=Stage.ASSISTED, by=house.adam, reason="explained", now=later)
    assert (_entry(house, row).why, _entry(house, row).approvers) == ("explained", ("Adam",))


def test_what_came_out_of_shadow_names_who_signed(house: factories.House) -> None:
    row = earning.a_slice(house)
    Slice.objects.filter(pk=row.pk).update(stage=Stage.SHADOW)
    earning.reviewed(house, row, 30, basis=Basis.SHADOW)
    earning.ratified(house, row)
    entry = _entry(house, row)
    assert entry.slice.stage == Stage.ASSISTED
    assert "usefulness gate was passed" in entry.why
    assert entry.approvers == ("Adam", "Olga")


def test_what_was_taken_back_says_so(house: factories.House) -> None:
    row = earning.supervised(house)
    later = house.now + timedelta(hours=2)
    move_stage(slice_id=row.pk, to=Stage.ASSISTED, by=house.adam, reason="A complaint.", now=later)
    assert "A complaint." in _entry(house, row).why


def test_how_much_was_at_stake_is_of_the_latest_proposals(house: factories.House) -> None:
    for amount, affected in (("129.90", 3), ("1200.50", None), ("7", 12)):
        impact = {"amount": amount, "currency": "EUR"} | ({"affected": affected} if affected else {})
        proposal = factories.pending(house, impact=impact)
    factories.pending(house, impact={"amount": "2000", "currency": "SEK"})
    found = at_stake([proposal.slice_id])[proposal.slice_id]
    assert found == AtStake(((Decimal(2000), "SEK"), (Decimal("1200.50"), "EUR")), 12)
    assert at_stake([]) == {}


@pytest.mark.parametrize("name", ["adam", "gina", "olga", "petra", "tina"])
def test_offices_and_whoever_the_workflow_names_read_it(house: factories.House, name: str) -> None:
    earning.a_slice(house)
    page = _text(_browser(getattr(house, name)), REGISTER)
    assert "Cancel an order · Order bot" in page
    assert "never yet" in page
    assert REGISTER in _text(_browser(getattr(house, name)), reverse("trust:slice_list"))


@pytest.mark.parametrize("name", ["alice", "charlie"])
def test_others_do_not(house: factories.House, name: str) -> None:
    row = earning.a_slice(house)
    client = _browser(getattr(house, name))
    for url in (REGISTER, CSV, reverse("assurance:slice_review", args=[row.pk])):
        assert client.get(url).status_code == 403
    assert REGISTER not in _text(client, reverse("trust:slice_list"))


def test_an_auditor_reads_all_and_a_named_person_only_their_own(house: factories.House) -> None:
    earning.a_slice(house)
    other = Workflow.objects.get(pk=house.workflow.pk)
    other.pk, other.slug, other.name = None, "other", "Other"
    other._state.adding = True
    other.business_owner = other.process_owner = other.technical_owner = other.governance_lead = house.bob
    other.save()
    kind = factories.ActionTypeFactory(workflow=other, title="Move a thing")
    hidden = earning.open_slice(action_type=kind, agent=house.agent, now=house.now)
    factories.rights.appoint(role=Role.AUDITOR, to=house.charlie, by=None, now=house.now)
    assert "Move a thing" in _text(_browser(house.charlie), REGISTER)
    assert "Move a thing" not in _text(_browser(house.olga), REGISTER)
    assert _browser(house.olga).get(reverse("assurance:slice_review", args=[hidden.pk])).status_code == 404
    assert "Cancel an order" not in _text(_browser(house.bob), REGISTER)


def test_it_is_narrowed_to_a_workflow_a_stage_and_what_is_overdue(house: factories.House) -> None:
    row = earning.a_slice(house)
    client = _browser(house.gina)
    assert "Cancel an order" in _text(client, f"{REGISTER}?workflow=orders&stage=assisted")
    assert "Cancel an order ·" not in _text(client, f"{REGISTER}?stage=supervised")
    assert "Cancel an order ·" not in _text(client, f"{REGISTER}?overdue=on")
    Slice.objects.filter(pk=row.pk).update(stage_since=house.now - timedelta(days=800))
    assert "overdue" in _text(client, f"{REGISTER}?overdue=on")
    assert "Cancel an order ·" in _text(client, f"{REGISTER}?overdue=on")
    # What is no choice asks for everything.
    assert "Cancel an order ·" in _text(client, f"{REGISTER}?workflow=nowhere&page=x")


def test_a_review_is_kept_from_its_page(house: factories.House) -> None:
    row = earning.a_slice(house)
    url = reverse("assurance:slice_review", args=[row.pk])
    next_on = (timezone.localdate() + timedelta(days=30)).isoformat()
    client = _browser(house.gina)
    assert client.get(url).status_code == 200
    assert client.post(url, {"note": "ok", "next_on": next_on}).status_code == 422
    said = {"note": "Looked at the last twenty audits.", "next_on": next_on}
    assert client.post(url, {**said, "next_on": "2199-01-01"}).status_code == 422
    assert client.post(url, said).status_code == 302
    assert SliceReview.objects.get().by == house.gina
    assert "Looked at the last twenty audits." in _text(client, url)
    assert "last by Gina" in _text(client, REGISTER)
    assert "Only governance or an admin reviews" in _text(_browser(house.olga), url)
    assert _browser(house.olga).post(url, said).status_code == 403


def test_the_file_has_every_slice_and_no_formula(house: factories.House) -> None:
    earning.supervised(house)
    _many(house, 3)
    house.agent.name = "=cmd()"
    house.agent.save()
    answer = _browser(house.gina).get(CSV)
    rows = list(csv.DictReader(StringIO(b"".join(answer).decode())))
    assert len(rows) == 4
    supervised = next(row for row in rows if row["stage"] == "supervised")
    assert supervised["agent"] == "'=cmd()"
    assert supervised["approvers"] == "Adam; Olga"
    assert (supervised["reversibility"], supervised["precedents"], supervised["overdue"]) == (
        "compensable",
        "200",
        "no",
    )


def test_pages_follow_each_other_and_every_slice_is_on_one(house: factories.House) -> None:
    _many(house, PAGE + 5)
    rows = wanted_slices(Workflow.objects.all(), Wanted(), now=house.now)
    first, is_more = page_of(rows, 1, now=house.now)
    second, ends = page_of(rows, 2, now=house.now)
    assert (len(first), is_more, len(second), ends) == (PAGE, True, 5, False)
    shown = [entry.slice.pk for entry in (*first, *second)]
    assert shown == [entry.slice.pk for entry in every_entry(rows, now=house.now)]
    assert len(set(shown)) == PAGE + 5
    client = _browser(house.gina)
    assert "page=2" in client.get(REGISTER).text
    assert "page=1" in client.get(f"{REGISTER}?page=2").text


def test_as_many_statements_for_many_slices_as_for_one(
    house: factories.House, django_assert_max_num_queries: Any
) -> None:
    earning.supervised(house)
    rows = wanted_slices(Workflow.objects.all(), Wanted(), now=house.now)
    with django_assert_max_num_queries(8) as few:
        page_of(rows, 1, now=house.now)
    _many(house, PAGE + 5)
    with django_assert_max_num_queries(8) as many:
        entries, _more = page_of(rows, 1, now=house.now)
    assert len(entries) == PAGE
    assert len(many) <= len(few)
    client = _browser(house.gina)
    with django_assert_max_num_queries(30):
        assert client.get(REGISTER).status_code == 200


def test_what_is_at_stake_is_as_it_was_assessed_by_its_size(house: factories.House) -> None:
    properties = factories.CANCEL_SCHEMA["properties"]
    refund = {**properties["refund"], "x-reviewhub-amount": True}
    house.cancel_order.args_schema = {
        **factories.CANCEL_SCHEMA,
        "properties": {**properties, "refund": refund},
    }
    house.cancel_order.amount_currency = "EUR"
    house.cancel_order.save()
    proposal = factories.pending(house, impact={"amount": "-5000", "currency": "SEK"})
    args = {"order_id": "#W1", "reason": "no longer needed", "refund": 700}
    factories.pending(
        house, action={"name": "cancel_order", "args": args}, impact={"amount": "1", "currency": "EUR"}
    )
    found = at_stake([proposal.slice_id])[proposal.slice_id]
    assert found.amounts == ((Decimal(5000), "SEK"), (Decimal(700), "EUR"))


def test_a_pause_is_no_proof_that_one_can_go_back(house: factories.House) -> None:
    standing = earning.standing(earning.supervised(house))
    moved(standing, Move.PAUSED, before=standing.earned, now=house.now, by=None)
    fact = facts_of(house.workflow, now=house.now)[ReadyItem.ROLLBACK]
    assert fact.text == "No slice of it has gone down yet."
