"""Processes that do one act each and may be killed at a chosen moment of it.

    python -m tests.faults.victims

reads orders as lines of JSON, `{"act": ..., "now": ..., "words": {...}, "fault": "kill" | "cut" | "", "at": n}`, and
answers each with `{"ended": "done" | "killed" | "failed", "answer": ..., "moments": how many there were, "commits": at
which of them}`. Each act runs in a process of its own: a fork of this one, which has everything loaded and no
connection.

A moment is the point before a statement, before a commit, or after one. `kill` is SIGKILL at that moment; `cut` ends
the process's session on the server, as a database that restarts or fails over does.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reviewhub.settings")
    django.setup()

import psycopg
from django.db import connection

from tests.faults.acts import do


class Moments:
    """Counts the moments of this process, and does `fault` at the chosen one."""

    def __init__(self, fault: Callable[[], None], at: int) -> None:
        self.count = 0
        self.commits: list[int] = []
        self._fault = fault
        self._at = at

    def pass_one(self) -> None:
        self.count += 1
        if self.count == self._at:
            self._fault()

    def around_statement(self, execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        self.pass_one()
        return execute(sql, params, many, context)

    def around_commit(self, commit: Callable[[], None]) -> Callable[[], None]:
        def watched() -> None:
            self.pass_one()
            self.commits.append(self.count)
            commit()
            self.pass_one()

        return watched


def kill() -> None:
    """As the system's out-of-memory killer does it: no clean-up, no last words."""
    os.kill(os.getpid(), signal.SIGKILL)


def cut() -> None:
    """End this process's session on the server, from another one."""
    pid = connection.connection.info.backend_pid
    parameters = {**connection.get_connection_params(), "cursor_factory": psycopg.Cursor}
    parameters.pop("context", None)
    with psycopg.connect(**parameters) as other:
        other.execute("SELECT pg_terminate_backend(%s, 2000)", [pid])


_FAULTS: dict[str, Callable[[], None]] = {"kill": kill, "cut": cut, "": lambda: None}


def obey(order: dict[str, Any]) -> dict[str, Any]:
    """Do the act in this process. The answer, unless this process ends before."""
    moments = Moments(_FAULTS[order["fault"]], order["at"])
    connection.ensure_connection()
    connection._commit = moments.around_commit(connection._commit)
    ended, answer = "done", None
    with connection.execute_wrapper(moments.around_statement):
        try:
            answer = do(order["act"], now=datetime.fromisoformat(order["now"]), **order["words"])
        except Exception as error:
            ended, answer = "failed", f"{type(error).__name__}: {error}"
    return {"ended": ended, "answer": answer, "moments": moments.count, "commits": moments.commits}


def in_a_process_of_its_own(order: dict[str, Any]) -> dict[str, Any]:
    """Fork, obey there, and wait for the end."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        os.write(writing, json.dumps(obey(order)).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as said:
        answer = said.read()
    _pid, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        return {"ended": "killed", "answer": os.WTERMSIG(status), "moments": order["at"]}
    return dict(json.loads(answer))


def main() -> None:
    """Obey until nobody asks any more."""
    for line in sys.stdin:
        sys.stdout.write(json.dumps(in_a_process_of_its_own(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
