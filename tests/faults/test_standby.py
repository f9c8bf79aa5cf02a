"""A standby of the database: pages read from it, and it takes over when the primary is gone."""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from django.conf import settings
from django.utils import timezone

from reviewhub.embedded import processes
from tests.faults.standby import Server, primary_and_standby
from tests.faults.test_web import answers, insist
from tests.waiting import until

pytestmark = pytest.mark.timeout(240)

TOKEN = "t" * 32
FIGURE = "7.25"
OF_WORKFLOW = (
    *("process/", "process.csv", "scorecard/", "scorecard.csv", "scorecard/acceptance/cases/"),
    *("quality/", "quality.csv", "shadow/", "shadow.csv", "shadow/cases/", "judges/", "judges.csv"),
)
PAGES = (
    *(
        "/outcomes/",
        "/outcomes/portfolio.csv",
        "/outcomes/slices.csv",
        "/costs/orders/",
        "/costs/orders/months.csv",
    ),
    *(f"/outcomes/orders/{name}" for name in OF_WORKFLOW),
)
OF_KPI = ("", "cases/", "weeks.csv", "statements.csv")


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[tuple[Server, Server]]:
    """A primary and its standby."""
    with primary_and_standby(tmp_path) as both:
        yield both


def test_pages_read_from_a_standby_what_others_wrote(servers: tuple[Server, Server], tmp_path: Path) -> None:
    primary, standby = servers
    cast = build_cast(primary, tmp_path)
    with web(
        tmp_path, primary.url, REVIEWHUB_REPLICA_URL=standby.url, REVIEWHUB_REPLICA_SECONDS="5"
    ) as address:
        olga, gina = (browser(cast["sessions"][name]) for name in ("olga", "gina"))
        page = f"{address}/outcomes/kpi/{cast['kpi']}/"
        assert FIGURE not in olga.get(page).text

        # The standby has what comes and does not show it yet: she sees her own all the same.
        standby.ask("SELECT pg_wal_replay_pause()")
        until(lambda: standby.ask("SELECT pg_get_wal_replay_pause_state()") == "paused", 10)
        given = {"day": timezone.localdate().isoformat(), "value": FIGURE, "source": "survey"}
        assert olga.post(f"{page}reading/", given, headers={"X-CSRFToken": TOKEN}).status_code == 200
        assert FIGURE in olga.get(page).text
        assert FIGURE not in gina.get(page).text

        # Nobody is shown what is older than was asked for.
        until(lambda: FIGURE in gina.get(page).text, 30)
        standby.ask("SELECT pg_wal_replay_resume()")
        for path in (*(f"{address}{path}" for path in PAGES), *(f"{page}{name}" for name in OF_KPI)):
            assert gina.get(path).status_code == 200, path
        assert sessions_of(standby) > 0
        assert "replica.failed" not in (tmp_path / "web.log").read_text()

        # Its end is not the end of the page.
        standby.kill()
        primary.ask("ALTER SYSTEM RESET synchronous_standby_names")
        primary.ask("SELECT pg_reload_conf()")
        assert FIGURE in gina.get(page).text
        assert "replica.failed" in (tmp_path / "web.log").read_text()


def test_a_promoted_standby_has_everything_that_was_accepted(
    servers: tuple[Server, Server], tmp_path: Path
) -> None:
    primary, standby = servers
    cast = build_cast(primary, tmp_path)
    accepted: dict[str, str] = {}
    is_over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/api/v1"

        def send(agent: int) -> None:
            number = 0
            while not is_over.is_set():
                accepted[f"{agent}-{number}"] = insist(
                    f"{address}/proposals", cast["key"], f"{agent}-{number}"
                )
                number += 1

        agents = [threading.Thread(target=send, args=(number,)) for number in range(2)]
        with web(tmp_path, primary.url, listener=listener):
            for agent in agents:
                agent.start()
            until(lambda: len(accepted) > 20, 60)
            primary.kill()
        before = dict(accepted)
        standby.ask("SELECT pg_promote()")
        with web(tmp_path, standby.url, listener=listener):
            until(lambda: len(accepted) > len(before) + 20, 60)
            is_over.set()
            for agent in agents:
                agent.join()
            # Asked again under its key, each is still the one it was.
            again = {key: insist(f"{address}/proposals", cast["key"], key) for key in before}
    assert again == before
    kept = standby.ask("SELECT array_agg(id::text) FROM proposals_proposal")
    assert sorted(kept) == sorted(accepted.values())
    for command in ("audit_verify", "escalation_audit"):
        _run(["manage.py", command], standby.url, tmp_path)


def browser(session: str) -> requests.Session:
    """Somebody signed in."""
    known = requests.Session()
    known.cookies.set(settings.SESSION_COOKIE_NAME, session)
    known.cookies.set(settings.CSRF_COOKIE_NAME, TOKEN)
    return known


def sessions_of(server: Server) -> int:
    """How many sessions ReviewHub has on it."""
    return int(server.ask("SELECT count(*) FROM pg_stat_activity WHERE usename = 'reviewhub'"))


def build_cast(server: Server, folder: Path) -> dict[str, Any]:
    """See `tests.faults.cast`."""
    written = _run(
        ["manage.py", "shell", "-c", "from tests.faults.cast import main; main()"], server.url, folder
    )
    return json.loads(written.splitlines()[-1])


@contextmanager
def web(folder: Path, database: str, listener: socket.socket | None = None, **environ: str) -> Iterator[str]:
    """The address of a web process on this database. It is killed at the end; an open port stays open."""
    port = listener or socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{port.getsockname()[1]}"
    child = processes.web(base_dir=settings.BASE_DIR, number=1, listener=port.fileno())
    child.environ = {**_environ(database, folder), "REVIEWHUB_BASE_URL": address, **environ}
    child.log = folder / "web.log"
    try:
        child.start()
        until(lambda: answers(f"{address}/api/v1"), 60)
        yield address
    finally:
        child.end()
        if listener is None:
            port.close()


def _run(words: list[str], database: str, folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, *words],
        cwd=settings.BASE_DIR,
        env={**os.environ, **_environ(database, folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _environ(database: str, folder: Path) -> dict[str, str]:
    return {
        "DATABASE_URL": database,
        "REVIEWHUB_DATA": str(folder),
        "REVIEWHUB_SECRET_KEYS": settings.SECRET_KEY,
    }
