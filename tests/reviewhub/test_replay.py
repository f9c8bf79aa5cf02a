"""`manage.py replay`: every line is sent once, bad ones are told by number, the summary comes in any case."""

import io
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from reviewhub import replay
from reviewhub.client import Client, Refused, Unavailable


class Door(ThreadingHTTPServer):
    """Answers like the API: `script` holds (status, headers, body) in order, then everything is accepted."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script: list[tuple[int, dict[str, str], Any]] = []
        self.received: list[tuple[str, Any]] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Door

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.received.append((self.headers["Idempotency-Key"], body))
        status, headers, answer = self.server.script.pop(0) if self.server.script else (202, {}, {"id": "1"})
        content = json.dumps(answer).encode() if not isinstance(answer, bytes) else answer
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """The test's own output is enough."""


@pytest.fixture
def door() -> Iterator[Door]:
    server = Door()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "_PAUSES", (0.01, 0.01))


def problem(status: int, kind: str, detail: str = "No.") -> tuple[int, dict[str, str], Any]:
    body = {"type": f"http://x/api/v1/docs#problem-{kind}", "title": "", "status": status, "detail": detail}
    return status, {}, {**body, "errors": [{"loc": ["action", "name"], "msg": "not granted"}]}


def written(folder: Path, *lines: bytes | dict) -> str:
    file = folder / "lines.jsonl"
    file.write_bytes(b"\n".join(x if isinstance(x, bytes) else json.dumps(x).encode() for x in lines))
    return str(file)


def played(file: str, door: Door, **options: Any) -> str:
    out = io.StringIO()
    call_command("replay", file, url=door.url, key="rh_x", stdout=out, **options)
    return out.getvalue()


def test_each_line_is_sent_under_a_key_of_its_own(door: Door, tmp_path: Path) -> None:
    file = written(tmp_path, {"external_id": "a"}, b"", {"external_id": "b", "confidence": 0.5})
    assert "accepted  2" in played(file, door)
    assert [body for _key, body in door.received] == [
        {"external_id": "a"},
        {"external_id": "b", "confidence": 0.5},
    ]
    first = [key for key, _body in door.received]
    played(file, door)
    assert [key for key, _body in door.received] == first * 2
    assert len(set(first)) == 2


def test_a_replayed_answer_is_counted_as_such(door: Door, tmp_path: Path) -> None:
    door.script = [(202, {"Idempotent-Replayed": "true"}, {"id": "1"})]
    assert "accepted  0 (+ 1 sent before)" in played(written(tmp_path, {"external_id": "a"}), door)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"{", "not JSON"),
        (b"[1]", "not an object"),
        (b'{"external_id": ""}', "external_id is missing"),
        (b'{"external_id": 7}', "external_id is missing"),
        (b'"\xff"', "not UTF-8"),
        (b'{"external_id": "n", "confidence": NaN}', "JSON"),
        (b'{"external_id": "n", "confidence": 1e999}', "JSON"),
        (b"[" * 100_000, "not JSON"),
    ],
)
def test_a_bad_line_is_told_by_its_number_and_spoils_nothing(
    door: Door, tmp_path: Path, capsys: pytest.CaptureFixture[str], line: bytes, told: str
) -> None:
    summary = played(written(tmp_path, {"external_id": "a"}, line, {"external_id": "c"}), door)
    error = capsys.readouterr().err
    assert "line 2: " in error
    assert told in error
    assert "accepted  2" in summary
    assert "bad lines 1" in summary


