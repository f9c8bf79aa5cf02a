"""Sends the head of each seal of the audit log to webhooks that ask for it: kept there, it proves what the log was."""

from apps.audit.models import Seal
from apps.delivery.actions import emit


def emit_sealed(seal: Seal) -> None:
    """Write the outbox row, in the transaction that seals. Its subject is the last event of the seal."""
    emit(
        type="reviewhub.audit.sealed.v1",
        subject_id=seal.last_id,
        now=seal.sealed_at,
        data={
            "number": seal.number,
            "count": seal.count,
            "head": seal.head_hex,
            "signature": bytes(seal.signature).hex(),
            "key": bytes(seal.key).hex(),
        },
    )
