"""Every way a request can be wrong: a precise problem, and nothing stored half."""

import json
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError

from apps.api.problems import MOST_ERRORS
from apps.proposals.models import Evidence, Proposal
from tests.api.conftest import AgentClient
from tests.factories import House, proposal_body

BREAKING = [
    (b"", None),
    (b"{", "line 1, column 2"),
    (b'{"a": 1,\n "b": tru}', "line 2, column 7"),
    (b"\xff\xfe{\x00}\x00", "Byte 0"),
    (b'\xef\xbb\xbf{"a": 1}', "line 1, column 1"),
    (b"[" * 100_000, "nested"),
    (b'{"confidence": ' + b"9" * 5000 + b"}", "digits"),
    (b'{"action": {"args": {"order_id": "#1", "order_id": "#2"}}}', "\u201corder_id\u201d stands twice"),
]


@pytest.mark.parametrize(("body", "where"), BREAKING, ids=range(len(BREAKING)))
def test_a_body_that_is_not_json_is_told_where_it_breaks(
    bot: AgentClient, is_problem, nothing_kept, body: bytes, where: str | None
) -> None:
    with nothing_kept():
        for path in ("/proposals", "/proposals/batch"):
            answer = bot.post(path, body, idempotency_key="k")
            if where is None:
                is_problem(answer, 422, "invalid-request")
            else:
                assert where in is_problem(answer, 400, "malformed-json")["detail"]


@pytest.mark.parametrize("body", ["[]", '"text"', "null", "1", "true"])
def test_json_that_is_not_an_object_is_refused(bot: AgentClient, is_problem, nothing_kept, body: str) -> None:
    with nothing_kept():
        for path in ("/proposals", "/proposals/batch"):
            is_problem(bot.post(path, body, idempotency_key="k"), 422, "invalid-request", [])


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "",
        "application/json; charset=latin-1",
    ],
)
def test_a_body_that_is_not_sent_as_json_is_refused(
    bot: AgentClient, is_problem, nothing_kept, content_type: str
) -> None:
    with nothing_kept():
        is_problem(bot.propose(content_type=content_type), 415, "unsupported-media-type")


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "application/vnd.example+json"])
def test_other_ways_to_say_json_are_understood(bot: AgentClient, content_type: str) -> None:
    assert bot.propose(content_type=content_type).status_code == 202


def test_a_body_over_the_limit_is_refused_unread(bot: AgentClient, is_problem, nothing_kept) -> None:
    body = json.dumps(proposal_body(rationale="x" * 10 * 1024 * 1024))
    with nothing_kept():
        for path in ("/proposals", "/proposals/batch"):
            problem = is_problem(bot.post(path, body, idempotency_key="k"), 413, "body-too-large")
            assert str(settings.DATA_UPLOAD_MAX_MEMORY_SIZE) in problem["detail"]


def test_a_body_without_its_length_is_refused(bot: AgentClient, is_problem) -> None:
    answer = bot._http.generic("POST", "/api/v1/proposals", headers={"transfer-encoding": "chunked"})
    is_problem(answer, 411, "length-required")


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), -0.1, 1.1, 1e300, 10**400, "0.5", True, None, [0.5]]
)
def test_a_confidence_that_is_no_share_is_refused(
    bot: AgentClient, is_problem, nothing_kept, value: Any
) -> None:
    with nothing_kept():
        is_problem(bot.propose(proposal_body(confidence=value)), 422, "invalid-request", ["confidence"])


@pytest.mark.parametrize("value", [float("nan"), float("-inf"), 1e999, 2**53, 10**400, "\x00", "\ud800"])
def test_arguments_that_are_not_exact_are_refused(
    bot: AgentClient, is_problem, nothing_kept, value: Any
) -> None:
    args = {"order_id": "#W1", "reason": "no longer needed", "refund": value}
    with nothing_kept():
        answer = bot.propose(proposal_body(action={"name": "cancel_order", "args": args}))
        problem = is_problem(answer, 422, "invalid-arguments")
    assert problem["errors"][0]["loc"] == ["action", "args", "refund"]


def test_arguments_nested_too_deep_are_refused(bot: AgentClient, is_problem, nothing_kept) -> None:
    deep: Any = "x"
    for _level in range(100):
        deep = [deep]
    with nothing_kept():
        answer = bot.propose(proposal_body(action={"name": "cancel_order", "args": {"order_id": deep}}))
        is_problem(answer, 422, "invalid-arguments")


