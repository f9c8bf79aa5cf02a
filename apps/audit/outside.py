"""How does the head of the log leave this installation? Whoever owns the database cannot change what is kept elsewhere.

Each head is a line of the file `REVIEWHUB_SEAL_FILE`, on a place that only takes additions. And whoever says so on
start (`tell`) hears of each seal in the transaction that makes it: `delivery` makes a webhook of it.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction

from apps.audit.models import Seal, SealMark

# It is given a new `Seal`, inside the transaction.
Sink = Callable[[Any], object]
_sinks: list[Sink] = []
log = structlog.get_logger(__name__)


def tell(sink: Sink) -> None:
    """Tell this one from now on, too."""
    if sink not in _sinks:
        _sinks.append(sink)


def told(seal: Seal) -> None:
    """There is a new seal."""
    for sink in _sinks:
        sink(seal)


def line_of(seal: Seal) -> str:
    """Number, moment, head, signature and public key of a seal."""
    moment = seal.sealed_at.isoformat(timespec="microseconds")
    return f"{seal.number} {moment} {seal.head_hex} {bytes(seal.signature).hex()} {bytes(seal.key).hex()}"


def send_heads(limit: int = 10_000) -> int:
    """Append to the file what it does not have yet; how many heads. A line may come twice, none is left out.

    A file that cannot be written stops no sealing: it is logged, and tried again by the next sweep.
    """
    if not settings.REVIEWHUB_SEAL_FILE:
        return 0
    try:
        return _append(Path(settings.REVIEWHUB_SEAL_FILE), limit)
    except OSError:
        log.exception("seal_heads_not_sent", file=settings.REVIEWHUB_SEAL_FILE)
        return 0


def _append(path: Path, limit: int) -> int:
    with transaction.atomic():
        mark = SealMark.locked()
        if mark is None:
            return 0
        waiting = Seal.objects.defer("ids", "leaves").filter(number__gt=mark.sent).order_by("number")
        seals = list(waiting[:limit])
        if seals:
            with path.open("a") as file:
                file.write("".join(f"{line_of(seal)}\n" for seal in seals))
                file.flush()
                os.fsync(file.fileno())
            mark.sent = seals[-1].number
            mark.save(update_fields=["sent"])
    return len(seals)
