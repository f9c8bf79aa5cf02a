"""Issues, rotates and revokes the keys agents sign in with."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.policies import NotAllowed
from apps.audit import actions as audit
from apps.delivery import live
from apps.registry import policies
from apps.registry.keys import new_key
from apps.registry.models import Agent, AgentKey
from apps.registry.states import Scope

LONGEST_LIFE = timedelta(days=730)
OVERLAP = timedelta(days=1)
LONGEST_OVERLAP = timedelta(days=30)


@dataclass(frozen=True)
class IssuedKey:
    """A key and its token. The token is nowhere else: show it once."""

    key: AgentKey
    token: str


@transaction.atomic
def issue_key(
    *, agent: Agent, scopes: Iterable[Scope], expires_at: datetime, by: User | None, now: datetime
) -> IssuedKey:
    """Make a key. Raises NotAllowed, also for no scope and for an expiry in the past or past two years."""
    policies.check_register(by)
    return _issue(agent, sorted({scope.value for scope in scopes}), expires_at, by, now)


@transaction.atomic
def rotate_key(*, key: AgentKey, by: User | None, now: datetime, overlap: timedelta = OVERLAP) -> IssuedKey:
    """Make the successor of a key, with its scopes and its length of life; the old one works for `overlap`
    more.

    Raises NotAllowed.
    """
    old = AgentKey.objects.select_for_update(of=["self"]).select_related("agent").get(pk=key.pk)
    policies.check_rotate(old, by=by, now=now)
    if not timedelta() < overlap <= LONGEST_OVERLAP:
        raise NotAllowed(_("Both keys may work together for at most 30 days."))
    issued = _issue(old.agent, old.scopes, now + (old.expires_at - old.created_at), by, now)
    old.expires_at = min(old.expires_at, now + overlap)
    old.replaced_by = issued.key
    old.save(update_fields=["expires_at", "replaced_by"])
    _record("agent_key.rotated", old, by, now, {"successor": issued.key.prefix})
    return issued


@transaction.atomic
def revoke_key(*, key: AgentKey, by: User | None, now: datetime, reason: str = "") -> AgentKey:
    """Close a key: the next request with it is refused. Raises NotAllowed."""
    key = AgentKey.objects.select_for_update(of=["self"]).select_related("agent").get(pk=key.pk)
    policies.check_revoke(key, by=by)
    key.revoked_at = now
    key.save(update_fields=["revoked_at"])
    _record("agent_key.revoked", key, by, now, {"reason": reason.strip()})
    # Who waits for an answer with this key gets none.
    live.announce([f"agent:{key.agent_id}"])
    return key


def _issue(
    agent: Agent, scopes: list[str], expires_at: datetime, by: User | None, now: datetime
) -> IssuedKey:
    if not scopes:
        raise NotAllowed(_("A key needs at least one scope."))
    if not now < expires_at <= now + LONGEST_LIFE:
        raise NotAllowed(_("A key expires in the future, within two years."))
    drawn = new_key()
    key = AgentKey.objects.create(
        agent=agent,
        prefix=drawn.prefix,
        secret_sha256=drawn.secret_sha256,
        scopes=scopes,
        created_at=now,
        created_by=by.name if by is not None else "ReviewHub",
        expires_at=expires_at,
    )
    _record("agent_key.issued", key, by, now, {"scopes": scopes})
    return IssuedKey(key, drawn.token)


def _record(verb: str, key: AgentKey, by: User | None, now: datetime, data: dict[str, object]) -> None:
    told = {"prefix": key.prefix, "expires_at": key.expires_at.isoformat(), **data}
    audit.record(verb=verb, now=now, by=by, subject=("agent", key.agent_id, key.agent.name), data=told)
