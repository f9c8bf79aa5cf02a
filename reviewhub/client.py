"""A small client of the agents' API, for programs that propose: `replay` and the demo's agents.

One method a call, plain dictionaries as the API describes them. A refusal is an exception that carries the
problem; a server that does not answer, or says "later", is another one, and trying again is the caller's
decision. Knows nothing of Django: it can be copied into an agent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import quote

import requests

_LATER = {429, 502, 503, 504}
Json = dict[str, Any]


class Refused(Exception):
    """The API said no. `kind` is the problem's slug, `detail` its sentence, `errors` are `{loc, msg}`."""

    def __init__(self, status: int, kind: str, detail: str, errors: Sequence[Mapping[str, Any]] = ()) -> None:
        self.status = status
        self.kind = kind
        self.detail = detail
        self.errors = tuple(errors)
        where = "; ".join(f"{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in self.errors[:3])
        super().__init__(f"{detail} ({where})" if where else detail)

    @property
    def is_about_the_key(self) -> bool:
        """Whether every other call with this key would be refused as well."""
        return self.status == 401 or self.kind in {"missing-scope", "agent-suspended"}


class Unavailable(Exception):
    """No answer, or one that means "try again". `after`: the seconds the server asked to wait, or None."""

    def __init__(self, detail: str, after: float | None = None) -> None:
        self.after = after
        super().__init__(detail)


@dataclass(frozen=True, slots=True)
class Proposed:
    """An accepted proposal: its resource, and whether this was a replay of an earlier request."""

    resource: Json
    is_replay: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """A proposal as it was read, with the ETag that tells the server what the reader knows."""

    resource: Json
    etag: str


class Client:
    """Talks to the ReviewHub at `url` with an agent's `key`, from one thread.

    Every call raises Refused or Unavailable, and ValueError for what JSON cannot say (NaN).
    """

    def __init__(self, url: str, key: str, *, timeout: float = 30) -> None:
        self._base = f"{url.rstrip('/')}/api/v1"
        self._timeout = timeout
        self._session = requests.Session()
        # A proxy or a .netrc of this machine must not see or replace the key.
        self._session.trust_env = False
        self._session.headers["Authorization"] = f"Bearer {key}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._session.close()

    def workflows(self) -> list[Json]:
        """What the agent may propose: workflows with their actions and the JSON Schemas of the arguments."""
        found: list[Json] = _json(self._call("GET", "/workflows"))["items"]
        return found

    def propose(self, proposal: Mapping[str, Any], *, idempotency_key: str) -> Proposed:
        """Send one proposal. The same key and proposal may be sent any number of times."""
        answer = self._call("POST", "/proposals", proposal, headers={"Idempotency-Key": idempotency_key})
        return Proposed(_json(answer), answer.headers.get("Idempotent-Replayed") == "true")

    def propose_batch(self, proposals: Sequence[tuple[str, Mapping[str, Any]]]) -> list[Proposed | Refused]:
        """Send up to 1,000 (idempotency key, proposal); one answer each, in order."""
        items = [{"idempotency_key": key, "proposal": proposal} for key, proposal in proposals]
        answered = _json(self._call("POST", "/proposals/batch", {"items": items}))
        return [_answer_of(item) for item in answered["items"]]

    def get(self, proposal_id: str, *, wait: int = 0, known: Seen | None = None) -> Seen:
        """The proposal as it is now. With `wait` (0 to 55 seconds): once it is not as `known` any more."""
        answer = self._call(
            "GET",
            _of(proposal_id),
            params={"wait": wait} if wait else {},
            headers={"If-None-Match": known.etag} if known else {},
            timeout=self._timeout + wait,
        )
        if known is not None and answer.status_code == 304:
            return known
        return Seen(_json(answer), answer.headers.get("ETag", ""))

    def listed(self, **filters: Any) -> Json:
        """`{items, next_cursor}` of the agent's own proposals, newest first."""
        return _json(self._call("GET", "/proposals", params=filters))

    def redeem(self, jti: str, args_sha256: str) -> Json:
        """Use a grant, right before carrying out exactly the action with this digest."""
        body = {"args_sha256": args_sha256}
        return _json(self._call("POST", f"/grants/{quote(jti, safe='')}/redeem", body))

    def result(self, proposal_id: str, **report: Any) -> None:
        """Report what became of an approved action: disposition, occurred_at, detail, cost, duration_ms."""
        self._call("POST", f"{_of(proposal_id)}/result", report)

    def outcome(self, proposal_id: str, **report: Any) -> None:
        """Report later truth: verdict, severity, source, occurred_at, detail."""
        self._call("POST", f"{_of(proposal_id)}/outcome", report)

    def human_action(self, proposal_id: str, **report: Any) -> None:
        """Report what people really did: action (None: nothing), actor, occurred_at."""
        self._call("POST", f"{_of(proposal_id)}/human-action", report)

    def info(self, proposal_id: str, *, answer: str, **more: Any) -> None:
        """Answer the question in the resource's `info_request`: evidence, question_id (its id) may come with it."""
        self._call("POST", f"{_of(proposal_id)}/info", {"answer": answer, **more})

    def withdraw(self, proposal_id: str, *, reason: str) -> None:
        """Take a pending proposal back."""
        self._call("POST", f"{_of(proposal_id)}/withdraw", {"reason": reason})

    def _call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> requests.Response:
        try:
            answer = self._session.request(
                method,
                f"{self._base}{path}",
                json=body,
                params=params,
                headers=headers,
                timeout=timeout or self._timeout,
                allow_redirects=False,
            )
        except (requests.exceptions.InvalidURL, requests.exceptions.InvalidJSONError) as error:
            raise ValueError(str(error)) from error
        except requests.RequestException as error:
            raise Unavailable(f"No answer from {self._base}: {type(error).__name__}") from error
        if answer.status_code in _LATER:
            raise Unavailable(f"{self._base} answers {answer.status_code}", _seconds(answer))
        if not 200 <= answer.status_code < 300 and answer.status_code != 304:
            raise _refusal(answer)
        return answer


def _of(proposal_id: str) -> str:
    return f"/proposals/{quote(proposal_id, safe='')}"


def _json(answer: requests.Response) -> Json:
    try:
        return answer.json()
    except ValueError as error:
        raise Unavailable(f"{answer.url} does not answer like a ReviewHub") from error


def _answer_of(item: Json) -> Proposed | Refused:
    problem = item["problem"]
    if problem is None:
        return Proposed(item["proposal"], item["replayed"])
    return Refused(item["status"], _kind(problem), problem["detail"], problem["errors"])


def _refusal(answer: requests.Response) -> Refused:
    """The problem of an answer; an answer that is none (a proxy's page) is told by its status."""
    try:
        problem = answer.json()
        return Refused(answer.status_code, _kind(problem), problem["detail"], problem.get("errors", []))
    except (ValueError, KeyError, TypeError, AttributeError):
        return Refused(
            answer.status_code, f"http-{answer.status_code}", f"The answer was {answer.status_code}."
        )


def _kind(problem: Mapping[str, Any]) -> str:
    """The slug at the end of a problem's type."""
    return str(problem["type"]).rpartition("#problem-")[2].rpartition("/")[2]


def _seconds(answer: requests.Response) -> float | None:
    given = answer.headers.get("Retry-After", "")
    return float(given) if given.isascii() and given.isdigit() else None
