"""What the ledger holds of one standing, counted by the chance with which it was chosen to be looked at."""

from datetime import datetime

from django.db.models import Count, Q

from apps.trust.models import LedgerEntry, Standing
from apps.trust.states import Feeds
from apps.trust.statistics.weighing import Drawn


def drawn(standing: Standing, feeds: Feeds, *, since: datetime | None = None) -> list[Drawn]:
    """Counted decisions that feed this, by chance. One query."""
    entries = LedgerEntry.objects.filter(
        slice_id=standing.slice_id,
        agent_version_id=standing.agent_version_id,
        feeds=feeds,
        is_counted=True,
    )
    if since is not None:
        entries = entries.filter(at__gte=since)
    counted = entries.values("rate").annotate(n=Count("pk"), k=Count("pk", filter=Q(wrong=True)))
    return [Drawn(each["rate"], each["n"], each["k"]) for each in counted.order_by("rate")]
