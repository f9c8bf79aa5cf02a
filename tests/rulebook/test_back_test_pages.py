"""The pages of back-tests: who may, what they show, wrong numbers, and what is kept from a reader."""

from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts import rights
from apps.accounts.roles import Role
from apps.intake.examining import open_ordered
from apps.proposals.examining import order
from apps.proposals.states import Purpose
from apps.registry.marks import with_sensitive
from apps.registry.models import ActionType
from apps.reviews.gold import keep_confirmed
from apps.reviews.models import GoldReading
from apps.routing.models import PolicyVersion
from apps.routing.states import Verb
from apps.rulebook import running
from apps.rulebook.models import BackTest, PolicyDraft
from apps.rulebook.states import Kind
from apps.rulebook.tasks import run_back_tests
from tests import factories
from tests.factories import House
from tests.rulebook.drafts import draft_of, ordered, rule, tried, with_rules

pytestmark = pytest.mark.django_db
LARGE = rule("large-refunds", "impact.amount > 100", queue="senior", second_approver=True)


def browser(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def flat(answer: Any) -> str:
    return " ".join(answer.text.split())


def a_draft(house: House) -> PolicyDraft:
    return draft_of(house, with_rules(LARGE), workflow=house.workflow)


def addresses(test: BackTest) -> list[str]:
    return [
        reverse("back_tests:back_test_list", args=[test.draft_id]),
        reverse("back_tests:back_test_read", args=[test.pk]),
        reverse("back_tests:back_test_progress", args=[test.pk]),
        reverse("back_tests:back_test_cases", args=[test.pk, Kind.MOVED.value]),
    ]


@pytest.mark.parametrize(
    "when",
    ["args.order_id == '#W1'", "args['order_id'] == '#W1'", "subject.id == '#W1'", "impact.amount > 1"],
)
def test_a_list_of_cases_does_not_tell_of_what_is_hidden_from_its_reader(house: House, when: str) -> None:
    schema = with_sensitive(house.cancel_order.args_schema, ["order_id"])
    ActionType.objects.filter(pk=house.cancel_order.pk).update(args_schema=schema)
    proposal = factories.pending(house)
    test = ordered(
        house, draft_of(house, with_rules(rule("asks", when, queue="senior")), workflow=house.workflow)
    )
    run_back_tests()
    url = reverse("back_tests:back_test_cases", args=[test.pk, Kind.MOVED.value])
    assert str(proposal.pk) not in browser(house.adam).get(url).text
    rights.give(role=Role.PRIVACY_READER, to=house.adam, on=house.workflow, by=None, now=house.now)
    assert str(proposal.pk) in browser(house.adam).get(url).text


def test_from_an_order_to_its_cases(house: House) -> None:
    proposal = factories.pending(house)
    draft = a_draft(house)
    adam = browser(house.adam)
    url = reverse("back_tests:back_test_list", args=[draft.pk])
    assert "It was not tried yet" in adam.get(url).text
    against = PolicyVersion.objects.get()
    page = adam.post(url, {"last": "100", "against": against.pk}, follow=True)
    assert "It waits for a worker" in page.text
    assert "Call it off" in page.text
    test = BackTest.objects.get()
    assert "It waits" in adam.get(addresses(test)[2]).text
    assert run_back_tests() == 1
    assert adam.get(addresses(test)[2]).headers["HX-Refresh"] == "true"
    page = flat(adam.get(addresses(test)[1]))
    assert "The draft for Orders beside default v1" in page
    assert "Goes to another queue" in page
    assert "Needs more people" in page
    assert "not enough decided in this queue to tell" in page
    assert "The hours as a table" in page
    assert "the draft as it is" in flat(adam.get(url))
    cases = flat(adam.get(addresses(test)[3]))
    assert reverse("desk:proposal_detail", args=[proposal.pk]) in cases
    assert "queue Standard, 1 person" in cases
    assert "queue Senior, 2 people" in cases
    assert "Rule “Large refunds” holds" in cases


def test_wrong_numbers_are_told_at_their_field(house: House) -> None:
    draft = a_draft(house)
    url = reverse("back_tests:back_test_list", args=[draft.pk])
    adam = browser(house.adam)
    for last, said in (
        ("99", "greater than or equal to 100"),
        ("1000001", "less than or equal"),
        ("x", "whole number"),
    ):
        page = adam.post(url, {"last": last, "against": 1})
        assert (page.status_code, said in page.text) == (422, True)
    assert adam.post(url, {"last": "100", "against": "999999"}).status_code == 422
    assert not BackTest.objects.exists()
    ordered(house, draft)
    versions = BackTest.objects.get().against_id
    again = adam.post(url, {"last": "100", "against": versions})
    assert (again.status_code, "being tried already" in again.text) == (422, True)


def test_a_running_one_says_how_far_it_is_and_is_called_off(house: House) -> None:
    test = ordered(house, a_draft(house))
    BackTest.objects.filter(pk=test.pk).update(
        status="running", begun_at=house.now, beat_at=house.now, found=2000, done=500, attempts=2
    )
    adam = browser(house.adam)
    page = flat(adam.get(addresses(test)[1]))
    assert "500 of 2,000 proposals answered." in page
    assert "25 percent" in page
    assert "begun anew" in page
    assert adam.get(addresses(test)[3]).status_code == 404
    cancel = reverse("back_tests:back_test_cancel", args=[test.pk])
    assert adam.get(cancel).status_code == 405
    assert "It was called off after 500 proposals." in flat(adam.post(cancel, follow=True))
    assert "has ended already" in flat(adam.post(cancel, follow=True))


def test_a_failed_one_and_a_changed_draft_are_said(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    test = ordered(house, a_draft(house))
    monkeypatch.setattr(running, "workflows_under", lambda draft: 1 // 0)
    run_back_tests()
    PolicyDraft.objects.filter(pk=test.draft_id).update(digest="0" * 64)
    page = flat(browser(house.adam).get(addresses(test)[1]))
    assert "It broke off: ZeroDivisionError" in page
    assert "The draft was changed since" in page
    assert "an earlier state of it" in flat(browser(house.adam).get(addresses(test)[0]))


@pytest.mark.parametrize("person", ["alice", "charlie", "olga", "tina"])
def test_others_read_and_order_nothing(house: House, person: str) -> None:
    factories.pending(house)
    test = tried(house, with_rules(LARGE))
    client = browser(getattr(house, person))
    for url in addresses(test):
        assert client.get(url).status_code == 403
    assert client.post(addresses(test)[0], {"last": "100", "against": test.against_id}).status_code == 403
    assert client.post(reverse("back_tests:back_test_cancel", args=[test.pk])).status_code == 403
    assert Client().get(addresses(test)[1]).status_code == 302


def test_auditors_and_governance_read_and_order_nothing(house: House) -> None:
    factories.pending(house)
    test = tried(house, with_rules(LARGE))
    waiting = ordered(house, test.draft)
    rights.appoint(role=Role.AUDITOR, to=house.charlie, by=None, now=house.now)
    for person in (house.charlie, house.gina):
        client = browser(person)
        for url in addresses(test):
            assert client.get(url).status_code in (200, 204)
        assert "Only an admin may write a policy." in flat(client.get(addresses(test)[0]))
        assert "Call it off" not in flat(client.get(addresses(waiting)[1]))
        assert client.post(addresses(test)[0], {"last": "100", "against": test.against_id}).status_code == 403
        assert client.post(reverse("back_tests:back_test_cancel", args=[waiting.pk])).status_code == 403
    assert BackTest.objects.filter(status="waiting").count() == 1


def test_addresses_that_name_nothing(house: House) -> None:
    factories.pending(house)
    test = tried(house, with_rules(LARGE))
    adam = browser(house.adam)
    cases = addresses(test)[3]
    for url in (
        reverse("back_tests:back_test_read", args=[test.pk + 1]),
        reverse("back_tests:back_test_read", args=[10**30]),
        reverse("back_tests:back_test_list", args=[test.draft_id + 1]),
        reverse("back_tests:back_test_cases", args=[test.pk, "nothing"]),
        f"{cases}?before=x",
    ):
        assert adam.get(url).status_code == 404, url
    assert "no further case" in flat(adam.get(f"{cases}?before={UUID(int=0)}"))


def test_cases_go_on_by_pages(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.rulebook.case_queries._PAGE", 2)
    found = [factories.pending(house, subject={"kind": "order", "id": f"#A{n}"}) for n in range(3)]
    test = tried(house, with_rules(LARGE))
    adam = browser(house.adam)
    first = adam.get(addresses(test)[3])
    assert "#A2" in first.text
    assert "#A0" not in first.text
    second = adam.get(f"{addresses(test)[3]}?before={found[1].pk}")
    assert "#A0" in second.text
    assert "Newest" in second.text
    assert "Older" not in second.text


def test_what_is_looked_at_as_if_it_were_new_is_kept_from_whoever_may_get_it(house: House) -> None:
    proposal = factories.settled(house)
    test = tried(house, with_rules(LARGE))
    order(original=proposal, purpose=Purpose.AGREEMENT, excluded=[house.alice.pk], now=house.now)
    open_ordered(now=house.now)
    address = str(proposal.pk)
    assert address in browser(house.adam).get(addresses(test)[3]).text
    rights.appoint(role=Role.AUDITOR, to=house.bob, by=None, now=house.now)
    page = flat(browser(house.bob).get(addresses(test)[3]))
    assert address not in page
    assert "1 case is kept from you" in page


def test_a_choice_one_has_to_make_first_is_kept_back(house: House) -> None:
    factories.publish_matrix(house.now, house.workflow, blind_first=["reviews"])
    proposal = factories.pending(house)
    assert proposal.task.is_covered
    test = tried(house, with_rules(LARGE))
    rights.appoint(role=Role.AUDITOR, to=house.bob, by=None, now=house.now)
    assert str(proposal.pk) not in browser(house.bob).get(addresses(test)[3]).text
    assert str(proposal.pk) in browser(house.adam).get(addresses(test)[3]).text


def test_whoever_reads_of_a_known_case_knows_it(house: House) -> None:
    proposal = factories.settled(house, Verb.REJECT)
    keep_confirmed(proposal=proposal, overrides=proposal.task.decisions.all(), now=house.now)
    test = tried(house, with_rules(LARGE))
    page = browser(house.gina).get(addresses(test)[3])
    assert "Known to be wrong" in page.text
    assert [reading.by for reading in GoldReading.objects.all()] == [house.gina]
