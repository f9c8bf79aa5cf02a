"""Who is let in."""

import pytest
import time_machine
from django.utils import timezone

from apps.registry.keys import new_key
from apps.registry.states import Scope
from tests.api.conftest import AgentClient, make_key
from tests.factories import House

READS = ["/proposals", "/slices", "/proposals/01a1fd03-35dd-774e-9d4b-b72f652c9c96"]
WRITES = [
    ("/proposals", Scope.PROPOSE),
    ("/proposals/batch", Scope.PROPOSE),
    ("/proposals/01a1fd03-35dd-774e-9d4b-b72f652c9c96/withdraw", Scope.PROPOSE),
    ("/proposals/01a1fd03-35dd-774e-9d4b-b72f652c9c96/result", Scope.REPORT),
    ("/proposals/01a1fd03-35dd-774e-9d4b-b72f652c9c96/outcome", Scope.REPORT),
    ("/proposals/01a1fd03-35dd-774e-9d4b-b72f652c9c96/human-action", Scope.REPORT),
    ("/proposals/01a1fd03-35dd-774e-9d4b-b72f652c9c96/judge", Scope.JUDGE),
    ("/grants/01a1fd03-35dd-774e-9d4b-b72f652c9c96/redeem", Scope.REPORT),
    ("/halts", Scope.HALT),
    ("/halts/01a1fd03-35dd-774e-9d4b-b72f652c9c96/lift", Scope.HALT),
]


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer ", "Basic abc", "Bearer rh_x_y", "Bearer \x00", "Bearer ü"]
)
def test_a_request_without_a_valid_key_is_told_how_to_sign_in(
    db, client, is_problem, authorization: str
) -> None:
    for path in READS:
        answer = client.get(f"/api/v1{path}", headers={"authorization": authorization})
        is_problem(answer, 401, "unauthorized")
        assert answer["WWW-Authenticate"].startswith("Bearer")
    for path, _scope in WRITES:
        answer = client.post(f"/api/v1{path}", b"{", "text/plain", headers={"authorization": authorization})
        is_problem(answer, 401, "unauthorized")


def test_a_wrong_secret_is_refused(house: House, is_problem) -> None:
    row, token = make_key(house.agent)
    is_problem(AgentClient(f"rh_{row.prefix}_{'A' * 43}").get("/slices"), 401, "unauthorized")
    is_problem(AgentClient(new_key().token).get("/slices"), 401, "unauthorized")
    assert AgentClient(token).get("/slices").status_code == 200


def test_a_revoked_key_is_refused_on_its_next_request(house: House, is_problem, nothing_kept) -> None:
    row, token = make_key(house.agent)
    bot = AgentClient(token)
    assert bot.propose().status_code == 202
    row.revoked_at = timezone.now()
    row.save()
    with nothing_kept():
        is_problem(bot.propose(), 401, "unauthorized")


def test_an_expired_key_is_refused(house: House, is_problem) -> None:
    row, token = make_key(house.agent)
    assert AgentClient(token).get("/slices").status_code == 200
    with time_machine.travel(row.expires_at, tick=False):
        is_problem(AgentClient(token).get("/slices"), 401, "unauthorized")


def test_a_key_without_the_scope_is_told_which_one_it_lacks(house: House, is_problem, nothing_kept) -> None:
    tokens = {scope: make_key(house.agent, *(set(Scope) - {scope}))[1] for scope in Scope}
    with nothing_kept():
        for path in READS:
            problem = is_problem(AgentClient(tokens[Scope.READ]).get(path), 403, "missing-scope")
            assert "`read`" in problem["detail"]
        for path, scope in WRITES:
            problem = is_problem(AgentClient(tokens[scope]).post(path, {}), 403, "missing-scope")
            assert f"`{scope.value}`" in problem["detail"]


def test_a_session_does_not_open_the_agents_door(client, house: House, is_problem) -> None:
    client.force_login(house.adam)
    is_problem(client.get("/api/v1/proposals"), 401, "unauthorized")
