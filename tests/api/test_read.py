"""Reading proposals and slices."""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote
from uuid import uuid4

import pytest

from apps.proposals.states import Status
from tests.api.conftest import AgentClient
from tests.factories import House, claimed, proposal_at, proposal_body


@pytest.mark.parametrize("status", Status)
def test_every_status_is_told(bot: AgentClient, house: House, status: Status) -> None:
    proposal = proposal_at(house, status)
    body = bot.get(f"/proposals/{proposal.pk}").json()
    assert body["status"] == status
    assert (body["grant"] is not None) == (status in (Status.APPROVED, Status.FAILED))


def test_another_agents_proposal_does_not_exist(stranger: AgentClient, house: House, is_problem) -> None:
    proposal = proposal_at(house, Status.APPROVED)
    is_problem(stranger.get(f"/proposals/{proposal.pk}"), 404, "not-found")
    is_problem(stranger.get(f"/proposals/{uuid4()}"), 404, "not-found")
    is_problem(stranger.get("/proposals/not-an-id"), 404, "not-found")
    assert stranger.get("/proposals").json() == {"items": [], "next_cursor": None}
    assert stranger.get("/slices").json() == {"items": []}


def test_an_unchanged_proposal_is_answered_304(bot: AgentClient, house: House) -> None:
    proposal = proposal_at(house, Status.PENDING)
    first = bot.get(f"/proposals/{proposal.pk}")
    for known in (first["ETag"], f"W/{first['ETag']}", f'"x", {first["ETag"]}', "*"):
        same = bot.get(f"/proposals/{proposal.pk}", if_none_match=known)
        assert (same.status_code, same.content, same["ETag"]) == (304, b"", first["ETag"])
    claimed(proposal, house.alice, house.now)
    changed = bot.get(f"/proposals/{proposal.pk}", if_none_match=first["ETag"])
    assert (changed.status_code, changed.json()["substatus"]) == (200, "claimed")


def test_the_etag_changes_when_a_grant_is_used_or_taken_back(bot: AgentClient, house: House) -> None:
    path = f"/proposals/{proposal_at(house, Status.APPROVED).pk}"
    before = bot.get(path)
    result = {"disposition": "not_executed", "occurred_at": "2025-11-17T10:00:00Z"}
    assert bot.post(f"{path}/result", result).json()["grant"] is None
    after = bot.get(path, if_none_match=before["ETag"])
    assert (after.status_code, after.json()["grant"]) == (200, None)


def test_pages_of_the_list_are_complete_and_newest_first(bot: AgentClient) -> None:
    sent = [bot.propose().json()["id"] for _n in range(5)]
    read, cursor = [], ""
    while True:
        page = bot.get(f"/proposals?limit=2{cursor}").json()
        read += [row["id"] for row in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert read == sent[::-1]


def test_the_list_is_filtered_by_status_and_time(bot: AgentClient, house: House) -> None:
    proposal_at(house, Status.DENIED)
    body = bot.propose().json()
    now = datetime.now(UTC)
    recent = quote((now - timedelta(minutes=1)).isoformat())
    later = quote((now + timedelta(minutes=1)).isoformat())
    assert [row["id"] for row in bot.get("/proposals?status=pending").json()["items"]] == [body["id"]]
    assert bot.get(f"/proposals?since={recent}").json()["items"][0]["id"] == body["id"]
    assert bot.get(f"/proposals?since={later}").json()["items"] == []


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("status=maybe", "status"),
        ("since=yesterday", "since"),
        ("since=2026-11-17T10:00:00", "since"),
        ("since=1763373600", "since"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=many", "limit"),
        ("cursor=x", "cursor"),
        ("cursor=%00", "cursor"),
    ],
)
def test_a_wrong_filter_is_named(bot: AgentClient, is_problem, query: str, name: str) -> None:
    is_problem(bot.get(f"/proposals?{query}"), 422, "invalid-request", ["query", name])


def test_reading_is_one_query_beside_the_key(
    bot: AgentClient, house: House, django_assert_num_queries
) -> None:
    for _n in range(3):
        last = bot.propose().json()["id"]
    bot.get("/proposals")
    with django_assert_num_queries(2):
        bot.get(f"/proposals/{last}")
    with django_assert_num_queries(2):
        assert len(bot.get("/proposals").json()["items"]) == 3


def test_slices_show_what_was_earned(bot: AgentClient, house: House) -> None:
    bot.propose()
    bot.propose(proposal_body(external_id="x"))
    (row,) = bot.get("/slices").json()["items"]
    assert (row["workflow"], row["action"], row["stage"], row["threshold"]) == (
        "orders",
        "cancel_order",
        "assisted",
        None,
    )
