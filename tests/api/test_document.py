"""The OpenAPI document and the page made from it."""

import ast
import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.urls import reverse

from apps.api.document import document
from apps.api.examples import CLAIMS, PROPOSAL, VERIFY
from apps.api.problems import KINDS
from apps.intake.contract import ProposalIn
from apps.proposals.models import Proposal
from apps.proposals.states import Status
from apps.reviews import settling
from tests.api.conftest import AgentClient
from tests.factories import House, claimed, decided, pending, proposal_at
from tests.halts.conftest import go_on, key_of, stop


@pytest.fixture(autouse=True)
def _plain_static_files(settings: Any) -> None:
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


def test_the_document_is_openapi_31_and_open_to_everyone(client: Any) -> None:
    answer = client.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    assert answer.json()["openapi"].startswith("3.1")
    assert answer.json() == json.loads(json.dumps(document()))


def test_the_document_names_every_endpoint_of_the_contract() -> None:
    named = {
        (method.upper(), path) for path, operations in document()["paths"].items() for method in operations
    }
    proposal = "/api/v1/proposals/{proposal_id}"
    assert named == {
        ("POST", "/api/v1/proposals"),
        ("GET", "/api/v1/proposals"),
        ("POST", "/api/v1/proposals/batch"),
        ("POST", "/api/v1/workflows/{slug}/events"),
        ("POST", "/api/v1/runs/{run_id}/usage"),
        ("GET", proposal),
        ("POST", f"{proposal}/withdraw"),
        ("POST", f"{proposal}/result"),
        ("POST", f"{proposal}/outcome"),
        ("POST", f"{proposal}/human-action"),
        ("POST", f"{proposal}/info"),
        ("POST", f"{proposal}/judge"),
        ("POST", "/api/v1/grants/{jti}/redeem"),
        ("GET", "/api/v1/halts"),
        ("POST", "/api/v1/halts"),
        ("POST", "/api/v1/halts/{halt_id}/lift"),
        ("GET", "/api/v1/slices"),
        ("GET", "/api/v1/workflows"),
        ("GET", "/.well-known/jwks.json"),
    }


def test_every_operation_with_a_key_says_which_scope_it_needs() -> None:
    for path, operations in document()["paths"].items():
        for operation in operations.values():
            if path.startswith("/api/"):
                (need,) = operation["security"]
                assert need["BearerKey"][0] in {"propose", "read", "report", "judge", "halt"}
                assert operation["responses"]["401"]["headers"].keys() == {"WWW-Authenticate"}


def test_every_reference_of_the_document_leads_somewhere() -> None:
    text = json.dumps(document())
    schemas = document()["components"]["schemas"]
    assert set(re.findall(r'"#/components/schemas/(\w+)"', text)) <= schemas.keys()


def test_the_page_shows_every_endpoint_and_explains_every_problem(client: Any) -> None:
    answer = client.get(reverse("api:docs"))
    page = answer.content.decode()
    assert answer.status_code == 200
    for operations in document()["paths"].values():
        for operation in operations.values():
            assert f'id="{operation["operationId"]}"' in page
    for slug in KINDS:
        assert f'id="problem-{slug}"' in page
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)
    assert not re.search(r"<script|<style|\bstyle=|\bon\w+=", page)


def test_every_kind_of_problem_in_the_code_is_explained() -> None:
    used = set()
    apps = Path(settings.BASE_DIR, "apps")
    for path in [file for app in ("intake", "costs", "api") for file in apps.joinpath(app).rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                position = {"Refused": 1, "Refusal": 1, "Problem": 0, "Stop": 0}.get(node.func.id)
                if position is not None and isinstance(node.args[position], ast.Constant):
                    used.add(node.args[position].value)
    assert used - KINDS.keys() == set()
    assert KINDS.keys() - used == set()


def test_the_public_keys_are_open_and_verify_a_grant_offline(client: Any, house: House) -> None:
    jwt = pytest.importorskip("jwt", reason="PyJWT verifies the grant independently")
    assert client.get("/.well-known/jwks.json").json() == {"keys": []}
    proposal = proposal_at(house, Status.APPROVED)
    answer = client.get("/.well-known/jwks.json")
    assert answer["Content-Type"] == "application/json"
    keys = jwt.PyJWKSet.from_dict(answer.json())
    token = proposal.grant.token
    key = keys[jwt.get_unverified_header(token)["kid"]]
    claims = jwt.decode(
        token,
        key,
        algorithms=["EdDSA"],
        options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
    )
    assert claims["args_sha256"] == proposal.args_sha256
    assert claims["prp"] == str(proposal.pk)


def test_every_field_of_the_document_says_what_it_is() -> None:
    silent = [
        f"{name}.{field}"
        for name, schema in document()["components"]["schemas"].items()
        for field, rules in schema.get("properties", {}).items()
        if "description" not in rules
    ]
    assert silent == []


def test_the_table_of_claims_is_what_a_grant_carries_and_the_example_checks_it(
    client: Any, house: House
) -> None:
    jwt = pytest.importorskip("jwt", reason="the example uses PyJWT")
    with time_machine.travel(house.now, tick=False):
        task = claimed(pending(house), house.alice, house.now)
        decided(task, house.alice, house.now)
        settling.settle_due(now=house.now + timedelta(minutes=1))
    proposal = Proposal.objects.get(pk=task.proposal_id)
    token = proposal.grant.token
    assert jwt.decode(token, options={"verify_signature": False}).keys() == CLAIMS.keys()
    names: dict[str, Any] = {}
    exec(VERIFY, names)  # noqa: S102  (the example is ours)
    given = (token, client.get("/.well-known/jwks.json").json(), settings.BASE_URL, "cancel_order")
    with time_machine.travel(house.now + timedelta(minutes=2), tick=False):
        assert names["check"](*given, proposal.args)["prp"] == str(proposal.pk)
        with pytest.raises(ValueError, match="another action"):
            names["check"](*given, {**proposal.args, "order_id": "#W2"})
    with (
        time_machine.travel(house.now + timedelta(days=1), tick=False),
        pytest.raises(jwt.ExpiredSignatureError),
    ):
        names["check"](*given, proposal.args)


def test_the_example_is_a_whole_proposal_that_is_taken_in(bot: AgentClient) -> None:
    assert bot.propose(PROPOSAL).status_code == 202
    assert PROPOSAL.keys() == ProposalIn.model_fields.keys() - {
        "consequence",
        "reversibility",
        "expires_at",
        "state",
        "supersedes",
    }


def test_every_example_body_is_understood(bot: AgentClient, house: House) -> None:
    proposal = proposal_at(house, Status.APPROVED)
    # Lifted already, so that it stops none of the others; lifting it again changes nothing.
    key = key_of(house.agent)
    halt = go_on(house, stop(house, by=key), by=key)
    for path, operations in document()["paths"].items():
        if "post" not in operations:
            continue
        example = operations["post"]["requestBody"]["content"]["application/json"]["example"]
        place = path.removeprefix("/api/v1").format(
            proposal_id=proposal.pk,
            jti=proposal.grant.pk,
            slug=house.workflow.slug,
            run_id="run-1",
            halt_id=halt.pk,
        )
        answer = bot.post(place, example, idempotency_key="example")
        # Not every call fits an approved proposal; every one of them can be read.
        assert answer.status_code in {200, 201, 202, 409}, (path, answer.json())
        assert [item for item in answer.json().get("items", []) if item["status"] >= 400] == []
