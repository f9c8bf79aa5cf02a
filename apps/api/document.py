"""The OpenAPI 3.1 document, made from the code: ninja's, with problems as they are and scopes by name."""

import re
from functools import cache
from typing import Any

from django.conf import settings

from apps.api import described
from apps.api.answers import KeySetOut
from apps.api.door import api
from apps.api.examples import BODIES
from apps.api.keys import BearerKey
from apps.api.problems import CONTENT_TYPE

PATH = "/api/v1"
_REF = "#/components/schemas/{model}"
_METHODS = ("get", "post")
# Ninja drops it from the documented path in the same way.
_CONVERTER = re.compile(r"\{[^}:]+:")


@cache
def document() -> dict[str, Any]:
    """The whole document."""
    made: dict[str, Any] = api.get_openapi_schema(path_prefix=PATH + "/")
    made["servers"] = [{"url": settings.BASE_URL}]
    made["info"]["description"] = f"{api.description} A body has at most {_most_megabytes()} MiB."
    schemas = made["components"]["schemas"]
    made["paths"]["/.well-known/jwks.json"] = {"get": _key_set(schemas)}
    for path in made["paths"].values():
        for method in _METHODS:
            if method in path:
                _correct(path[method])
    _name_scopes(made)
    return made


def _most_megabytes() -> int:
    return settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024**2


def _add(schemas: dict[str, Any], schema: dict[str, Any], name: str) -> None:
    schemas.update(schema.pop("$defs", {}))
    schemas[name] = schema


def _key_set(schemas: dict[str, Any]) -> dict[str, Any]:
    _add(schemas, KeySetOut.model_json_schema(ref_template=_REF), "KeySetOut")
    return {
        "operationId": "read_key_set",
        "summary": "Public keys of grants",
        "description": "The keys with which a tool can verify a grant offline. Needs no key.",
        "tags": ["After"],
        "responses": {
            "200": {
                "description": "OK",
                "content": {"application/json": {"schema": {"$ref": _REF.format(model="KeySetOut")}}},
            }
        },
    }


def _correct(operation: dict[str, Any]) -> None:
    """Statuses as text, problems with their type, 401 with its header, an example; parameters are never null."""
    for content in operation.get("requestBody", {}).get("content", {}).values():
        content["example"] = BODIES[operation["operationId"]]
    for parameter in operation.get("parameters", []):
        choices = [choice for choice in parameter["schema"].pop("anyOf", []) if choice != {"type": "null"}]
        parameter["schema"].update(*choices)
    operation["responses"] = {str(status): told for status, told in operation["responses"].items()}
    for status, response in operation["responses"].items():
        if int(status) >= 400:
            response["content"] = {CONTENT_TYPE: response["content"].pop("application/json")}
        if status == "401":
            response["headers"] = {"WWW-Authenticate": described.header("How to sign in.")}


def _name_scopes(made: dict[str, Any]) -> None:
    """Which scope each operation needs; OpenAPI 3.1 allows role names for bearer keys."""
    for router in api._get_bound_routers():
        for path, view in router.path_operations.items():
            for operation in view.operations:
                for auth in operation.auth_callbacks:
                    if isinstance(auth, BearerKey):
                        full = PATH + _CONVERTER.sub("{", path)
                        for method in operation.methods:
                            made["paths"][full][method.lower()]["security"] = [
                                {type(auth).__name__: [auth.scope.value]}
                            ]
