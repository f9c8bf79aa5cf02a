"""Signs grants with Ed25519 (JWS, EdDSA) and publishes the public keys, so that a tool can check one offline."""

from datetime import datetime
from functools import lru_cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from django.conf import settings
from django.db import connection, transaction
from jwt.algorithms import OKPAlgorithm

from apps.audit import actions as audit
from apps.audit.actors import Acting
from apps.audit.ids import uuid7
from apps.proposals.models import Grant, SigningKey
from apps.registry.catalogue import current_book, look_again

# Any number, as long as nothing else in the database locks on it.
_ONE_MAKER = 7_238_461_001
_KEY = "proposals.signing_key"


def sign(grant: Grant) -> str:
    """The compact JWS of a grant. Its claims: iss, sub, jti, prp, act, args_sha256, iat, nbf, exp."""
    kid, private = _signing_key(_in_use(grant.issued_at))
    issued = int(grant.issued_at.timestamp())
    claims: dict[str, Any] = {
        "iss": settings.BASE_URL,
        "sub": grant.agent.slug,
        "jti": str(grant.pk),
        "prp": str(grant.proposal_id),
        "act": grant.action_name,
        "args_sha256": grant.args_sha256,
        "iat": issued,
        "nbf": issued,
        "exp": int(grant.expires_at.timestamp()),
    }
    return jwt.encode(claims, private, algorithm="EdDSA", headers={"kid": kid})


def public_keys() -> dict[str, Any]:
    """The JWK set of every key that ever signed, so that any grant can be checked later too."""
    keys = SigningKey.objects.order_by("-pk").values_list("public_jwk", flat=True)
    return {"keys": list(keys)}


def rotate(*, by: Acting | None, now: datetime) -> SigningKey:
    """Make a new signing key and retire the others; grants they signed stay verifiable."""
    with transaction.atomic():
        SigningKey.objects.filter(retired_at__isnull=True).update(retired_at=now)
        key = _make(now)
        audit.record(verb="signing_key.rotated", now=now, by=by, subject=("signing_key", key.pk, key.kid))
    return key


def _in_use(now: datetime) -> int:
    """The id of the newest key; known as long as the registry's book holds."""
    found: int | None = current_book().kept.get(_KEY)
    if found is None:
        # A first key is made in here, so only the book of after it may keep which one it is.
        found = _newest(now)
        current_book().kept[_KEY] = found
    return found


def _newest(now: datetime) -> int:
    """The id of the key that signs; the first is made when the first grant needs it, by one process only."""
    newest = SigningKey.objects.filter(retired_at__isnull=True).order_by("-pk").values_list("pk", flat=True)
    found = newest.first()
    if found is not None:
        return found
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_MAKER])
        return newest.first() or _make(now).pk


def _make(now: datetime) -> SigningKey:
    private = Ed25519PrivateKey.generate()
    kid = uuid7().hex
    public = {
        **OKPAlgorithm.to_jwk(private.public_key(), as_dict=True),
        "kid": kid,
        "use": "sig",
        "alg": "EdDSA",
    }
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    key = SigningKey.objects.create(kid=kid, private_pem=pem, public_jwk=public, created_at=now)
    look_again()
    return key


@lru_cache(maxsize=8)
def _signing_key(pk: int) -> tuple[str, Ed25519PrivateKey]:
    row = SigningKey.objects.get(pk=pk)
    private = load_pem_private_key(row.private_pem.encode(), password=None)
    if not isinstance(private, Ed25519PrivateKey):
        raise TypeError(f"signing key {row.kid} is not an Ed25519 key")
    return row.kid, private
