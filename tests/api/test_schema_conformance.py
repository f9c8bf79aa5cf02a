"""Schemathesis over the whole API: whatever is sent, the answers are those the document promises."""

from collections.abc import Iterator
from itertools import count
from typing import Any
from uuid import UUID

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, settings
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import negative_data_rejection

from apps.proposals.states import Status
from tests.api.conftest import make_key
from tests.factories import House, proposal_at, proposal_body

CONFIG = {
    "generation": {"deterministic": True, "database": "none"},
    # That a body is well formed does not make it acceptable: workflows, actions, their arguments, ids and grants are
    # data, and rules across fields (an amount needs its currency) are not in the schema. What must pass is sent by
    # the other tests.
    "checks": {"positive_data_acceptance": {"enabled": False}},
}
# A batch answers 200 and refuses its bad items one by one.
NOT_CHECKED = {"/api/v1/proposals/batch": [negative_data_rejection]}
_number = count()

schema = schemathesis.openapi.from_wsgi(
    "/api/v1/openapi.json", WSGIHandler(), config=SchemathesisConfig.from_dict(CONFIG)
)


@pytest.fixture
def one_connection(db: None) -> Iterator[None]:
    """As in Django's own test client: a request does not close the connection its test works in."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def world(one_connection: None, house: House) -> dict[str, Any]:
    """A key for everything, and ids that lead to proposals in every status and to a grant."""
    proposals = [proposal_at(house, status) for status in Status]
    return {
        "token": make_key(house.agent)[1],
        "house": house,
        "proposals": [str(row.pk) for row in proposals],
        "grants": [str(row.grant.pk) for row in proposals if hasattr(row, "grant")],
    }


@schema.parametrize()
@settings(
    max_examples=15,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_answers_are_as_documented(case: Any, world: dict[str, Any]) -> None:
    lead_to_real_things(case, world)
    headers = {"Authorization": f"Bearer {world['token']}"}
    case.call_and_validate(headers=headers, excluded_checks=NOT_CHECKED.get(case.operation.path, []))


def lead_to_real_things(case: Any, world: dict[str, Any]) -> None:
    """Most well-formed requests shall get past "there is no such thing"."""
    number = next(_number)
    for name, known in (("proposal_id", world["proposals"]), ("jti", world["grants"])):
        if name in (case.path_parameters or {}) and _is_id(case.path_parameters[name]) and number % 4:
            case.path_parameters[name] = known[number % len(known)]
    if "slug" in (case.path_parameters or {}) and number % 4:
        case.path_parameters["slug"] = world["house"].workflow.slug
    is_well_formed = case.meta is None or case.meta.generation.mode is GenerationMode.POSITIVE
    if is_well_formed and case.path.endswith("/proposals") and isinstance(case.body, dict) and number % 3:
        case.body = case.body | {"workflow": "orders", "action": proposal_body()["action"]}


def _is_id(text: object) -> bool:
    try:
        return str(UUID(str(text))) == text
    except ValueError:
        return False
