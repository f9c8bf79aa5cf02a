"""Who vouches for a seal, or for a certificate? The installation, with an Ed25519 key that follows from its secret key.

The key is nowhere in the database, so whoever can change every row still cannot make a seal. Each of the installation's
secret keys gives one; seals made under a secret key that is no longer given are known by `REVIEWHUB_SEAL_KEYS`.
"""

from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

# Never to be changed: other keys would follow from the same secret, and no seal would be known any more.
_PURPOSE = b"reviewhub audit seals 1"
_BEFORE_HEAD = b"reviewhub audit seal\n"
# Before what is signed beside seals, so that nothing signed as one thing can be shown as another.
BEFORE_CERTIFICATE = b"reviewhub erasure certificate\n"


def public_keys() -> list[bytes]:
    """The keys whose seals are believed, 32 bytes each; the first one signs now."""
    ours = [_public(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    return ours + [bytes.fromhex(key) for key in settings.REVIEWHUB_SEAL_KEYS]


def sign(head: bytes, *, before: bytes = _BEFORE_HEAD) -> bytes:
    """The signature, 64 bytes, by the first of `public_keys`. `before` says what kind of thing is signed."""
    return _private(settings.SECRET_KEY).sign(before + head)


def is_signed(head: bytes, *, key: bytes, signature: bytes, before: bytes = _BEFORE_HEAD) -> bool:
    """Whether it was signed by this key, and the key is ours."""
    if key not in public_keys():
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, before + head)
    except InvalidSignature:
        return False
    return True


@lru_cache(maxsize=16)
def _private(secret: str) -> Ed25519PrivateKey:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(secret.encode())
    return Ed25519PrivateKey.from_private_bytes(derived)


def _public(secret: str) -> bytes:
    return _private(secret).public_key().public_bytes_raw()
