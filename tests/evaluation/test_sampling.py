"""Samples for test sets: drawn by seed, masked, without what somebody is still to look at, on record."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts import rights
from apps.accounts.policies import NotAllowed
from apps.accounts.roles import Role
from apps.audit.models import Event
from apps.evaluation.sampling import Drawn, Wanted, draw
from apps.evaluation.states import Outcome
from apps.evaluation.writing import lines
from apps.proposals.examining import order
from apps.proposals.states import Purpose
from apps.reviews.models import GoldCase
from apps.reviews.states import GoldSource
from apps.routing.states import Verb
from tests import factories
from tests.evaluation.test_shadow import browser, in_shadow
from tests.factories import House

URL = "/outcomes/orders/sample/"


def drawn(house: House, seed: str = "a", each: int = 50, **more: Any) -> Drawn:
    """Drawn by Olga, who answers for the workflow."""
    wanted = Wanted(seed, each, until=timezone.now() + timedelta(days=1), **more)
    return draw(workflow=house.workflow, wanted=wanted, by=house.olga, now=house.now)


def read(found: Drawn) -> list[dict[str, Any]]:
    """The lines as whoever gets the file reads them."""
    return [json.loads(line) for line in lines(found)]


def test_the_same_seed_draws_the_same_and_the_log_says_what(house: House) -> None:
    for _number in range(5):
        factories.settled(house)
    refused = factories.settled(house, Verb.REJECT, reason_code="wrong-facts")
    factories.pending(house)
    first = drawn(house, each=2)
    assert {outcome: len(ids) for outcome, ids in first.ids.items() if ids} == {
        Outcome.APPROVED: 2,
        Outcome.REJECTED: 1,
    }
    assert drawn(house, each=2).ids == first.ids
    assert len({tuple(drawn(house, seed, each=2).ids[Outcome.APPROVED]) for seed in "abcdefgh"}) > 1
    told = Event.objects.filter(verb="sample.exported").order_by("pk").first()
    assert told is not None
    assert (told.data["seed"], told.data["n"], told.data["rejected"]) == ("a", 3, 1)
    (line,) = [line for line in read(first) if line["outcome"] == "rejected"]
    assert line["id"] == str(refused.pk)
    assert line["workflow"] == "orders"
    assert line["input"]["evidence"][0]["content"] == "status: pending"
    assert line["proposal"]["action"] == {"name": "cancel_order", "args": refused.args}
    assert (line["human"]["verb"], line["human"]["action"]) == ("reject", None)
    assert line["human"]["reason"] == "The facts are wrong"
    assert house.alice.name not in json.dumps(line)


def test_an_edit_says_what_differs(house: House) -> None:
    factories.settled(house)
    # The same content was counted before, so nobody is asked to look at it once more.
    factories.settled(house, Verb.CHOOSE_ALTERNATIVE, alternative_rank=1)
    (line,) = [line for line in read(drawn(house)) if line["outcome"] == "alternative"]
    (difference,) = line["human"]["differences"]
    assert (difference["path"], difference["after"]) == ("args.reason", "ordered by mistake")


def test_shadow_cases_carry_what_people_did(house: House, count: Callable[[], int]) -> None:
    proposal = in_shadow(house, {"order_id": "#W2"})
    in_shadow(house, nothing=True)
    count()
    wanted = Wanted("a", 9, until=timezone.now() + timedelta(days=1))
    found = read(draw(workflow=proposal.workflow, wanted=wanted, by=house.olga, now=house.now))
    assert {line["outcome"] for line in found} == {"shadow_other"}
    assert {line["human"]["verb"] for line in found} == {"did", "nothing"}


def test_what_somebody_is_to_look_at_or_is_a_known_case_is_left_out(house: House) -> None:
    kept, looked_at, known = (factories.settled(house) for _ in range(3))
    order(original=looked_at, purpose=Purpose.AGREEMENT, excluded=[house.alice.pk], now=house.now)
    GoldCase.objects.create(
        workflow=house.workflow,
        proposal=known,
        source=GoldSource.OVERRIDE,
        is_mistake=True,
        answers=[""],
        added_at=house.now,
    )
    assert drawn(house).ids[Outcome.APPROVED] == [kept.pk]


def test_hidden_values_leave_only_with_whoever_may_uncover_them(house: House) -> None:
    kind = house.cancel_order
    hidden = {**kind.args_schema["properties"]["order_id"], "x-reviewhub-sensitive": True}
    kind.args_schema = {
        **kind.args_schema,
        "properties": {**kind.args_schema["properties"], "order_id": hidden},
    }
    kind.save()
    factories.settled(house)
    text = b"".join(lines(drawn(house))).decode()
    assert "#W1" not in text
    assert "••••" in text
    with pytest.raises(NotAllowed, match="right to them"):
        drawn(house, is_uncovered=True)
    rights.give(role=Role.PRIVACY_READER, to=house.olga, on=house.workflow, by=None, now=house.now)
    assert "#W1" in b"".join(lines(drawn(house, is_uncovered=True))).decode()


def test_reviewers_and_strangers_take_nothing_along(house: House) -> None:
    for person, status in (("alice", 403), ("charlie", 403), ("petra", 200), ("adam", 200), ("gina", 200)):
        assert browser(getattr(house, person)).get(URL).status_code == status
    assert Client().get(URL).status_code == 302
    with pytest.raises(NotAllowed):
        draw(
            workflow=house.workflow,
            wanted=Wanted("a", 1, until=house.now),
            by=house.alice,
            now=house.now,
        )
    assert not Event.objects.filter(verb="sample.exported").exists()


def test_the_page_sends_lines_or_says_what_is_wrong(house: House) -> None:
    factories.settled(house)
    olga = browser(house.olga)
    assert "Decided cases, drawn by lot" in olga.get(URL).text
    wrong = olga.post(URL, {"seed": "", "each": "0"})
    assert wrong.status_code == 422
    answer = olga.post(URL, {"seed": "x", "each": "5", "since": "2020-01-01"})
    assert answer["Content-Type"].startswith("application/jsonl")
    (line,) = [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]
    assert line["outcome"] == "approved"


def test_as_many_statements_for_many_as_for_few(house: House) -> None:
    def statements(n: int) -> int:
        for _number in range(n):
            factories.settled(house)
        with CaptureQueriesContext(connection) as seen:
            list(lines(drawn(house)))
        return len(seen)

    assert statements(1) == statements(3)
