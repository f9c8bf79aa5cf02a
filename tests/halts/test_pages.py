"""The page of halts, the bar on every page, and the switch on the pages of a workflow, an agent and a slice."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.halts import halting
from apps.halts.models import Halt
from apps.reviews.models import Decision
from tests import factories
from tests.desk.conftest import decision
from tests.factories import House
from tests.halts.conftest import WEEK, go_on, stop, target
from tests.trust import earning
from tests.trust.earning import a_slice

LIST = reverse("halts:halt_list")
STOP = reverse("halts:halt_open")


@pytest.fixture(autouse=True)
def _clock(now: datetime) -> Iterator[None]:
    with time_machine.travel(now, tick=True):
        yield


def browser(person: User) -> Client:
    client = Client()
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def page(person: User, url: str) -> str:
    return " ".join(browser(person).get(url).text.split())


def filled(house: House, scope: str = "workflow", **changes: Any) -> dict[str, Any]:
    return {
        "target": target(house, scope).key,
        "reason": "The shop is on fire.",
        "look_again_on": (house.now + WEEK).date().isoformat(),
    } | changes


def url_of(house: House, scope: str) -> str:
    return target(house, scope).url


def test_one_form_stops_and_one_lets_go_on(house: House, scope: str) -> None:
    client = browser(house.adam)
    url = url_of(house, scope)
    answer = client.post(STOP, filled(house, scope), follow=True)
    assert answer.redirect_chain == [(url, 302)]
    halt = Halt.objects.get()
    assert (halt.by, halt.scope, halt.reason) == (house.adam, scope, "The shop is on fire.")
    assert "The shop is on fire." in answer.text
    lift = reverse("halts:halt_lift", args=[halt.pk])
    assert lift in page(house.adam, LIST)
    assert client.post(lift, {"reason": "It is out."}).url == url
    halt.refresh_from_db()
    assert (halt.lifted_by, halt.lifted_why) == (house.adam, "It is out.")
    assert "Adam let it go on: It is out." in page(house.adam, LIST)


@pytest.mark.parametrize("scope", ["workflow", "agent", "slice"])
def test_the_page_of_what_can_be_stopped_has_the_switch_for_whoever_may(house: House, scope: str) -> None:
    url = url_of(house, scope)
    assert f'action="{STOP}"' in page(house.petra, url)
    assert f'action="{STOP}"' not in page(house.alice, url)
    halt = stop(house, scope)
    for person, may in ((house.petra, True), (house.alice, False)):
        shown = page(person, url)
        assert "The shop is on fire." in shown
        assert (f"#halt-{halt.pk}" in shown) == may
        assert f'action="{STOP}"' not in shown


def test_the_page_of_a_slice_shows_what_stops_it_from_above(house: House) -> None:
    stop(house, "workflow", reason="All orders.")
    stop(house, "agent", reason="This agent.")
    shown = page(house.petra, reverse("trust:slice_detail", args=[a_slice(house).pk]))
    assert "All orders." in shown
    assert "This agent." in shown
    assert f'action="{STOP}"' in shown


@pytest.mark.parametrize("who", ["alice", "charlie"])
def test_whoever_answers_for_nothing_is_refused_whatever_they_send(
    house: House, who: str, scope: str
) -> None:
    person = getattr(house, who)
    assert "Stop something" not in page(person, LIST)
    client = browser(person)
    assert client.post(STOP, filled(house, scope)).status_code == 403
    halt = stop(house, scope)
    words = {"reason": "x", "look_again_on": (house.now + WEEK).date().isoformat()}
    for view in ("halts:halt_lift", "halts:halt_keep"):
        assert client.post(reverse(view, args=[halt.pk]), words).status_code == 403
    assert Halt.objects.get().is_standing


def test_an_outsider_reads_nothing_of_a_workflow_that_is_not_theirs(house: House) -> None:
    stop(house, "workflow", reason="Secret of the orders.")
    stop(house, "slice", reason="Secret of the slice.")
    assert "Secret" not in page(house.charlie, LIST)
    assert "Secret" not in page(house.charlie, url_of(house, "workflow"))
    assert page(house.alice, LIST).count("Secret") == 2


def test_whoever_is_named_by_a_workflow_is_offered_that_and_not_everything(house: House) -> None:
    shown = page(house.petra, LIST)
    assert f'value="{target(house, "workflow").key}"' in shown
    assert f'value="{target(house, "agent").key}"' in shown
    assert 'value="everything"' not in shown
    assert 'value="everything"' in page(house.gina, LIST)
    stop(house)
    assert 'value="everything"' not in page(house.gina, LIST)


@pytest.mark.parametrize(
    "wrong",
    [{"reason": ""}, {"look_again_on": "2026-11-17"}, {"look_again_on": ""}, {"target": "workflow:0"}],
)
def test_a_form_that_lacks_something_comes_back_with_what_was_typed(
    house: House, wrong: dict[str, str]
) -> None:
    answer = browser(house.adam).post(STOP, filled(house, "slice", reason="Because of this.") | wrong)
    assert answer.status_code == 422
    assert "Because of this." in answer.text or not wrong.get("reason", "x")
    assert not Halt.objects.exists()


def test_lifting_and_keeping_want_a_reason(house: House) -> None:
    halt = stop(house)
    client = browser(house.adam)
    assert client.post(reverse("halts:halt_lift", args=[halt.pk]), {"reason": " "}).status_code == 422
    keep = reverse("halts:halt_keep", args=[halt.pk])
    answer = client.post(keep, {"reason": "Still burning.", "look_again_on": "2026-11-01"})
    assert answer.status_code == 422
    assert "Still burning." in answer.text
    later = (house.now + 2 * WEEK).date().isoformat()
    assert client.post(keep, {"reason": "Still burning.", "look_again_on": later}).url == LIST
    shown = page(house.adam, LIST)
    assert "Adam looked again and let it stand: Still burning." in shown


def test_stopping_what_is_stopped_says_so(house: House) -> None:
    stop(house, "workflow", by=house.gina)
    answer = browser(house.adam).post(STOP, filled(house), follow=True)
    assert "This is halted already, by Gina" in answer.text
    assert Halt.objects.count() == 1


def test_lifting_what_was_lifted_is_refused_and_what_is_not_there_is_not_found(house: House) -> None:
    halt = stop(house)
    go_on(house, halt)
    client = browser(house.adam)
    assert client.post(reverse("halts:halt_lift", args=[halt.pk]), {"reason": "x"}).status_code == 403
    unknown = reverse("halts:halt_lift", args=["01a1fd03-35dd-774e-9d4b-b72f652c9c96"])
    assert client.post(unknown, {"reason": "x"}).status_code == 404


@pytest.mark.parametrize("view", ["halt_open", "halt_lift", "halt_keep"])
def test_only_a_post_does_anything(house: House, view: str) -> None:
    halt = stop(house)
    url = STOP if view == "halt_open" else reverse(f"halts:{view}", args=[halt.pk])
    assert browser(house.adam).get(url).status_code == 405


@pytest.mark.parametrize("url", ["/", "/queues/", LIST, "/registry/agents/", "/slices/"])
def test_while_everything_is_halted_every_page_says_so(house: House, url: str) -> None:
    assert "data-halt-bar" not in page(house.alice, url)
    halt = stop(house)
    shown = page(house.alice, url)
    assert "data-halt-bar" in shown
    assert "The shop is on fire." in shown
    go_on(house, halt)
    assert "data-halt-bar" not in page(house.alice, url)


def test_an_overdue_look_is_shown(house: House) -> None:
    stop(house)
    assert "look again on 24 Nov 2026" in page(house.adam, LIST)
    with time_machine.travel(house.now + WEEK, tick=True):
        assert "look again: the day was 24 Nov 2026" in page(house.adam, LIST)


def test_the_breakers_own_halt_is_told_as_such(house: House) -> None:
    halting.halt_by_breaker(target=target(house, "slice"), reason="5 of 20 failed.", now=house.now)
    shown = page(house.petra, url_of(house, "slice"))
    assert "Stopped by ReviewHub" in shown
    assert "the circuit breaker" in shown


def test_the_card_says_it_and_a_refused_approval_loses_nothing(house: House) -> None:
    task = factories.claimed(factories.pending(house), house.alice, house.now)
    client = browser(house.alice)
    url = reverse("desk:task_detail", args=[task.pk])
    assert "Nothing can be approved" not in client.get(url).text
    stop(house, "agent")
    page = client.get(url).text
    assert "Nothing can be approved until it is lifted" in page
    assert 'name="verb" value="approve"' not in page
    decide = reverse("desk:task_decide", args=[task.pk])
    assert "Nothing was decided." in client.post(decide, decision(task, "approve")).text
    note = "A note of mine that took long."
    sent = {"alternative_rank": 1, "reason_code": "wrong-action", "note": note}
    answer = client.post(decide, decision(task, "choose_alternative", **sent))
    assert answer.status_code == 422
    assert "Nothing was decided." in answer.text
    assert note in answer.text
    assert not Decision.objects.exists()
    client.post(decide, decision(task, "reject", reason_code="wrong-action", retry="never"))
    assert Decision.objects.get().verb == "reject"


def test_what_is_about_to_act_says_that_a_person_decides(house: House, monkeypatch: Any) -> None:
    monkeypatch.setattr("apps.intake.placing.toss", lambda slice_id, proposal_id: 0.99)
    earning.supervised(house)
    now = house.now + timedelta(minutes=1)
    factories.pending(house, now, confidence=0.99, subject=None)
    factories.pending(house, now, confidence=0.99, subject=None)
    assert "acts in" in page(house.alice, "/about-to-act/")
    stop(house, "workflow")
    shown = page(house.alice, "/about-to-act/")
    assert "Its work is halted:" in shown
    assert "acts in" not in shown
