"""Deciding through the page: every verb, every way it can be in vain, and that only POST does anything."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from apps.proposals.models import Proposal
from apps.registry.models import ReasonCode
from apps.reviews import claiming, returning, settling
from apps.reviews.models import Decision, Task
from apps.reviews.states import TaskStatus
from tests import factories
from tests.desk.conftest import SignIn, card_url, decision


@pytest.fixture
def task(house: factories.House) -> Task:
    """Alice's task: cancel an order."""
    return factories.claimed(factories.pending(house), house.alice, house.now)


def _url(task: Task, verb: str = "decide") -> str:
    return reverse(f"desk:task_{verb}", args=[task.pk])


def test_approving_records_the_decision_and_brings_the_next_task(
    as_alice: Client, house: factories.House, task: Task
) -> None:
    following = factories.pending(house, subject={"kind": "order", "id": "#W2"})
    answer = as_alice.post(_url(task), decision(task, "approve"))
    assert answer.url == card_url(following)
    made = Decision.objects.get(task=task)
    assert (made.verb, made.by, made.args_sha256) == ("approve", house.alice, task.proposal.args_sha256)
    page = as_alice.get(answer.url).text
    assert "You approved" in page
    assert _url(task, "undo") in page
    assert "Approve:" in page


def test_what_one_holds_already_comes_before_a_new_claim(
    as_alice: Client, house: factories.House, task: Task
) -> None:
    factories.pending(house, now=house.now - timedelta(hours=3), subject={"kind": "order", "id": "#W2"})
    held = factories.claimed(factories.pending(house), house.alice, house.now)
    answer = as_alice.post(_url(task), decision(task, "approve"))
    assert answer.url == reverse("desk:task_detail", args=[held.pk])


def test_with_nothing_left_it_goes_home_with_the_way_back(as_alice: Client, task: Task) -> None:
    answer = as_alice.post(_url(task), decision(task, "approve"), follow=True)
    assert answer.redirect_chain[-1][0] == "/"
    assert _url(task, "undo") in answer.text


def test_an_alternative_is_chosen_by_its_rank_with_a_reason(as_alice: Client, task: Task) -> None:
    as_alice.post(
        _url(task),
        decision(task, "choose_alternative", alternative_rank=1, reason_code="wrong-facts", note="see chat"),
    )
    made = Decision.objects.get(task=task)
    assert (made.verb, made.alternative_rank, made.reason_code, made.note) == (
        "choose_alternative", 1, "wrong-facts", "see chat",
    )  # fmt: skip


def test_an_override_without_a_reason_says_so_at_the_field_and_keeps_the_rest(
    as_alice: Client, task: Task
) -> None:
    answer = as_alice.post(_url(task), decision(task, "reject", note="typed with care", retry="later"))
    assert answer.status_code == 422
    assert 'id="id_reject_reason_code_error"' in answer.text
    assert "typed with care" in answer.text
    assert not Decision.objects.exists()


def test_rejecting_tells_the_agent_whether_to_try_again(
    as_alice: Client, house: factories.House, task: Task
) -> None:
    as_alice.post(
        _url(task), decision(task, "reject", reason_code="wrong-facts", note="No.", retry="after_change")
    )
    settling.settle_due(now=house.now + timedelta(minutes=1))
    resolution = Proposal.objects.get(pk=task.proposal_id).resolution
    assert (resolution.verb, resolution.retry, resolution.message) == ("reject", "after_change", "No.")


def test_an_edit_is_shown_as_a_difference_before_it_is_sent(as_alice: Client, task: Task) -> None:
    edit = decision(
        task, "edit", reason_code="wrong-facts", **{"arg-0": "#W2", "arg-1": '"ordered by mistake"'}
    )
    shown = as_alice.post(_url(task), edit)
    assert shown.status_code == 200
    assert "This would be granted instead:" in shown.text
    assert "ordered by mistake" in shown.text
    assert not Decision.objects.exists()
    other = edit | {"shown_sha256": shown.context["forms"]["edit"].edited_sha256, "arg-0": "#W3"}
    assert "#W3" in as_alice.post(_url(task), other).text
    assert not Decision.objects.exists()
    onwards = as_alice.post(_url(task), edit | {"shown_sha256": shown.context["forms"]["edit"].edited_sha256})
    assert Decision.objects.get(task=task).args == {"order_id": "#W2", "reason": "ordered by mistake"}
    assert onwards.url.endswith("#top")  # else the browser keeps #edit and opens the next card at its form


