"""One hash for many things, in their order: the Merkle tree hash of RFC 6962, section 2.1. Pure.

Leaves and nodes are hashed apart (a 0 or a 1 before them), so that no leaf can pass for a node.
"""

import hashlib
from collections.abc import Sequence

SIZE = 32


def leaf_hash(content: bytes) -> bytes:
    """The leaf of some content."""
    return hashlib.sha256(b"\x00" + content).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The tree hash of these leaves; of none, the hash of nothing.

    RFC 6962 splits at the largest power of two below their number: the same as pairing from the left, level by
    level, where the last of an odd level goes up as it is.
    """
    if not leaves:
        return hashlib.sha256(b"").digest()
    level = list(leaves)
    while len(level) > 1:
        pairs = [
            hashlib.sha256(b"\x01" + a + b).digest() for a, b in zip(level[::2], level[1::2], strict=False)
        ]
        level = pairs + level[2 * len(pairs) :]
    return level[0]
