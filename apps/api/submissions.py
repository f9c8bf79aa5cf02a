"""Turns requests to propose into submissions, and intake's answers into items or problems."""

import hashlib
import json
from typing import Any

from pydantic import BaseModel, ValidationError

from apps.api.bodies import BatchItemIn
from apps.api.problems import Problem
from apps.api.validation import summed_up, told
from apps.intake.contract import ProposalIn
from apps.intake.requests import Accepted, Answered, Refused, Submission


def submission(key: str, body: ProposalIn) -> Submission:
    """What intake needs to know. Two bodies are the same if they say the same, however they are written."""
    return Submission(key, digest(body), body)


def digest(body: BaseModel) -> str:
    """The SHA-256 of what a body says."""
    said = json.dumps(body.model_dump(exclude_unset=True), default=str, sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


def batch_submission(item: Any) -> Submission:
    """The submission of one batch item. Raises Problem with what is wrong with it."""
    try:
        read = BatchItemIn.model_validate(item)
    except ValidationError as error:
        errors = told(error.errors(include_url=False, include_context=False, include_input=False))
        raise Problem("invalid-request", summed_up(errors), errors=errors) from error
    return submission(read.idempotency_key, read.proposal)


def problem_of(refused: Refused) -> Problem:
    """The problem to answer a refusal with."""
    return Problem(refused.problem, refused.detail, errors=refused.errors)


def item_of(answered: Answered | Problem) -> dict[str, Any]:
    """One answer of a batch, as `answers.BatchItemOut` describes it."""
    if isinstance(answered, Accepted):
        return {
            "status": answered.status_code,
            "proposal": answered.resource,
            "replayed": answered.is_replay,
            "problem": None,
        }
    problem = answered if isinstance(answered, Problem) else _in_proposal(answered)
    return {"status": problem.status, "proposal": None, "replayed": False, "problem": problem.as_json()}


def _in_proposal(refused: Refused) -> Problem:
    errors = [{**error, "loc": ["proposal", *error["loc"]]} for error in refused.errors]
    return Problem(refused.problem, refused.detail, errors=errors)
