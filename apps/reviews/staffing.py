"""Which queues has nobody to decide in, or to lead? Who may sign in counts, here or away."""

from datetime import datetime

from django.utils.translation import gettext as _

from apps.accounts import rights
from apps.accounts.models import User
from apps.accounts.roles import Role
from apps.reviews.models import Queue
from apps.reviews.policies import DECIDING_ROLES


def gaps(now: datetime) -> list[str]:
    """A sentence for each. Six queries."""
    active = set(User.objects.filter(is_active=True).values_list("pk", flat=True))
    deciding, leading = (rights.holders_on(roles, Queue) for roles in (DECIDING_ROLES, [Role.LEAD]))
    found = []
    for queue in Queue.objects.order_by("name", "pk"):
        if not deciding.get(queue.pk, set()) & active:
            found.append(_("Nobody could decide in the queue {name}.").format(name=queue.name))
        if not leading.get(queue.pk, set()) & active:
            found.append(_("Nobody would lead the queue {name}.").format(name=queue.name))
    return found
