"""Reviewers deciding over HTTP as their browsers do: one POST decides a task and claims the next."""

from http.client import HTTPConnection
from urllib.parse import urlencode

from django.db import connection as database

from tests.bench.ground import Ground

CSRF = "c" * 32


class Reviewers:
    """One signed-in reviewer per client. The tokens a page would carry are read from the database."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._leads_to: dict[int, str] = {}

    def start(self, port: int, client: int) -> None:
        """Claim the first task."""
        status = self._post(HTTPConnection("127.0.0.1", port, timeout=30), "/tasks/next/", client, {})
        if status != 302:
            raise RuntimeError(f"claiming the first task answered {status}")

    def decide(self, connection: HTTPConnection, client: int, _round: int) -> int:
        """Approve what this reviewer holds; the answer leads to the next task. 1 if done, 0 with nothing left."""
        person = self._ground.reviewers[client]
        with database.cursor() as cursor:
            cursor.execute(
                "SELECT t.id, t.lease_token, t.version, p.args_sha256, p.subject_id FROM reviews_task t "
                "JOIN proposals_proposal p ON p.id = t.proposal_id WHERE t.claimed_by_id = %s AND t.status = 'claimed'",
                [person.pk],
            )
            held = cursor.fetchone()
        if held is None:
            return 0
        task, lease, version, digest, subject = held
        form = {"verb": "approve", "lease_token": lease, "version": version, "seen_sha256": digest}
        # Asked for only where something else about the same subject is open.
        form["typed"] = subject
        status = self._post(connection, f"/tasks/{task}/decide/", client, form)
        if status != 302:
            raise RuntimeError(f"deciding answered {status}")
        return 1

    def decide_and_look(self, connection: HTTPConnection, client: int, round_: int) -> int:
        """The same, and read the card the answer leads to, as the browser does then."""
        done = self.decide(connection, client, round_)
        if done and self.get(connection, self._leads_to[client], client) != 200:
            raise RuntimeError(f"{self._leads_to[client]} did not answer well")
        return done

    def get(self, connection: HTTPConnection, path: str, client: int = 0) -> int:
        """Read a page; its status."""
        connection.request("GET", path, headers=self._headers(client))
        answer = connection.getresponse()
        answer.read()
        return answer.status

    def _post(self, connection: HTTPConnection, path: str, client: int, form: dict[str, object]) -> int:
        body = urlencode({"csrfmiddlewaretoken": CSRF, **form})
        headers = {**self._headers(client), "Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", path, body=body, headers=headers)
        answer = connection.getresponse()
        answer.read()
        self._leads_to[client] = answer.getheader("Location") or path
        return answer.status

    def _headers(self, client: int) -> dict[str, str]:
        return {"Cookie": f"sessionid={self._ground.sessions[client]}; csrftoken={CSRF}"}
