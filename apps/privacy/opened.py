"""What of a proposal is still open, so that nothing of it may be erased yet?"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.proposals.models import Examination, Grant, Proposal
from apps.proposals.states import Status


def why_open(ids: Collection[UUID], now: datetime) -> str:
    """Why these, an original and its copies, are not over; "" when they are. Three queries."""
    pending = Proposal.objects.filter(pk__in=ids, status=Status.PENDING).values_list("is_copy", flat=True)
    kinds = set(pending)
    if False in kinds:
        return _("it waits for a decision")
    if live_grants(ids, now).exists():
        return _("its grant can still be used")
    # That somebody looks at it as if it had just come in is not told, as it is told nowhere.
    if True in kinds or Examination.objects.filter(original__in=ids, concluded_at__isnull=True).exists():
        return _("another look at its kind of work is under way")
    return ""


def live_grants(ids: Collection[UUID], now: datetime) -> QuerySet[Grant]:
    """Grants of these that an agent could still redeem."""
    return Grant.objects.filter(
        proposal__in=ids, redeemed_at__isnull=True, revoked_at__isnull=True, expires_at__gt=now
    )
