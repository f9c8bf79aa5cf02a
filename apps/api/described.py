"""Says, for the OpenAPI document, what an endpoint can answer."""

from typing import Any

from apps.api import answers
from apps.api.problems import KINDS

# Any call with a key can end in these.
_WITH_KEY = ("unauthorized", "missing-scope", "agent-suspended", "internal-error", "unavailable")
# Any call with a body can.
WITH_BODY = (
    "malformed-json",
    "length-required",
    "body-too-large",
    "unsupported-media-type",
    "invalid-request",
)
# Everything intake can refuse a proposal for.
OUT_OF_SCOPE = (
    "workflow-not-granted",
    "action-not-granted",
    "outside-scope",
    "slice-suspended",
    "refused-by-rule",
    "halted",
    "budget-spent",
    "step-cap-reached",
    "invalid-arguments",
    "unknown-version",
    "not-configured",
    "idempotency-conflict",
    "external-id-taken",
    "wrong-status",
)


def can_answer(good: dict[int, Any], *kinds: str) -> dict[int, Any]:
    """{status: model} of the good answers and of every kind of problem named, for ninja's `response`."""
    statuses = sorted({KINDS[kind].status for kind in (*_WITH_KEY, *kinds)})
    return good | dict.fromkeys(statuses, answers.Problem)


def header(description: str, kind: str = "string") -> dict[str, Any]:
    """One response header."""
    return {"description": description, "schema": {"type": kind}}


ETAG = {"ETag": header("The version of the resource.")}
RETRY = {"Retry-After": header("Seconds to leave before the next look.", "integer")}
REPLAYED = {
    "Idempotent-Replayed": header("`true` when this is the stored answer to an earlier request."),
}
CREATED = {"Location": header("Where the proposal is.")} | REPLAYED