def test_an_edit_that_does_not_fit_the_schema_says_so_at_its_argument(as_alice: Client, task: Task) -> None:
    edit = decision(task, "edit", reason_code="wrong-facts", **{"arg-0": "X" * 50, "arg-2": "many"})
    answer = as_alice.post(_url(task), edit)
    assert answer.status_code == 422
    assert 'id="id_arg-2_error"' in answer.text
    assert "Write a number" in answer.text
    fixed = edit | {"arg-1": '"no longer needed"', "arg-2": "-5"}
    answer = as_alice.post(_url(task), fixed)
    assert answer.status_code == 422
    assert 'id="id_arg-0_error"' in answer.text
    assert 'id="id_arg-2_error"' in answer.text
    assert not Decision.objects.exists()


def test_an_edit_that_changes_nothing_is_not_an_edit(as_alice: Client, task: Task) -> None:
    same = decision(
        task,
        "edit",
        reason_code="wrong-facts",
        step="send",
        **{"arg-0": "#W1", "arg-1": '"no longer needed"'},
    )
    answer = as_alice.post(_url(task), same)
    assert "Nothing is changed yet." in answer.text
    answer = as_alice.post(_url(task), same | {"shown_sha256": task.proposal.args_sha256})
    assert answer.status_code == 422
    assert "Nothing was changed." in answer.text


def _dangerous(house: factories.House) -> Task:
    proposal = factories.two_person(house, subject={"kind": "customer", "id": "C-2041"})
    return factories.claimed(proposal, house.alice, house.now)


@pytest.mark.parametrize("typed", ["", "C-2042", "yes"])
def test_something_irreversible_needs_its_subject_typed(
    as_alice: Client, house: factories.House, typed: str
) -> None:
    task = _dangerous(house)
    page = as_alice.get(card_url(task.proposal)).text
    assert "Type C-2041 to confirm" in page
    assert '<button class="button button-primary" data-key="a"' not in page
    answer = as_alice.post(_url(task), decision(task, "approve", typed=typed))
    assert answer.status_code == 422
    assert not Decision.objects.exists()


def test_an_edit_of_something_irreversible_asks_for_the_word_with_the_difference(
    as_alice: Client, house: factories.House
) -> None:
    task = _dangerous(house)
    edit = decision(
        task, "edit", reason_code="wrong-facts", **{"arg-0": "#W8", "arg-1": '"ordered by mistake"'}
    )
    shown = as_alice.post(_url(task), edit)
    assert shown.status_code == 200
    assert 'id="id_edit_typed"' in shown.text
    sent = edit | {"shown_sha256": shown.context["forms"]["edit"].edited_sha256}
    refused = as_alice.post(_url(task), sent)
    assert refused.status_code == 422
    assert "This would be granted instead:" in refused.text
    assert not Decision.objects.exists()
    as_alice.post(_url(task), sent | {"typed": "C-2041"})
    assert Decision.objects.get(task=task).args == {"order_id": "#W8", "reason": "ordered by mistake"}


def test_the_typed_subject_lets_it_through_and_a_rejection_needs_none(
    as_alice: Client, house: factories.House, as_bob: Client
) -> None:
    task = _dangerous(house)
    as_alice.post(_url(task), decision(task, "approve", typed=" c-2041 "))
    assert Decision.objects.get(task=task).verb == "approve"
    settling.settle_due(now=house.now + timedelta(minutes=1))
    second = factories.claimed(task.proposal, house.bob, house.now)
    as_bob.post(_url(second), decision(second, "reject", reason_code="wrong-facts", retry="never"))
    assert Decision.objects.filter(task=task, verb="reject", was_blind=True).exists()


def test_to_do_nothing_instead_of_something_irreversible_needs_no_word(
    as_alice: Client, house: factories.House
) -> None:
    task = _dangerous(house)
    assert "Choose this: nothing is done" in as_alice.get(card_url(task.proposal)).text
    as_alice.post(
        _url(task), decision(task, "choose_alternative", alternative_rank=2, reason_code="wrong-action")
    )
    assert Decision.objects.get(task=task).action_name == ""


def test_an_alternative_that_is_irreversible_itself_needs_the_word(
    as_alice: Client, house: factories.House
) -> None:
    harder = {"name": "delete_record", "args": {"order_id": "#W1", "reason": "no longer needed"}}
    proposal = factories.pending(
        house, alternatives=[{"rank": 1, "action": harder}, {"rank": 2, "action": None}]
    )
    task = factories.claimed(proposal, house.alice, house.now)
    chosen = decision(task, "choose_alternative", alternative_rank=1, reason_code="wrong-action")
    refused = as_alice.post(_url(task), chosen)
    assert refused.status_code == 422
    assert 'id="id_choose_alternative_typed_error"' in refused.text
    as_alice.post(_url(task), chosen | {"typed": "#w1"})
    assert Decision.objects.get(task=task).action_name == "delete_record"


