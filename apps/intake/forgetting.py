"""How long is the answer to a repeated request kept? At least a day after its proposal ended."""

from datetime import datetime, timedelta

from apps.intake.models import IdempotencyKey

KEPT_AFTER_THE_END = timedelta(hours=24)


def forget_idempotency_keys(*, now: datetime, limit: int = 10_000) -> int:
    """Remove up to `limit` keys whose proposals ended long enough ago. How many were removed."""
    old = IdempotencyKey.objects.filter(proposal__ended_at__lt=now - KEPT_AFTER_THE_END).values("pk")[:limit]
    removed, _rows = IdempotencyKey.objects.filter(pk__in=old).delete()
    return removed
