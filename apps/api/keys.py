"""Who is calling? The agent behind the bearer key, if the key has the scope that the endpoint needs."""

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja.security.base import AuthBase

from apps.api.problems import Problem
from apps.registry.actions import note_refused
from apps.registry.models import Agent, AgentKey
from apps.registry.queries import authenticate
from apps.registry.states import AgentStatus, Scope

_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="ReviewHub"'}
_WRONG = {"WWW-Authenticate": 'Bearer realm="ReviewHub", error="invalid_token"'}


class BearerKey(AuthBase):
    """A key with this scope. The endpoint finds it as `request.auth`."""

    openapi_type = "http"
    openapi_scheme = "bearer"
    openapi_description = "A key of an agent: `Authorization: Bearer rh_<prefix>_<secret>`."

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        super().__init__()

    def __call__(self, request: HttpRequest) -> AgentKey:
        return live_key(request.headers.get("Authorization", ""), self.scope)


def live_key(authorization: str, scope: Scope) -> AgentKey:
    """The key of this Authorization header. Raises Problem: 401 without, 403 for scope or suspension."""
    scheme, _space, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise Problem("unauthorized", _("The request carries no bearer key."), headers=_CHALLENGE)
    key = authenticate(token.strip(), timezone.now())
    if key is None:
        raise Problem("unauthorized", _("The key is unknown, expired or revoked."), headers=_WRONG)
    if scope not in key.scopes:
        raise Problem("missing-scope", _("The key lacks the scope `{scope}`.").format(scope=scope.value))
    if key.agent.status != AgentStatus.ACTIVE:
        note_refused(agent=key.agent, now=timezone.now())
        raise Problem("agent-suspended", _("The agent {name} is suspended.").format(name=key.agent.slug))
    return key


def caller(request: HttpRequest) -> Agent:
    """The agent whose key was accepted for this request."""
    return key_of(request).agent


def key_of(request: HttpRequest) -> AgentKey:
    """The key that was accepted for this request."""
    key: AgentKey = request.auth  # type: ignore[attr-defined]  # set by ninja from what BearerKey returned
    return key