WRONG = [
    ({"external_id": ""}, ["external_id"]),
    ({"external_id": "x" * 201}, ["external_id"]),
    ({"workflow": "no spaces"}, ["workflow"]),
    ({"summary": ""}, ["summary"]),
    ({"summary": "x" * 501}, ["summary"]),
    ({"rationale": "x" * 10_001}, ["rationale"]),
    ({"evidence": [{"kind": "rumour"}]}, ["evidence", 0, "kind"]),
    ({"evidence": [{"kind": "record", "provenance": "verified"}]}, ["evidence", 0, "provenance"]),
    ({"evidence": [{"kind": "record", "content": "x" * 20_001}]}, ["evidence", 0, "content"]),
    ({"evidence": [{"kind": "record", "untrusted": "no"}]}, ["evidence", 0, "untrusted"]),
    (
        {"evidence": [{"kind": "record", "retrieved_at": "2026-11-17T10:00:00"}]},
        ["evidence", 0, "retrieved_at"],
    ),
    ({"evidence": [{"kind": "record", "retrieved_at": 1763373600}]}, ["evidence", 0, "retrieved_at"]),
    ({"evidence": [{"kind": "record"}] * 51}, ["evidence"]),
    ({"alternatives": [{"rank": 0}]}, ["alternatives", 0, "rank"]),
    ({"alternatives": [{"rank": n} for n in range(1, 12)]}, ["alternatives"]),
    ({"impact": {"amount": "12"}}, ["impact"]),
    ({"impact": {"amount": "a lot", "currency": "EUR"}}, ["impact", "amount"]),
    ({"impact": {"amount": "1", "currency": "euro"}}, ["impact", "currency"]),
    ({"run": {"id": "r", "cost": "-1"}}, ["run", "cost"]),
    ({"run": {"id": "r", "tokens": 1.5}}, ["run", "tokens"]),
    ({"agent_version": "v1"}, ["agent_version"]),
    ({"agent_version": {"model": 7}}, ["agent_version", "model"]),
    ({"consequence": "terrible"}, ["consequence"]),
    ({"reversibility": "perhaps"}, ["reversibility"]),
    ({"expires_at": "0001-01-01T00:00:00+10:00"}, ["expires_at"]),
    ({"expires_at": "9999-12-31T23:59:59-10:00"}, ["expires_at"]),
    ({"expires_at": "2001-01-01T00:00:00Z"}, ["expires_at"]),
    ({"state": "ü" * 8193}, ["state"]),
    ({"surprise": 1}, ["surprise"]),
    ({"\x00": 1}, ["\x00"]),
    ({"\ud800": 1}, []),
]


def test_a_field_outside_its_limits_is_named(bot: AgentClient, is_problem, nothing_kept) -> None:
    with nothing_kept():
        for change, loc in WRONG:
            is_problem(bot.propose(proposal_body(**change)), 422, "invalid-request", loc)