def _lose(house: factories.House, task: Task) -> None:
    Task.objects.filter(pk=task.pk).update(lease_expires_at=house.now - timedelta(seconds=1))
    returning.return_lost_claims(now=house.now)


def _taken_by_bob(house: factories.House, task: Task) -> None:
    _lose(house, task)
    claiming.claim(task_id=task.pk, by=house.bob, now=house.now)


def _withdrawn(house: factories.House, task: Task) -> None:
    factories.endings.withdraw(proposal_id=task.proposal_id, by=house.agent, reason="no need", now=house.now)


def _decided_by_bob(house: factories.House, task: Task) -> None:
    _taken_by_bob(house, task)
    factories.decided(Task.objects.get(pk=task.pk), house.bob, house.now)
    settling.settle_due(now=house.now + timedelta(minutes=1))


@pytest.mark.parametrize(
    ("happens", "sentence"),
    [
        (_lose, "You do not hold this task any more."),
        (_taken_by_bob, "You do not hold this task any more."),
        (_withdrawn, "The proposal ended before you decided."),
        (_decided_by_bob, "Someone has decided this already."),
    ],
)
def test_what_happened_meanwhile_is_said_plainly_and_what_was_typed_is_kept(
    as_alice: Client, house: factories.House, task: Task, happens: object, sentence: str
) -> None:
    happens(house, task)  # type: ignore[operator]
    sent = decision(task, "reject", reason_code="wrong-facts", note="typed with care", retry="never")
    answer = as_alice.post(_url(task), sent)
    assert answer.status_code == 409
    assert sentence in answer.text
    assert "typed with care" in answer.text
    assert not Decision.objects.filter(by=house.alice).exists()


def test_a_stale_page_is_refused_and_shown_again_with_the_form(
    as_alice: Client, house: factories.House, task: Task
) -> None:
    sent = decision(
        task, "reject", reason_code="wrong-facts", note="typed with care", retry="never", version=1
    )
    answer = as_alice.post(_url(task), sent)
    assert answer.status_code == 409
    assert "The task changed since you opened it." in answer.text
    assert "typed with care" in answer.text
    assert f'name="version" value="{task.version}"' in answer.text.replace("\n", " ")


@pytest.mark.parametrize(
    "spoiled",
    [{"verb": "obey"}, {"lease_token": "x"}, {"lease_token": uuid4()}, {"version": "one"}, {"seen_sha256": "0" * 64},
     {"seen_sha256": "<script>"}],
)  # fmt: skip
def test_spoiled_forms_decide_nothing(as_alice: Client, task: Task, spoiled: dict[str, object]) -> None:
    answer = as_alice.post(_url(task), decision(task, "approve") | spoiled)
    assert answer.status_code in (409, 422)
    assert not Decision.objects.exists()


def test_a_nul_in_a_note_is_refused_at_the_field(as_alice: Client, task: Task) -> None:
    sent = decision(task, "reject", reason_code="wrong-facts", note="a\x00b", retry="never")
    answer = as_alice.post(_url(task), sent)
    assert answer.status_code == 422
    assert not Decision.objects.exists()


def test_undoing_too_late_says_so(as_alice: Client, house: factories.House, task: Task) -> None:
    as_alice.post(_url(task), decision(task, "approve"))
    settling.settle_due(now=house.now + timedelta(minutes=1))
    answer = as_alice.post(_url(task, "undo"), follow=True)
    assert "The time to take it back is over." in answer.text


def test_returning_and_skipping_bring_the_task_back(
    as_alice: Client, house: factories.House, task: Task
) -> None:
    as_alice.post(_url(task, "release"))
    assert Task.objects.get(pk=task.pk).status == TaskStatus.OPEN
    claiming.claim(task_id=task.pk, by=house.alice, now=house.now)
    empty = as_alice.post(_url(task, "skip"), {"reason": " "})
    assert empty.status_code == 422
    as_alice.post(_url(task, "skip"), {"reason": "I know the customer"})
    again = Task.objects.get(pk=task.pk)
    assert (again.status, again.skipped_by) == (TaskStatus.OPEN, [house.alice.pk])
    assert "You skipped this task: it goes to others." in as_alice.get(card_url(task.proposal)).text


def test_a_claim_is_renewed_only_by_its_token(as_alice: Client, task: Task) -> None:
    assert as_alice.post(_url(task, "renew"), {"lease_token": task.lease_token}).status_code == 200
    assert as_alice.post(_url(task, "renew"), {"lease_token": uuid4()}).status_code == 409
    assert as_alice.post(_url(task, "renew"), {"lease_token": "rubbish"}).status_code == 409


