"""The pages of privacy, and every page there is once a proposal on it was erased."""

import json
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from apps.accounts import rights
from apps.accounts.models import User
from apps.accounts.roles import Role
from apps.delivery.models import Notification
from apps.intake import endings
from apps.intake.actions import submit
from apps.intake.models import IdempotencyKey
from apps.intake.requests import Accepted
from apps.outcomes import own_events
from apps.outcomes.models import EventLog
from apps.privacy import certifying, ordering, running
from apps.privacy.models import Erasure
from apps.proposals.models import Proposal
from apps.proposals.states import ERASED, Status
from apps.reviews.models import GoldCase
from apps.routing.states import Verb
from tests import factories
from tests.api.conftest import AgentClient, make_key
from tests.factories import House
from tests.privacy.conftest import (
    NAME,
    SUBJECT,
    asked_for,
    body,
    decided,
    erased,
    looked_at,
    moment,
    told_everywhere,
)

LIST = reverse("privacy:erasure_list")
# What goes on for ever, ends the session, or is no page.
_NO_PAGE = ("live", "wait", "account_", "mfa_", "healthz", "metrics", "api")


@pytest.fixture(autouse=True)
def _clock(house: House) -> Iterator[None]:
    with time_machine.travel(moment(house), tick=True):
        yield


def browser(person: User) -> Client:
    client = Client()
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def page(person: User, url: str) -> str:
    return " ".join(browser(person).get(url).text.split())


def read(erasure: Erasure, view: str = "erasure_read") -> str:
    return reverse(f"privacy:{view}", args=[erasure.pk])


def filled(house: House, **changes: Any) -> dict[str, Any]:
    return {
        "workflow": house.workflow.pk,
        "subject_kind": "customer",
        "subject_id": SUBJECT,
        "further": "",
        "reason": "Ticket 4711.",
    } | changes


def test_from_the_request_to_the_certificate(house: House) -> None:
    proposal = told_everywhere(house)
    admin, second = browser(house.adam), browser(house.gina)
    answer = admin.post(LIST, filled(house), follow=True)
    erasure = Erasure.objects.get()
    assert answer.redirect_chain == [(read(erasure), 302)]
    assert SUBJECT in answer.text
    assert "another person has to confirm it" in answer.text
    assert read(erasure, "erasure_confirm") in second.get(read(erasure)).text
    answer = second.post(read(erasure, "erasure_confirm"), follow=True)
    assert "It waits for a worker" in answer.text
    assert admin.get(read(erasure, "erasure_progress")).status_code == 200
    running.run_next()
    assert admin.get(read(erasure, "erasure_progress"))["HX-Refresh"] == "true"
    shown = page(house.adam, read(erasure))
    assert SUBJECT not in shown
    assert str(proposal.pk) in shown
    paper = page(house.adam, read(erasure, "certificate_read"))
    for words in ("Digest and signature hold.", "Adam", "Gina", str(proposal.pk), "What stays"):
        assert words in paper
    file = admin.get(read(erasure, "certificate_download"))
    assert certifying.check(json.loads(file.content)).holds
    assert "attachment" in file["Content-Disposition"]


def test_what_is_wrong_comes_back_with_what_was_typed(house: House) -> None:
    waiting = factories.pending(house, moment(house), **body())
    client = browser(house.adam)
    answer = client.post(LIST, filled(house))
    assert answer.status_code == 422
    assert str(waiting.pk) in answer.text
    assert "Ticket 4711." in answer.text
    for wrong in ({"subject_id": ""}, {"reason": " "}, {"further": "x"}, {"workflow": "0"}):
        assert client.post(LIST, filled(house, **wrong)).status_code == 422
    assert not Erasure.objects.exists()


def test_what_came_in_before_the_second_person_looked_stops_it(house: House) -> None:
    decided(house)
    erasure = asked_for(house)
    assert Notification.objects.get(kind="privacy").person == house.gina
    factories.pending(house, moment(house), **body())
    answer = browser(house.gina).post(read(erasure, "erasure_confirm"), follow=True)
    assert "Still open about this subject" in answer.text
    erasure.refresh_from_db()
    assert erasure.status == "ordered"