def test_refusals_are_counted_by_problem(
    door: Door, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    door.script = [
        problem(403, "action-not-granted"),
        (202, {}, {"id": "1"}),
        problem(422, "invalid-arguments"),
    ]
    summary = played(written(tmp_path, *({"external_id": str(n)} for n in range(3))), door)
    assert "refused   1 action-not-granted" in summary
    assert "refused   1 invalid-arguments" in summary
    assert "line 1: action-not-granted: No. (action.name: not granted)" in capsys.readouterr().err


def test_a_wrong_key_stops_it(door: Door, tmp_path: Path) -> None:
    door.script = [problem(401, "unauthorized", "The key is unknown.")]
    with pytest.raises(CommandError, match="The key is unknown"):
        played(written(tmp_path, {"external_id": "a"}, {"external_id": "b"}), door)
    assert len(door.received) == 1


@pytest.mark.usefixtures("no_pauses")
def test_a_busy_server_is_asked_again_with_the_same_key(door: Door, tmp_path: Path) -> None:
    door.script = [(503, {"Retry-After": "0"}, b"busy"), (502, {}, b"<html>")]
    assert "accepted  1" in played(written(tmp_path, {"external_id": "a"}), door)
    assert len({key for key, _body in door.received}) == 1
    assert len(door.received) == 3


@pytest.mark.usefixtures("no_pauses")
def test_a_server_that_stays_away_ends_it_with_the_summary_so_far(door: Door, tmp_path: Path) -> None:
    door.script = [(202, {}, {"id": "1"}), *[(503, {}, b"")] * 3]
    out = io.StringIO()
    file = written(tmp_path, {"external_id": "a"}, {"external_id": "b"})
    with pytest.raises(CommandError, match="answers 503"):
        call_command("replay", file, url=door.url, key="rh_x", stdout=out)
    assert "accepted  1" in out.getvalue()


def test_ctrl_c_prints_the_summary_so_far(
    door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = Client.propose

    def interrupted(self: Client, proposal: Any, **named: Any) -> Any:
        if proposal["external_id"] == "b":
            raise KeyboardInterrupt
        return send(self, proposal, **named)

    monkeypatch.setattr(Client, "propose", interrupted)
    out = io.StringIO()
    file = written(tmp_path, {"external_id": "a"}, {"external_id": "b"}, {"external_id": "c"})
    with pytest.raises(CommandError) as stopped:
        call_command("replay", file, url=door.url, key="rh_x", stdout=out)
    assert stopped.value.returncode == 130
    assert "accepted  1" in out.getvalue()
    assert len(door.received) == 1


def test_limit_and_speed_hold_it_back(door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(replay.time, "sleep", slept.append)
    played(written(tmp_path, *({"external_id": str(n)} for n in range(9))), door, limit=3, speed=0.5)
    assert len(door.received) == 3
    assert [round(seconds) for seconds in slept if seconds > 0.5] == [2, 4]


@pytest.mark.parametrize(("share", "expected"), [(0.5, 2.0), (0.95, 4.0), (1.0, 4.0), (0.01, 1.0)])
def test_percentiles_are_nearest_ranks(share: float, expected: float) -> None:
    assert replay.Tally(seconds=[4.0, 1.0, 3.0, 2.0]).percentile(share) == expected


def test_no_answers_have_no_percentile() -> None:
    assert replay.Tally().percentile(0.5) == 0.0
    assert replay.Tally().summary() == ["accepted  0"]


@pytest.mark.parametrize("options", [{"url": "localhost:8000", "key": "k"}, {"url": "http://x", "key": ""}])
def test_wrong_options_are_told(
    tmp_path: Path, options: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AGENT_KEY", raising=False)
    with pytest.raises(CommandError):
        call_command("replay", written(tmp_path, {"external_id": "a"}), **options)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("replay", str(tmp_path / "none"), url="http://localhost", key="k")


def test_an_answer_that_is_no_problem_is_told_by_its_status(door: Door) -> None:
    door.script = [(404, {}, b"<html>"), (302, {"Location": "/elsewhere"}, b""), (200, {}, b"<html>")]
    with Client(door.url, "k") as client:
        for kind in ("http-404", "http-302"):
            with pytest.raises(Refused) as refusal:
                client.propose({}, idempotency_key="k")
            assert refusal.value.kind == kind
        with pytest.raises(Unavailable, match="does not answer like a ReviewHub"):
            client.propose({}, idempotency_key="k")


def test_nobody_at_the_address_is_unavailable() -> None:
    with Client("http://127.0.0.1:9", "k") as client, pytest.raises(Unavailable, match="No answer"):
        client.propose({}, idempotency_key="k")
