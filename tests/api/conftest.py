"""An agent with a key, speaking HTTP."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from apps.registry.keys import new_key
from apps.registry.models import Agent, AgentKey
from apps.registry.states import Scope
from tests import factories


class AgentClient:
    """Speaks as one agent. Every answer is the plain test response; `.json()` reads it."""

    def __init__(self, token: str) -> None:
        self.token = token
        self._http = Client(raise_request_exception=False, headers={"authorization": f"Bearer {token}"})

    def get(self, path: str, **headers: str) -> Any:
        return self._http.get(f"/api/v1{path}", headers=_dashed(headers))

    def post(self, path: str, body: Any, **headers: str) -> Any:
        content = body if isinstance(body, str | bytes) else json.dumps(body)
        content_type = headers.pop("content_type", "application/json")
        return self._http.post(f"/api/v1{path}", content, content_type=content_type, headers=_dashed(headers))

    def propose(self, body: Any = None, key: str | None = None, **headers: str) -> Any:
        sent = factories.proposal_body() if body is None else body
        return self.post("/proposals", sent, idempotency_key=key or uuid4().hex, **headers)


def _dashed(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def make_key(agent: Agent, *scopes: Scope, expires_at: datetime | None = None) -> tuple[AgentKey, str]:
    """A key with these scopes (default: all) and its token."""
    made = new_key()
    now = timezone.now()
    row = AgentKey.objects.create(
        agent=agent,
        prefix=made.prefix,
        secret_sha256=made.secret_sha256,
        scopes=[scope.value for scope in scopes or Scope],
        created_at=now,
        created_by="test",
        expires_at=expires_at or now + timedelta(days=1),
    )
    return row, made.token


@pytest.fixture
def bot(house: factories.House) -> AgentClient:
    """The order bot with a key for everything."""
    return AgentClient(make_key(house.agent)[1])


@pytest.fixture
def stranger(house: factories.House) -> AgentClient:
    """Another agent, with a key for everything."""
    return AgentClient(make_key(factories.AgentFactory(slug="other-bot"))[1])


@pytest.fixture
def is_problem() -> Callable[..., dict[str, Any]]:
    """Checks that a response is this problem in full form, and returns it."""

    def check(response: Any, status: int, kind: str, *locs: list[Any]) -> dict[str, Any]:
        assert response.status_code == status, response.content[:500]
        assert response["Content-Type"] == "application/problem+json"
        body: dict[str, Any] = json.loads(response.content)
        assert body.keys() == {"type", "title", "status", "detail", "errors"}
        assert body["type"].endswith(f"/api/v1/docs#problem-{kind}")
        assert body["status"] == status
        assert body["detail"]
        for loc in locs:
            assert loc in [error["loc"] for error in body["errors"]], body["errors"]
        return body

    return check


@pytest.fixture
def nothing_kept() -> Callable[[], AbstractContextManager[None]]:
    """`with nothing_kept():` fails if anything of a proposal was stored meanwhile. Refusals are audited."""

    def rows() -> dict[str, int]:
        models = [
            model
            for label in ("intake", "proposals", "reviews", "sla", "delivery", "trust", "evaluation")
            for model in _models(label)
        ]
        return {model._meta.label: model._default_manager.count() for model in models}

    @contextmanager
    def check() -> Iterator[None]:
        before = rows()
        yield
        assert rows() == before

    return check


def _models(label: str) -> list[type[Model]]:
    return list(apps.get_app_config(label).get_models())
