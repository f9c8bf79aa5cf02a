"""Which copies might be put before one person, and what must not be told beside them?

A copy is looked at as if it had just come in. So whoever may decide it finds it like any other proposal, and not the
original it was made of.
"""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Q

from apps.accounts.models import User
from apps.proposals.models import Examination


def copies_before(by: User, queues: Collection[int]) -> dict[UUID, UUID]:
    """{copy: its original} of what waits in one of `queues`, those `by` decides in, or is in their hands. One query."""
    own = sorted(queues)
    theirs = Q(copy__task__queue__in=own) | Q(copy__task__also_in__overlap=own) | Q(copy__task__claimed_by=by)
    waiting = Examination.objects.filter(theirs, copy__isnull=False, concluded_at__isnull=True)
    for_others = Q(copy__task__excluded__contains=[by.pk])
    return dict(waiting.exclude(for_others).values_list("copy_id", "original_id"))
