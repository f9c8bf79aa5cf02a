"""The OpenAPI document and the page made from it."""

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse

from apps.api.document import document
from apps.api.problems import KINDS
from apps.proposals.states import Status
from tests.factories import House, proposal_at


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
        ("GET", proposal),
        ("POST", f"{proposal}/withdraw"),
        ("POST", f"{proposal}/result"),
        ("POST", f"{proposal}/outcome"),
        ("POST", f"{proposal}/human-action"),
        ("POST", "/api/v1/grants/{jti}/redeem"),
        ("GET", "/api/v1/slices"),
        ("GET", "/.well-known/jwks.json"),
    }


def test_every_operation_with_a_key_says_which_scope_it_needs() -> None:
    for path, operations in document()["paths"].items():
        for operation in operations.values():
            if path.startswith("/api/"):
                (need,) = operation["security"]
                assert need["BearerKey"][0] in {"propose", "read", "report"}
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
    for path in [*apps.joinpath("intake").rglob("*.py"), *apps.joinpath("api").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                position = {"Refused": 1, "Refusal": 1, "Problem": 0}.get(node.func.id)
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
