"""What one simulated agent does about one proposal: wait for people, answer their questions, act on exactly their
decision, report.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from typing import Any

from apps.proposals.digests import action_sha256
from reviewhub.client import Client, Refused, Seen, Unavailable
from reviewhub.demo.answers import answer_to
from reviewhub.demo.case import Case

_WAIT = 50
_LONGEST_PAUSE = 30.0
# Seconds until later truth about an action comes in.
_LATER = (30, 150)
# Seconds an agent takes to answer a question.
_TO_LOOK_AGAIN = (8, 25)

Pause = Callable[[float], None]


def follow(client: Client, seen: Seen, *, case: Case | None, random: Random, pause: Pause) -> None:
    """Take a proposal to its end. `case` is unknown for one made before this process started.

    Raises Refused when the server says no; a server that does not answer is asked again, with longer pauses.
    """
    resource = seen.resource
    if resource["status"] == "recorded":
        if case is not None:
            pause(random.uniform(5, 20))
            _tell_what_people_did(client, resource, case, pause)
        return
    seen = _decided(client, seen, case, random, pause)
    if seen.resource["status"] == "approved":
        _carry_out(client, seen.resource, case, random, pause)


def patiently(call: Callable[[], Any], pause: Pause) -> Any:
    """The call's answer, however long the server is away."""
    wait = 1.0
    while True:
        try:
            return call()
        except Unavailable as away:
            pause(max(wait, away.after or 0))
            wait = min(wait * 2, _LONGEST_PAUSE)


def _decided(client: Client, seen: Seen, case: Case | None, random: Random, pause: Pause) -> Seen:
    """The proposal once it is not pending any more; a reviewer's question is answered meanwhile."""
    proposal_id = seen.resource["id"]
    told = ""
    while seen.resource["status"] == "pending":
        asked = seen.resource["info_request"]
        if asked and asked["id"] != told:
            pause(random.uniform(*_TO_LOOK_AGAIN))
            _tell(client, proposal_id, asked, case, random, pause)
            told = asked["id"]
        known = seen
        began = time.monotonic()
        seen = patiently(lambda: client.get(proposal_id, wait=_WAIT, known=known), pause)  # noqa: B023
        if seen is known and time.monotonic() - began < 1:
            # A server that does not let us wait must not be asked in a tight loop.
            pause(2)
    return seen


def _tell(
    client: Client, proposal_id: str, asked: dict[str, Any], case: Case | None, random: Random, pause: Pause
) -> None:
    body = answer_to(asked["question"], case=case, now=datetime.now(UTC), random=random)
    try:
        patiently(lambda: client.info(proposal_id, question_id=asked["id"], **body), pause)
    except Refused as refusal:
        # Called off, or decided by somebody who could not wait.
        if refusal.kind != "wrong-status":
            raise


def _carry_out(
    client: Client, resource: dict[str, Any], case: Case | None, random: Random, pause: Pause
) -> None:
    action, grant = resource["decision"]["action"], resource["grant"]
    if action is None or grant is None:
        _report(client, resource, "not_executed", "There was nothing to do.", pause)
        return
    if grant["redeemed_at"] is None:
        # The digest of what is about to be done, not the one that came with the answer.
        digest = action_sha256(action["name"], action["args"])
        patiently(lambda: client.redeem(grant["jti"], digest), pause)
    pause(random.uniform(0.5, 3))
    if random.random() < 0.04:
        _report(client, resource, "execution_error", "The other system did not answer in time.", pause)
        return
    _report(client, resource, "executed", case.result if case else "Done.", pause)
    if case is not None and (case.later or random.random() < 0.25):
        pause(random.uniform(*_LATER))
        _tell_later_truth(client, resource, case, pause)


def _report(client: Client, resource: dict[str, Any], disposition: str, detail: str, pause: Pause) -> None:
    def call() -> None:
        client.result(resource["id"], disposition=disposition, detail=detail, occurred_at=_now())

    patiently(call, pause)


def _tell_later_truth(client: Client, resource: dict[str, Any], case: Case, pause: Pause) -> None:
    def call() -> None:
        client.outcome(
            resource["id"],
            verdict="wrong" if case.later else "correct",
            severity="moderate" if case.later else "low",
            source="follow-up",
            detail=case.later or "Nobody came back on it.",
            occurred_at=_now(),
        )

    patiently(call, pause)


def _tell_what_people_did(client: Client, resource: dict[str, Any], case: Case, pause: Pause) -> None:
    done = case.done_by_people()
    action = {"name": done[0], "args": done[1]} if done else None
    patiently(
        lambda: client.human_action(resource["id"], action=action, actor="Contracts", occurred_at=_now()),
        pause,
    )


def _now() -> str:
    return datetime.now(UTC).isoformat()