def test_declining_wants_a_reason_and_one_that_broke_off_is_gone_on_with(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    decided(house)
    erasure = asked_for(house)
    client = browser(house.gina)
    assert client.post(read(erasure, "erasure_decline"), {"reason": ""}).status_code == 422
    answer = client.post(read(erasure, "erasure_decline"), {"reason": "A mistake."}, follow=True)
    assert "Gina declined it" in answer.text
    erasure = asked_for(house)
    ordering.confirm(erasure_id=erasure.pk, by=house.gina, now=moment(house))
    with monkeypatch.context() as patched:
        patched.setattr(running, "erase", lambda **_given: 1 / 0)
        running.run_next()
    assert "It broke off: ZeroDivisionError." in page(house.gina, read(erasure))
    client.post(read(erasure, "erasure_retry"))
    running.run_next()
    erasure.refresh_from_db()
    assert erasure.status == "done"


def test_one_that_broke_off_is_declined_on_its_page_and_what_went_stays_gone(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    decided(house)
    decided(house)
    erasure = asked_for(house)
    ordering.confirm(erasure_id=erasure.pk, by=house.gina, now=moment(house))
    assert "Decline it" not in page(house.gina, read(erasure))
    real, calls = running.erase, []

    def broken_at_the_second(**given: Any) -> Any:
        calls.append(given)
        return real(**given) if len(calls) == 1 else 1 / 0

    monkeypatch.setattr(running, "erase", broken_at_the_second)
    running.run_next(clock=lambda: moment(house))
    shown = page(house.gina, read(erasure))
    assert "Decline it" in shown
    assert "What was erased stays erased" in shown
    client = browser(house.gina)
    assert client.post(read(erasure, "erasure_decline"), {"reason": ""}).status_code == 422
    answer = client.post(read(erasure, "erasure_decline"), {"reason": "Asked again."}, follow=True)
    assert "It is declined: what was erased stays erased." in answer.text
    assert "Rows that were erased" in answer.text
    assert SUBJECT not in answer.text


@pytest.mark.parametrize("who", ["alice", "olga", "petra", "charlie"])
def test_who_reads_nothing_here(house: House, who: str) -> None:
    decided(house)
    done = erased(house)
    client = browser(getattr(house, who))
    views = ("erasure_read", "erasure_progress", "certificate_read", "certificate_download")
    for url in (LIST, reverse("privacy:retention_list"), *(read(done, view) for view in views)):
        assert client.get(url).status_code == 403
    for view in ("erasure_confirm", "erasure_decline", "erasure_retry"):
        assert client.post(read(done, view), {"reason": "x"}).status_code == 403
    assert client.post(LIST, filled(house)).status_code == 403


def test_an_auditor_reads_and_changes_nothing(house: House) -> None:
    rights.appoint(role=Role.AUDITOR, to=house.charlie, by=None, now=house.now)
    decided(house)
    erasure = asked_for(house)
    client = browser(house.charlie)
    shown = client.get(LIST).text
    assert "Only an admin, or the governance lead" in shown
    assert client.get(read(erasure)).status_code == 200
    for view in ("erasure_confirm", "erasure_decline"):
        assert client.post(read(erasure, view), {"reason": "x"}).status_code == 403
    assert client.post(LIST, filled(house)).status_code == 403
    edit = reverse("privacy:retention_edit", args=[house.workflow.slug])
    assert edit not in client.get(reverse("privacy:retention_list")).text
    assert client.get(edit).status_code == 403


def test_a_governance_lead_sees_their_own_workflows_only(house: House) -> None:
    house.workflow.governance_lead = house.petra
    house.workflow.save()
    for subject_id in ("a", "b"):
        decided(house, subject={"kind": "customer", "id": subject_id})
    asked_for(house, subject_id="a", workflow=None)
    mine = asked_for(house, subject_id="b", by=house.petra)
    other = Erasure.objects.get(workflow=None)
    shown = page(house.petra, LIST)
    assert read(mine) in shown
    assert read(other) not in shown
    assert browser(house.petra).get(read(other)).status_code == 403
    assert browser(house.petra).get(read(other, "erasure_progress")).status_code == 403
    assert "All workflows" not in shown


def values_of(house: House, proposal: Proposal, erasure: Erasure) -> dict[str, list[Any]]:
    """What addresses of pages may need, about an erased proposal; each way to fill it."""
    task = proposal.task
    log = EventLog.objects.get(is_live=True)
    return {
        "proposal_id": [proposal.pk],
        "task_id": [task.pk],
        "slice_id": [proposal.slice_id],
        "erasure_id": [erasure.pk],
        "case_id": [GoldCase.objects.get().pk],
        "log_id": [log.pk],
        "run_id": [task.escalations.get().pk],
        "slug": [house.workflow.slug, task.queue.slug, house.agent.slug],
        "short": [house.alice.short],
        "scope": ["default", house.workflow.slug],
        "fingerprint": [proposal.agent_version.fingerprint],
        "key": ["approved_and_failed"],
    }


def patterns(resolver: Any, space: str = "") -> Iterator[tuple[str, set[str]]]:
    """(view name, names of what its address needs) of every page."""
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            yield from patterns(one, f"{space}{one.namespace}:" if one.namespace else space)
        elif isinstance(one, URLPattern) and one.name:
            yield f"{space}{one.name}", set(one.pattern.converters)


@pytest.mark.parametrize("who", ["adam", "alice"])
def test_every_page_that_can_be_asked_for_still_answers(house: House, who: str) -> None:
    proposal = told_everywhere(house)
    erasure = erased(house)
    own_events.tell_own_events(now=moment(house))
    values = values_of(house, proposal, erasure)
    client = browser(getattr(house, who))
    asked = set()
    for name, needs in patterns(get_resolver()):
        if not needs <= values.keys() or any(word in name for word in _NO_PAGE):
            continue
        for given in product(*(values[need] for need in sorted(needs))):
            url = reverse(name, kwargs=dict(zip(sorted(needs), given, strict=True)))
            answer = client.get(url)
            assert answer.status_code < 500, url
            if answer.status_code == 200 and not answer.streaming:
                assert NAME not in answer.text, url
                asked.add(name)
    assert {"desk:proposal_detail", "desk:proposal_print", "desk:task_detail"} <= asked
    assert len(asked) > 30


@pytest.mark.parametrize("status", [status for status in Status if status != Status.PENDING])
def test_a_story_of_any_ending_is_told_without_its_contents(house: House, status: Status) -> None:
    proposal = factories.proposal_at(house, status)
    if status == Status.DENIED:
        looked_at(house, Verb.REJECT)
    done = erased(house, subject_kind="order", subject_id="#W1", workflow=None)
    assert done.done == 1
    for view in ("desk:proposal_detail", "desk:proposal_print", "audit:proposal_story"):
        shown = page(house.adam, reverse(view, args=[proposal.pk]))
        assert "#W1" not in shown
        assert view.startswith("audit") or ERASED in shown
    assert "Its contents were erased" in page(house.adam, reverse("desk:proposal_detail", args=[proposal.pk]))
    assert ERASED in page(house.adam, reverse("desk:proposal_list"))


def test_the_agent_reads_that_it_was_erased(house: House) -> None:
    proposal = decided(house, verb=Verb.APPROVE)
    erased(house)
    _row, token = make_key(house.agent)
    agent = AgentClient(token)
    answer = agent.get(f"/proposals/{proposal.pk}")
    told = answer.json()
    assert answer.status_code == 200
    assert told["status"] == "approved"
    assert told["erased_at"] is not None
    assert (told["action"]["args"], told["reasons"], told["decision"]["message"]) == ({}, [], "")
    listed = agent.get("/proposals").json()
    assert [one["erased_at"] is not None for one in listed["items"]] == [True]


def test_the_same_request_again_is_answered_with_what_is_left(house: House) -> None:
    sent = factories.submission(factories.proposal_body(**body()), key="the-same")
    (first,) = submit(agent=house.agent, submissions=[sent], now=house.now)
    assert isinstance(first, Accepted)
    endings.withdraw(proposal_id=first.resource["id"], by=house.agent, reason=NAME, now=house.now)
    erased(house)
    (again,) = submit(agent=house.agent, submissions=[sent], now=moment(house))
    assert not isinstance(again, Accepted)
    assert Proposal.objects.count() == 1
    assert NAME not in str(IdempotencyKey.objects.get().body)
