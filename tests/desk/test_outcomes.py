"""People report what became true later: who may, what it does to the alarm and the ledger, and where it is read."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from apps.delivery.models import Notification
from apps.proposals.actions import report_outcome
from apps.proposals.models import Outcome, Proposal
from apps.proposals.states import Status, Verdict
from apps.registry.states import Consequence, Reversibility
from apps.trust.models import LedgerEntry, Slice
from apps.trust.recomputing import differences
from tests import factories
from tests.trust import earning


@pytest.fixture
def done(house: factories.House) -> Proposal:
    """Approved by Alice and carried out."""
    proposal = factories.settled(house)
    factories.executed(proposal, house)
    return proposal


def _browser(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def _body(**changes: str) -> dict[str, str]:
    body = {
        "key": str(uuid4()),
        "verdict": "wrong",
        "severity": "high",
        "source": "complaint 41",
        "occurred_at": timezone.localtime(timezone.now()).strftime("%Y-%m-%dT%H:%M"),
        "detail": "The customer wanted it.",
    }
    return body | changes


def _report(person: Any, proposal: Proposal, **changes: str) -> Any:
    return _browser(person).post(f"/proposals/{proposal.pk}/outcome/", _body(**changes), follow=True)


@pytest.mark.parametrize("person", ["olga", "petra", "gina"])
def test_those_who_answer_for_the_work_report_an_outcome(
    house: factories.House, done: Proposal, person: str
) -> None:
    page = _browser(getattr(house, person)).get(f"/proposals/{done.pk}/").text
    assert "Report an outcome" in page
    told = _report(getattr(house, person), done).text
    assert "Reported." in told
    assert "complaint 41" in told
    made = Outcome.objects.get()
    assert (made.verdict, made.severity, made.by) == ("wrong", "high", getattr(house, person))
    entry = LedgerEntry.objects.get(source_kind="outcome")
    assert (entry.wrong, entry.is_counted, entry.not_counted_because) == (True, False, "outcome_only")


def test_a_grave_one_is_told_to_everybody_accountable_though_nothing_runs(
    house: factories.House, done: Proposal
) -> None:
    _report(house.olga, done, verdict="correct")
    _report(house.olga, done, severity="moderate")
    assert not Notification.objects.filter(kind="outcome").exists()
    _report(house.olga, done, severity="critical")
    told = Notification.objects.filter(kind="outcome")
    assert {note.person for note in told} == {house.petra, house.tina, house.gina}
    _report(house.olga, done, severity="high", source="complaint 42")
    assert told.filter(read_at__isnull=True).count() == 3
    for note in told:
        assert _browser(note.person).get(note.link).status_code == 200


@pytest.mark.parametrize("person", ["alice", "tina", "adam", "charlie"])
def test_others_neither_see_the_button_nor_report(
    house: factories.House, done: Proposal, person: str
) -> None:
    browser = _browser(getattr(house, person))
    assert "Report an outcome" not in browser.get(f"/proposals/{done.pk}/").text
    assert browser.get(f"/proposals/{done.pk}/outcome/").status_code == 403
    assert browser.post(f"/proposals/{done.pk}/outcome/", _body()).status_code == 403
    assert not Outcome.objects.exists()


@pytest.mark.parametrize("status", [Status.PENDING, Status.RECORDED, Status.DENIED, Status.CANCELLED])
def test_what_was_not_approved_turns_out_neither_right_nor_wrong(
    house: factories.House, status: Status
) -> None:
    answer = _report(house.olga, factories.proposal_at(house, status))
    assert answer.status_code == 403
    assert not Outcome.objects.exists()


def test_a_grave_report_about_what_was_never_carried_out_tells_nobody(house: factories.House) -> None:
    report_outcome(
        proposal_id=factories.pending(house).pk,
        verdict=Verdict.WRONG,
        severity="critical",
        source="a test",
        occurred_at=house.now,
        by=house.agent,
        now=house.now,
    )
    assert not Notification.objects.filter(kind="outcome").exists()


def test_a_form_of_another_proposal_is_refused(house: factories.House, done: Proposal) -> None:
    other = factories.settled(house)
    key = str(uuid4())
    _report(house.olga, done, key=key)
    assert "belongs to another proposal" in _report(house.olga, other, key=key).text
    assert Outcome.objects.get().proposal == done


def test_pressing_twice_is_one_report(house: factories.House, done: Proposal) -> None:
    key = str(uuid4())
    _report(house.olga, done, key=key)
    _report(house.olga, done, key=key)
    assert Outcome.objects.count() == LedgerEntry.objects.filter(source_kind="outcome").count() == 1


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"verdict": ""}, "This field is required."),
        ({"source": " "}, "This field is required."),
        ({"occurred_at": "2199-01-01T10:00"}, "This is in the future"),
        ({"occurred_at": "1999-01-01T10:00"}, "This is before the action was proposed."),
        ({"severity": "terrible"}, "Select a valid choice"),
    ],
)
def test_what_says_nothing_is_answered_at_its_field(
    house: factories.House, done: Proposal, changes: dict[str, str], told: str
) -> None:
    answer = _report(house.olga, done, **changes)
    assert answer.status_code == 422
    assert told in answer.text
    assert not Outcome.objects.exists()


def test_a_correction_is_a_new_entry_and_the_old_one_says_so(house: factories.House, done: Proposal) -> None:
    _report(house.olga, done)
    first = Outcome.objects.get()
    form = _browser(house.olga).get(f"/proposals/{done.pk}/outcome/?corrects={first.pk}").text
    assert "You correct: wrong, says complaint 41." in form
    page = _report(house.olga, done, verdict="correct", corrects=str(first.pk)).text
    assert "corrected by a later report" in page
    entries = LedgerEntry.objects.filter(source_kind="outcome").order_by("pk")
    assert list(entries.values_list("wrong", flat=True)) == [True, False]
    again = _report(house.olga, done, verdict="correct", corrects=str(first.pk))
    assert "somebody corrected it before" in again.text


def test_a_correction_that_says_the_same_is_refused(house: factories.House, done: Proposal) -> None:
    _report(house.olga, done)
    answer = _report(house.olga, done, corrects=str(Outcome.objects.get().pk))
    assert (answer.status_code, "A correction says the opposite" in answer.text) == (422, True)
    assert Outcome.objects.count() == 1


@pytest.fixture
def acted(house: factories.House, monkeypatch: Any) -> Callable[[], Proposal]:
    """Something the agent did by itself, above what its slice has earned."""
    monkeypatch.setattr("apps.intake.placing.toss", lambda slice_id, proposal_id: 0.99)
    house.cancel_order.consequence = Consequence.LOW
    house.cancel_order.reversibility = Reversibility.REVERSIBLE
    house.cancel_order.save()
    earning.supervised(house)
    factories.pending(house, confidence=0.99, subject=None, impact=None)

    def act() -> Proposal:
        found = factories.pending(house, confidence=0.99, subject=None)
        assert found.status == Status.APPROVED
        return found

    return act


def test_a_wrong_one_pauses_what_runs_and_taking_it_back_does_not_resume_it(
    house: factories.House, acted: Callable[[], Proposal]
) -> None:
    proposal = acted()
    row = Slice.objects.get(pk=proposal.slice_id)
    before = earning.standing(row)
    _report(house.olga, proposal)
    after = earning.standing(row)
    assert after.earned.is_paused
    assert (after.n, after.k, after.audited) == (before.n, before.k, before.audited)
    first = Outcome.objects.get()
    _report(house.olga, proposal, verdict="correct", corrects=str(first.pk))
    assert earning.standing(row).earned == after.earned
    assert list(differences()) == []


def test_the_slice_lists_what_became_true_with_its_stories(
    house: factories.House, acted: Callable[[], Proposal]
) -> None:
    proposal = acted()
    _report(house.olga, proposal)
    url = f"/slices/{proposal.slice_id}/"
    page = " ".join(_browser(house.olga).get(url).text.split())
    assert "complaint 41" in page
    assert f"/proposals/{proposal.pk}/" in page
    assert "rose" in page
    full = " ".join(_browser(house.olga).get(f"{url}outcomes/").text.split())
    for words in ("severity high", "The customer wanted it.", "reported by Olga", "raised the alarm"):
        assert words in full
    assert _browser(house.charlie).get(f"{url}outcomes/").status_code == 403


def test_the_list_turns_its_pages(house: factories.House, done: Proposal) -> None:
    for number in range(22):
        _report(house.olga, done, source=f"report {number:02}", verdict="correct")
    url = f"/slices/{done.slice_id}/outcomes/"
    first = _browser(house.olga).get(url)
    assert "report 21" in first.text
    assert "report 01" not in first.text
    second = _browser(house.olga).get(url, {"before": first.context["page"].older})
    assert "report 01" in second.text
    assert "report 21" not in second.text


def test_an_agent_reports_at_any_time_and_is_named_as_the_one(house: factories.House, done: Proposal) -> None:
    report_outcome(
        proposal_id=done.pk,
        verdict=Verdict.CORRECT,
        severity="low",
        source="follow-up",
        occurred_at=house.now,
        by=house.agent,
        now=house.now + timedelta(days=1),
    )
    page = " ".join(_browser(house.olga).get(f"/proposals/{done.pk}/outcome/").text.split())
    assert "reported by the agent" in page