def test_every_missing_field_is_named(bot: AgentClient, is_problem, nothing_kept) -> None:
    with nothing_kept():
        problem = is_problem(bot.propose({}), 422, "invalid-request")
    required = ["external_id", "workflow", "action", "summary", "confidence", "agent_version"]
    assert [error["loc"] for error in problem["errors"]] == [[name] for name in required]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where free text stands in a body."""
    if isinstance(value, dict):
        return [place for key, inner in value.items() for place in places(inner, (*path, key))]
    if isinstance(value, list):
        return [place for position, inner in enumerate(value) for place in places(inner, (*path, position))]
    return [path] if isinstance(value, str) else []


def with_text(body: Any, path: tuple[Any, ...], text: str) -> Any:
    """The body with this text at this place."""
    copy = json.loads(json.dumps(body))
    part = copy
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = text
    return copy


FULL = proposal_body(
    evidence=[
        {
            "id": "e1",
            "kind": "record",
            "claim": "c",
            "title": "t",
            "source": "s",
            "uri": "u",
            "content": "c",
            "digest": "d",
        }
    ],
    run={"id": "r", "trace_id": "t", "trace_url": "u", "tool_calls": [{"name": "n", "ok": True}]},
    impact={"amount": "1", "currency": "EUR", "systems": ["crm"]},
    agent_version={
        "label": "l",
        "model": "m",
        "prompt_version": "p",
        "workflow_version": "w",
        "policy_version": "p",
        "tools": ["t"],
    },
    state="s",
    alternatives=[{"rank": 1, "summary": "s", "risks": [{"code": "c", "detail": "d"}]}],
)


def test_text_that_cannot_be_kept_is_refused_in_every_field(bot: AgentClient, nothing_kept) -> None:
    assert len(places(FULL)) > 30
    with nothing_kept():
        for path in places(FULL):
            for text in ("a\x00b", "a\ud800b"):
                answer = bot.propose(with_text(FULL, path, text))
                problem = json.loads(answer.content)
                if path == ("action", "name"):
                    assert (answer.status_code, problem["status"]) == (422, 422)
                assert answer.status_code == 422, (path, problem)
                assert list(path) in [error["loc"] for error in problem["errors"]], (path, problem)


HOSTILE = [
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "\u202eright to left\u202c \u2066isolated",
    "{{ 7 * 7 }} {% now 'Y' %} ${7*7}",
    "'; DROP TABLE proposals_proposal; --",
    "é\u0301\u200d\ufeff\U0001f600",
]


@pytest.mark.parametrize("text", [*HOSTILE, "x" * 20_000], ids=range(len(HOSTILE) + 1))
def test_hostile_text_is_kept_and_given_back_as_it_is(bot: AgentClient, text: str) -> None:
    body = proposal_body(
        external_id=text[:200],
        summary=text[:500],
        rationale=text[:10_000],
        state=text[:4000],
        evidence=[{"kind": "document", "content": text, "claim": text[:300], "uri": text[:300]}],
        subject={"kind": text[:60], "id": text[:200]},
        action={"name": "cancel_order", "args": {"order_id": text[:40], "reason": "no longer needed"}},
    )
    sent = bot.propose(body)
    assert sent.status_code == 202, sent.content
    read = bot.get(f"/proposals/{sent.json()['id']}").json()
    assert (read["external_id"], read["state"]) == (text[:200], text[:4000])
    assert read["action"] == body["action"]
    assert Proposal.objects.get().rationale == text[:10_000]
    assert Evidence.objects.get().content == text


def test_an_unknown_address_or_method_is_a_problem_too(bot: AgentClient, is_problem) -> None:
    is_problem(bot.get("/nothing"), 404, "not-found")
    is_problem(bot.get("/"), 404, "not-found")
    is_problem(bot.get("/proposals/"), 404, "not-found")
    for method, path, allowed in (
        ("PUT", "/proposals", "GET, POST"),
        ("DELETE", "/proposals/01a1fd03-35dd-774e-9d4b-b72f652c9c96", "GET"),
        ("GET", "/proposals/batch", "POST"),
        ("OPTIONS", "/slices", "GET"),
        ("POST", "/openapi.json", "GET, HEAD"),
    ):
        answer = bot._http.generic(method, f"/api/v1{path}")
        is_problem(answer, 405, "method-not-allowed")
        assert answer["Allow"] == allowed


def test_an_unforeseen_error_is_logged_and_shows_nothing(
    bot: AgentClient, is_problem, nothing_kept, monkeypatch, caplog
) -> None:
    def fails(**_given: Any) -> None:
        raise RuntimeError("secret inside")

    monkeypatch.setattr("apps.api.endpoints.proposals.submit", fails)
    with nothing_kept():
        problem = is_problem(bot.propose(), 500, "internal-error")
    assert "secret" not in json.dumps(problem)
    assert "secret inside" in caplog.text


def test_a_database_that_does_not_answer_is_said_to_be_unavailable(
    bot: AgentClient, is_problem, monkeypatch
) -> None:
    def fails(**_given: Any) -> None:
        raise OperationalError("connection refused at 10.0.0.1")

    monkeypatch.setattr("apps.api.endpoints.proposals.submit", fails)
    answer = bot.propose()
    assert "10.0.0.1" not in json.dumps(is_problem(answer, 503, "unavailable"))
    assert answer["Retry-After"] == "2"


def test_a_problem_names_at_most_fifty_errors(bot: AgentClient, house: House, is_problem) -> None:
    problem = is_problem(bot.propose({f"f{n}": n for n in range(500)}), 422, "invalid-request")
    assert len(problem["errors"]) == 50


def test_of_thousands_of_wrong_fields_the_first_are_told(bot: AgentClient, is_problem, nothing_kept) -> None:
    with nothing_kept():
        unknown = {f"unknown_{number}": 1 for number in range(20_000)}
        answer = bot.propose(proposal_body() | unknown)
        assert len(is_problem(answer, 422, "invalid-request")["errors"]) == MOST_ERRORS


def test_arguments_hold_no_books(bot: AgentClient, is_problem, nothing_kept) -> None:
    with nothing_kept():
        args = {"order_id": "#1", "reason": "\u2039" * 50_001}
        answer = bot.propose(proposal_body(action={"name": "cancel_order", "args": args}))
        (error,) = is_problem(answer, 422, "invalid-arguments")["errors"]
        assert "put long texts into evidence" in error["msg"]
