"""Proposing up to a thousand actions at once."""

from uuid import uuid4

from apps.proposals.models import Proposal
from tests.api.conftest import AgentClient
from tests.factories import proposal_body


def item(key: str | None = None, **changes):
    return {"idempotency_key": key or uuid4().hex, "proposal": proposal_body(**changes)}


def send(bot: AgentClient, *items):
    return bot.post("/proposals/batch", {"items": list(items)})


def test_items_are_answered_in_order(bot: AgentClient) -> None:
    answer = send(bot, *(item(external_id=f"call-{n}") for n in range(20)))
    assert answer.status_code == 200
    answered = answer.json()["items"]
    assert [row["proposal"]["external_id"] for row in answered] == [f"call-{n}" for n in range(20)]
    assert {row["status"] for row in answered} == {202}
    assert Proposal.objects.count() == 20


def test_one_bad_item_does_not_spoil_the_others(bot: AgentClient) -> None:
    bad = [
        7,
        None,
        {"idempotency_key": "k"},
        item(key="not a key"),
        item(confidence=2),
        item(workflow="payroll"),
        item(action={"name": "cancel_order", "args": {}}),
        item() | {"surprise": 1},
        item(summary="NUL\x00"),
        item(summary="half \ud800"),
    ]
    answered = send(bot, item(), *bad, item()).json()["items"]
    assert [row["status"] for row in answered] == [202, 422, 422, 422, 422, 422, 403, 422, 422, 422, 422, 202]
    locs = [[error["loc"] for error in row["problem"]["errors"]] for row in answered[1:-1]]
    assert locs[3] == [["idempotency_key"]]
    assert locs[4] == [["proposal", "confidence"]]
    assert ["proposal", "action", "args", "order_id"] in locs[6]
    assert locs[7] == [["surprise"]]
    assert locs[8] == [["proposal", "summary"]]
    assert all(row["proposal"] is None for row in answered[1:-1])
    assert Proposal.objects.count() == 2


def test_a_key_that_stands_twice_has_the_effect_of_one(bot: AgentClient) -> None:
    twice = item()
    other = item(key=twice["idempotency_key"])
    first, again, conflict = send(bot, twice, twice, other).json()["items"]
    assert again["replayed"]
    assert again["proposal"] == first["proposal"]
    assert (conflict["status"], conflict["problem"]["type"].rpartition("#")[2]) == (
        409,
        "problem-idempotency-conflict",
    )
    assert Proposal.objects.count() == 1


def test_an_item_sent_again_alone_is_the_same_request(bot: AgentClient) -> None:
    sent = item()
    first = send(bot, sent).json()["items"][0]["proposal"]
    again = bot.propose(sent["proposal"], key=sent["idempotency_key"])
    assert again["Idempotent-Replayed"] == "true"
    assert again.json() == first


def test_a_thousand_items_pass_and_one_more_does_not(bot: AgentClient, is_problem, nothing_kept) -> None:
    with nothing_kept():
        is_problem(send(bot, *[1] * 1001), 422, "invalid-request", ["items"])
        is_problem(send(bot), 422, "invalid-request", ["items"])
    answered = send(bot, *(item(evidence=[], alternatives=[]) for _n in range(1000))).json()["items"]
    assert {row["status"] for row in answered} == {202}


def test_a_batch_takes_as_many_queries_as_one(bot: AgentClient, django_assert_max_num_queries) -> None:
    send(bot, item())
    with django_assert_max_num_queries(40):
        send(bot, *(item() for _n in range(50)))
