"""Which items of a workflow's readiness belong to somebody who may not sign in?"""

from datetime import datetime

from django.utils.translation import gettext as _

from apps.trust.models import ReadinessItem
from apps.trust.states import ReadyItem


def gaps(now: datetime) -> list[str]:
    """A sentence for each item that is done, of active workflows: it is open until it has another owner. One query."""
    rows = ReadinessItem.objects.filter(
        done_at__isnull=False, owner__is_active=False, workflow__is_active=True
    )
    told = _(
        "The owner of the item {item} of {workflow}, {name}, could not sign in: nothing of it could move up."
    )
    return [
        told.format(item=ReadyItem(row.item).label, workflow=row.workflow.name, name=row.owner.name)
        for row in rows.select_related("owner", "workflow").order_by("workflow__name", "workflow", "pk")
    ]
