"""Passwords of the demo's people and keys of its agents, and the file that tells them: `demo.json`, mode 600.

What is in the file and still works stays as it is, so a sign-in written down yesterday works today.
"""

import hashlib
import json
import os
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings

from apps.accounts import rights
from apps.accounts.models import User
from apps.registry import actions as registry
from apps.registry.models import Agent, Workflow
from apps.registry.queries import authenticate
from apps.registry.states import Scope

# Letters and digits that nobody confuses.
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
_KEY_LIVES = timedelta(days=365)
# Whoever works does not hold the key that stops all work.
_SCOPES = [scope for scope in Scope if scope is not Scope.HALT]
_NAMED_ROLES = ("business_owner", "process_owner", "technical_owner", "governance_lead")
Json = dict[str, Any]


def demo_file() -> Path:
    """Where the credentials are kept."""
    return settings.DATA_DIR / "demo.json"


def read() -> Json:
    """What the file holds; empty when it is not there or not readable as such."""
    try:
        content = json.loads(demo_file().read_text())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def renew(*, people: Iterable[User], agents: Iterable[Agent], now: datetime) -> Json:
    """Credentials for everybody: the known ones that work, new ones for the others. Writes the file."""
    known = read()
    chosen = list(people)
    content: Json = {
        "url": settings.BASE_URL,
        "users": _users(chosen, known),
        "agents": {agent.slug: _agent(agent, known, now) for agent in agents},
    }
    content["passwords"] = _state_of(chosen)
    if content != known:
        _write(content)
    return content


def _users(people: list[User], known: Mapping[str, Any]) -> Json:
    """Asking whether a password is right is slow on purpose: it is asked only if one was changed since."""
    is_unchanged = known.get("passwords") == _state_of(people)
    roles = _roles(people)
    users: Json = {}
    for person in people:
        password = _inside(known, "users", person.email, "password")
        if not (password and (is_unchanged or person.check_password(password))):
            password = "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))
            person.set_password(password)
            person.save(update_fields=["password"])
        users[person.email] = {"password": password, "roles": roles[person.pk]}
    return users


def _state_of(people: Iterable[User]) -> str:
    """A digest of the kept password hashes: it changes with any of them and tells nothing about them."""
    ids = [person.pk for person in people]
    kept = User.objects.filter(pk__in=ids).order_by("pk").values_list("pk", "password")
    return hashlib.sha256(repr(list(kept)).encode()).hexdigest()


def _roles(people: Iterable[User]) -> dict[int, list[str]]:
    """{person: names of the roles held everywhere, on queues and workflows, and by name on a workflow}."""
    roles: dict[int, set[str]] = {person.pk: {o.role for o in person.offices.all()} for person in people}
    for given in rights.everything_given(rights.kinds_with_rights()):
        if isinstance(given.holder, User):
            holders = [given.holder.pk]
        else:
            holders = list(User.objects.filter(groups=given.holder).values_list("pk", flat=True))
        for holder in holders:
            roles.get(holder, set()).add(given.role.value)
    for workflow in Workflow.objects.all():
        for role in _NAMED_ROLES:
            roles.get(getattr(workflow, f"{role}_id"), set()).add(role)
    return {person: sorted(names) for person, names in roles.items()}


def _agent(agent: Agent, known: Mapping[str, Any], now: datetime) -> Json:
    token = _inside(known, "agents", agent.slug, "key")
    key = authenticate(token, now) if token else None
    if key is None or key.agent_id != agent.pk:
        token = registry.issue_key(
            agent=agent, scopes=_SCOPES, expires_at=now + _KEY_LIVES, by=None, now=now
        ).token
    grant = agent.grants.select_related("workflow").order_by("workflow__slug").first()
    return {"key": token, "workflow": grant.workflow.slug if grant else ""}


def _inside(content: Any, *steps: str) -> str:
    """The text at this place of a file that anybody may have edited; empty when there is none."""
    for step in steps:
        content = content.get(step) if isinstance(content, dict) else None
    return content if isinstance(content, str) else ""


def _write(content: Json) -> None:
    """Whole or not at all, and readable by the owner only from the first moment."""
    file = demo_file()
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        json.dump(content, handle, indent=2, ensure_ascii=False)
        handle.write("\n")
    draft.replace(file)
