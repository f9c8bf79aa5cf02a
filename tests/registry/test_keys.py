"""A key's life: issued, used, rotated, expired, revoked; and that each step acts on the next request."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.policies import NotAllowed
from apps.audit.models import Event
from apps.registry import actions, queries
from apps.registry.keys import is_secret_of, new_key, split_token
from apps.registry.models import AgentKey
from apps.registry.states import AgentStatus, Scope

DAY = timedelta(days=1)


@pytest.fixture
def issued(house, now):
    return actions.issue_key(
        agent=house.agent,
        scopes=[Scope.READ, Scope.PROPOSE],
        expires_at=now + 30 * DAY,
        by=house.adam,
        now=now,
    )


def test_tokens_have_their_form_and_differ():
    keys = [new_key() for _draw in range(200)]
    assert len({key.token for key in keys}) == len({key.prefix for key in keys}) == 200
    for key in keys:
        prefix, secret = split_token(key.token)
        assert prefix == key.prefix
        assert is_secret_of(secret, key.secret_sha256)


@given(st.text(max_size=80) | st.text("rh_abc23-", max_size=80))
def test_no_text_breaks_the_parser(text):
    parts = split_token(text)
    assert parts is None or text == f"rh_{parts[0]}_{parts[1]}"


def test_only_the_digest_is_kept(issued):
    secret = issued.token.rsplit("_", 1)[1]
    row = AgentKey.objects.values().get()
    assert secret not in str(row)
    assert secret not in str(list(Event.objects.values()))


def test_the_right_token_is_recognised_and_its_use_noted_once_a_minute(issued, house, now):
    key = queries.authenticate(issued.token, now)
    assert (key.agent, key.scopes) == (house.agent, ["propose", "read"])
    assert AgentKey.objects.get().last_used_at == now
    queries.authenticate(issued.token, now + timedelta(seconds=59))
    assert AgentKey.objects.get().last_used_at == now
    queries.authenticate(issued.token, now + timedelta(seconds=61))
    assert AgentKey.objects.get().last_used_at == now + timedelta(seconds=61)


def test_nothing_else_is(issued, now):
    prefix, secret = split_token(issued.token)
    other = new_key()
    for token in (
        "",
        "rh_",
        issued.token[:-1],
        issued.token + "x",
        issued.token + "\n",
        other.token,
        f"rh_{prefix}_{split_token(other.token)[1]}",
        f"rh_{other.prefix}_{secret}",
        issued.token.upper(),
    ):
        assert queries.authenticate(token, now) is None


def test_recognising_costs_one_query(issued, now, django_assert_num_queries):
    queries.authenticate(issued.token, now)
    with django_assert_num_queries(1):
        assert queries.authenticate(issued.token, now)


def test_it_expires_to_the_second(issued, now):
    assert queries.authenticate(issued.token, now + 30 * DAY - timedelta(seconds=1))
    assert queries.authenticate(issued.token, now + 30 * DAY) is None


def test_rotation_lets_both_work_for_the_overlap(issued, house, now):
    successor = actions.rotate_key(key=issued.key, by=house.adam, now=now + DAY, overlap=2 * DAY)
    assert successor.key.scopes == issued.key.scopes
    assert successor.key.expires_at == now + 31 * DAY
    for moment, old_works in (
        (now + DAY, True),
        (now + 3 * DAY - timedelta(seconds=1), True),
        (now + 3 * DAY, False),
    ):
        assert bool(queries.authenticate(issued.token, moment)) is old_works
        assert queries.authenticate(successor.token, moment)


def test_rotation_never_lengthens_the_old_key(issued, house, now):
    actions.rotate_key(
        key=issued.key, by=house.adam, now=now + 30 * DAY - timedelta(hours=1), overlap=5 * DAY
    )
    issued.key.refresh_from_db()
    assert issued.key.expires_at == now + 30 * DAY


def test_a_key_is_rotated_once_and_only_while_it_lives(issued, house, now):
    actions.rotate_key(key=issued.key, by=house.adam, now=now)
    with pytest.raises(NotAllowed, match="successor already"):
        actions.rotate_key(key=issued.key, by=house.adam, now=now)
    with pytest.raises(NotAllowed, match="opens nothing"):
        actions.rotate_key(key=issued.key, by=house.adam, now=now + 40 * DAY)


def test_revoking_acts_on_the_next_request(issued, house, now):
    assert queries.authenticate(issued.token, now)
    actions.revoke_key(key=issued.key, by=house.adam, now=now, reason="leaked")
    assert queries.authenticate(issued.token, now) is None
    with pytest.raises(NotAllowed, match="revoked already"):
        actions.revoke_key(key=issued.key, by=house.adam, now=now)


def test_a_key_revoked_by_hand_in_the_database_is_refused_too(issued, now):
    assert queries.authenticate(issued.token, now)
    AgentKey.objects.filter(pk=issued.key.pk).update(revoked_at=now)
    assert queries.authenticate(issued.token, now) is None


def test_a_suspended_agent_is_seen_on_the_next_request(issued, house, now):
    assert queries.authenticate(issued.token, now).agent.status == AgentStatus.ACTIVE
    actions.suspend_agent(agent=house.agent, reason="strange", by=house.gina, now=now)
    assert queries.authenticate(issued.token, now).agent.status == AgentStatus.SUSPENDED


@pytest.mark.parametrize("days", [-1, 0, 731, 100_000])
def test_the_length_of_life_is_limited(house, now, days):
    with pytest.raises(NotAllowed, match="two years"):
        actions.issue_key(
            agent=house.agent, scopes=[Scope.READ], expires_at=now + days * DAY, by=house.adam, now=now
        )


def test_a_key_without_scope_is_refused(house, now):
    with pytest.raises(NotAllowed, match="scope"):
        actions.issue_key(agent=house.agent, scopes=[], expires_at=now + DAY, by=house.adam, now=now)


@pytest.mark.parametrize("overlap", [timedelta(), -DAY, 31 * DAY])
def test_the_overlap_is_limited(issued, house, now, overlap):
    with pytest.raises(NotAllowed, match="30 days"):
        actions.rotate_key(key=issued.key, by=house.adam, now=now, overlap=overlap)


def test_every_step_leaves_its_trace(issued, house, now):
    successor = actions.rotate_key(key=issued.key, by=house.adam, now=now)
    actions.revoke_key(key=successor.key, by=house.adam, now=now, reason="leaked")
    told = Event.objects.filter(verb__startswith="agent_key.").order_by("id")
    assert [event.verb for event in told] == [
        "agent_key.issued",
        "agent_key.issued",
        "agent_key.rotated",
        "agent_key.revoked",
    ]
    assert told.last().data["reason"] == "leaked"
    assert {event.actor_name for event in told} == {"Adam"}
