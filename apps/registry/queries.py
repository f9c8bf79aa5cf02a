"""Reads of the registry: who is calling, what may they propose, and the rows of the pages."""

from datetime import datetime, timedelta

from django.db.models import Q

from apps.registry.catalogue import AgentCatalogue, catalogue_in, current_book
from apps.registry.keys import is_secret_of, split_token
from apps.registry.models import Agent, AgentKey

_USE_IS_NOTED_EVERY = timedelta(minutes=1)
# Compared with when there is no such key, so that a wrong prefix takes as long as a wrong secret.
_NOBODYS_SHA256 = "0" * 64
_noted_uses: dict[int, datetime] = {}


def authenticate(token: str, now: datetime) -> AgentKey | None:
    """The live key behind `token`, with its agent; None when malformed, unknown, wrong, expired or revoked.

    A suspended agent's key is returned: who calls answers for `key.agent.status`. One query, two the first
    time a key is seen after a change of the registry; the use is noted at most once a minute. The row is
    shared between threads: read it only.
    """
    parts = split_token(token)
    if parts is None:
        return None
    prefix, secret = parts
    book = current_book()
    key = book.keys.get(prefix)
    if key is None:
        key = AgentKey.objects.select_related("agent").filter(prefix=prefix).first()
        if key is not None:
            book.keys[prefix] = key
    is_right = is_secret_of(secret, key.secret_sha256 if key else _NOBODYS_SHA256)
    if key is None or not is_right or not key.is_live(now):
        return None
    _note_use(key, now)
    return key


def load_catalogue(agent: Agent) -> AgentCatalogue:
    """What `agent` may propose now; see `catalogue`. One query while the registry does not change."""
    return catalogue_in(current_book(), agent)


def _note_use(key: AgentKey, now: datetime) -> None:
    noted_at = _noted_uses.get(key.pk)
    if noted_at is not None and abs(now - noted_at) < _USE_IS_NOTED_EVERY:
        return
    _noted_uses[key.pk] = now
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - _USE_IS_NOTED_EVERY)
    AgentKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)