def test_claiming_what_another_holds_shows_who(as_bob: Client, house: factories.House, task: Task) -> None:
    answer = as_bob.post(_url(task, "claim"), follow=True)
    assert "This task is not waiting any more." in answer.text
    assert "Alice is working on it" in answer.text


@pytest.mark.parametrize("verb", ["claim", "release", "skip", "decide", "undo", "renew"])
def test_a_get_never_changes_anything_and_leads_to_the_card(
    as_alice: Client, house: factories.House, verb: str
) -> None:
    proposal = factories.pending(house)
    before = Task.objects.filter(pk=proposal.task.pk).values().get()
    answer = as_alice.get(_url(proposal.task, verb))
    assert answer.url == card_url(proposal)
    assert Task.objects.filter(pk=proposal.task.pk).values().get() == before
    assert as_alice.put(_url(proposal.task, verb)).status_code == 405


@pytest.mark.parametrize("verb", ["claim", "release", "skip", "decide", "undo", "renew"])
def test_outsiders_and_strangers_change_nothing(
    house: factories.House, sign_in: SignIn, task: Task, verb: str
) -> None:
    before = Task.objects.filter(pk=task.pk).values().get()
    fields = decision(task, "approve") | {"reason": "x"}
    assert sign_in(house.charlie).post(_url(task, verb), fields).status_code in (403, 409)
    assert "/accounts/login/" in Client().post(_url(task, verb), fields).url
    assert Task.objects.filter(pk=task.pk).values().get() == before


def test_someone_who_does_not_hold_it_cannot_decide_even_with_the_token(
    as_bob: Client, house: factories.House, task: Task
) -> None:
    answer = as_bob.post(_url(task), decision(task, "approve"))
    assert answer.status_code == 409
    assert not Decision.objects.exists()


def test_a_single_reason_is_chosen_already(as_alice: Client, task: Task) -> None:
    ReasonCode.objects.filter(workflow=task.workflow).exclude(code="wrong-action").delete()
    page = as_alice.get(card_url(task.proposal)).text
    assert '<option value="wrong-action" selected>' in page


def test_a_page_older_than_the_session_is_refused_calmly_and_gives_back_what_was_typed(
    house: factories.House, task: Task
) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(house.alice, backend="allauth.account.auth_backends.AuthenticationBackend")
    sent = decision(task, "reject", reason_code="wrong-facts", note="<b>typed</b> with care", retry="never")
    answer = strict.post(_url(task), sent)
    assert answer.status_code == 403
    assert "This page was too old to send" in answer.text
    assert "&lt;b&gt;typed&lt;/b&gt; with care" in answer.text
    assert str(task.lease_token) not in answer.text
    assert "<dt>Note</dt>" in answer.text
    assert "active_ms" not in answer.text
    part = strict.post(_url(task), sent, headers={"HX-Request": "true", "HX-Target": "content"})
    assert (part.status_code, part["HX-Retarget"], part["HX-Reselect"]) == (403, "#content", ".notice")
    assert "What you typed is still here" in part.text
    assert "brand" not in part.text


def test_what_was_chosen_is_given_back_in_words_when_it_is_too_late(
    as_alice: Client, house: factories.House, task: Task
) -> None:
    returning.release(task_id=task.pk, by=house.alice, now=house.now)
    answer = as_alice.post(_url(task), decision(task, "reject", reason_code="wrong-facts", retry="never"))
    assert answer.status_code == 409
    assert "The facts are wrong" in answer.text
    assert "wrong-facts" not in answer.text


def test_a_form_in_another_encoding_is_refused_calmly(house: factories.House) -> None:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(house.alice, backend="django.contrib.auth.backends.ModelBackend")
    form = "application/x-www-form-urlencoded; charset=utf-16"
    answer = client.post(reverse("desk:task_claim_next"), b"queue=1", content_type=form)
    assert answer.status_code == 400
    assert "That request cannot be read" in answer.text


def test_htmx_gets_the_next_card_in_the_same_answer_and_only_its_content(
    as_alice: Client, house: factories.House, task: Task
) -> None:
    following = factories.pending(house, subject={"kind": "order", "id": "#W2"})
    htmx = {"HX-Request": "true", "HX-Boosted": "true", "HX-Target": "content"}
    answer = as_alice.post(_url(task), decision(task, "approve"), headers=htmx)
    assert (answer.status_code, answer.headers["HX-Push-Url"]) == (200, card_url(following))
    assert "HX-Target" in answer.headers["Vary"]
    assert "You approved" in answer.text
    assert 'id="content"' in answer.text
    assert 'class="top"' not in answer.text
    assert 'class="top"' in as_alice.get(card_url(following)).text
