"""Which problems can an agent be told about, and how do they look on the wire?

One table of every problem's slug, status, title and what to do about it: the answers, the OpenAPI document
and the page that documents them all read it. Form: RFC 9457, `application/problem+json`.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

CONTENT_TYPE = "application/problem+json"
MOST_ERRORS = 50
_LONGEST_STEP = 200


class Kind(NamedTuple):
    """One kind of problem: the status of its answer, its title, and what an agent should do about it."""

    status: int
    title: str | Promise
    advice: str | Promise


KINDS: dict[str, Kind] = {
    "malformed-json": Kind(
        400, _("Not JSON"), _("The body is no JSON text; the detail says where it breaks.")
    ),
    "unauthorized": Kind(
        401,
        _("No valid key"),
        _("Send `Authorization: Bearer <key>` with a key that is neither expired nor revoked."),
    ),
    "missing-scope": Kind(
        403, _("The key may not do this"), _("Use a key with the scope that the detail names.")
    ),
    "agent-suspended": Kind(403, _("Agent suspended"), _("Stop. People have suspended this agent.")),
    "slice-suspended": Kind(
        403, _("Slice suspended"), _("Stop proposing this kind of action; people suspended it.")
    ),
    "halted": Kind(
        403,
        _("Halted"),
        _(
            "Stop for now. The detail says what is halted and why; try again later with the same Idempotency-Key."
        ),
    ),
    "not-liftable": Kind(
        403,
        _("Not for a key to lift"),
        _("Ask a person: a key lifts only what it stopped itself and no person has looked at since."),
    ),
    "budget-spent": Kind(
        403,
        _("Budget spent"),
        _(
            "Stop. The detail says which budget, and until when. What you reported is on record; what was decided may "
            "still be carried out."
        ),
    ),
    "step-cap-reached": Kind(
        403, _("Too many steps"), _("End this run; the workflow lets a run take only so many steps.")
    ),
    "workflow-not-granted": Kind(
        403, _("Workflow not granted"), _("Ask an administrator to let the agent into the workflow.")
    ),
    "action-not-granted": Kind(
        403, _("Action not granted"), _("Propose an action type that the agent was given in this workflow.")
    ),
    "refused-by-rule": Kind(
        403, _("Refused by a rule"), _("Do what the detail says instead; the rule refuses it as it is.")
    ),
    "outside-scope": Kind(
        403,
        _("Outside the agent's limits"),
        _("Stay within the limits that the detail names, also with alternatives, or leave it to a person."),
    ),
    "not-found": Kind(404, _("Not found"), _("There is no such thing, or it belongs to another agent.")),
    "method-not-allowed": Kind(405, _("Method not allowed"), _("Use a method of the `Allow` header.")),
    "idempotency-conflict": Kind(
        409, _("Key used with another body"), _("Draw a new Idempotency-Key for a new request.")
    ),
    "external-id-taken": Kind(
        409, _("External id used before"), _("Read the proposal that has it, or send an id of its own.")
    ),
    "wrong-status": Kind(
        409, _("Not in this status"), _("Read the proposal: its status does not allow this.")
    ),
    "not-redeemable": Kind(409, _("Grant not redeemable"), _("Do not carry the action out.")),
    "length-required": Kind(411, _("Length required"), _("Send a Content-Length header.")),
    "body-too-large": Kind(
        413, _("Body too large"), _("Send less at once; the limit of a body is named in the detail.")
    ),
    "unsupported-media-type": Kind(
        415, _("Not sent as JSON"), _("Send `Content-Type: application/json`, in UTF-8.")
    ),
    "invalid-request": Kind(422, _("Invalid request"), _("Correct the fields that `errors` names.")),
    "invalid-arguments": Kind(
        422, _("Invalid arguments"), _("Make the arguments fit the JSON Schema of the action type.")
    ),
    "unknown-version": Kind(
        422,
        _("Unknown agent version"),
        _("Describe the version once as an object; then its fingerprint is enough."),
    ),
    "internal-error": Kind(500, _("Internal error"), _("Try again with the same Idempotency-Key.")),
    "not-configured": Kind(
        503, _("Not configured"), _("Try later; an administrator has to finish the set-up.")
    ),
    "unavailable": Kind(503, _("Unavailable"), _("Try again in a moment with the same Idempotency-Key.")),
}


class Problem(Exception):
    """Ends a request with this problem. `errors` are `{loc, msg}`, `headers` are sent along."""

    def __init__(
        self,
        kind: str,
        detail: str | Promise,
        *,
        errors: Iterable[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.kind = kind
        self.detail = str(detail)
        self.errors = list(errors)
        self.headers = dict(headers or {})
        super().__init__(self.detail)

    @property
    def status(self) -> int:
        return KINDS[self.kind].status

    def as_json(self) -> dict[str, Any]:
        """The RFC 9457 members; at most `MOST_ERRORS` errors."""
        return {
            "type": type_uri(self.kind),
            "title": str(KINDS[self.kind].title),
            "status": self.status,
            "detail": self.detail,
            "errors": [
                {"loc": [_step(step) for step in error["loc"]], "msg": str(error["msg"])}
                for error in self.errors[:MOST_ERRORS]
            ],
        }


def type_uri(kind: str) -> str:
    """Where this kind of problem is explained."""
    return f"{settings.BASE_URL}/api/v1/docs#problem-{kind}"


def answer(problem: Problem) -> HttpResponse:
    """The problem as a response. Plain ASCII JSON, so that whatever it quotes can be sent."""
    content = json.dumps(problem.as_json())
    return HttpResponse(content, status=problem.status, content_type=CONTENT_TYPE, headers=problem.headers)


def unexpected(error: Exception) -> Problem:
    """What an agent is told about an exception nobody foresaw: nothing of its inside."""
    if isinstance(error, OperationalError | InterfaceError):
        return Problem("unavailable", _("The database does not answer."), headers={"Retry-After": "2"})
    return Problem("internal-error", _("Something went wrong here, not with the request; it was logged."))


def _step(step: object) -> str | int:
    return step if isinstance(step, int) else str(step)[:_LONGEST_STEP]
