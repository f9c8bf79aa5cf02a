"""Which copies may come before one person, and what is kept from them for that time?

A copy is looked at as if it had just come in. So whoever may decide it finds it like any other proposal; what it was
made of, and what others decided on another copy of that, is not there for them until it is decided. Everybody else,
and who knows the case anyhow, reads on. Lists, stories and precedents all ask here.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from apps.accounts.models import User
from apps.proposals.models import Examination, Proposal
from apps.reviews import policies

# With every card and list: written out, it costs a fifth of what Django needs to build it.
_OPEN_TO = """
    SELECT look.copy_id, look.original_id, task.excluded
    FROM proposals_examination look JOIN reviews_task task ON task.proposal_id = look.copy_id
    WHERE look.concluded_at IS NULL
      AND (task.queue_id = ANY(%s) OR task.also_in && %s::bigint[] OR task.claimed_by_id = %s)
      AND NOT %s = ANY(look.excluded) AND task.agent_owner_id IS DISTINCT FROM %s
"""


class _Look(NamedTuple):
    copy: UUID
    original: UUID
    excluded: list[int]


@dataclass(frozen=True, slots=True)
class Copies:
    """Ids of proposals: the open copies a person finds among what waits, and what they find nowhere meanwhile."""

    offered: frozenset[UUID] = frozenset()
    kept_back: frozenset[UUID] = frozenset()


def copies_before(by: User, queues: Collection[int]) -> Copies:
    """What waits in one of `queues`, those `by` decides in, or is in their hands. Two queries; one where that is none.

    A copy that is reserved for somebody else is not theirs to find yet, but its original is kept back already.
    """
    looks = _open_to(by, queues)
    if not looks:
        return Copies()
    offered = frozenset(look.copy for look in looks if by.pk not in look.excluded)
    originals = {look.original for look in looks}
    copies = Examination.objects.filter(original__in=originals, copy__isnull=False)
    others = set(copies.values_list("copy_id", flat=True)) - offered
    return Copies(offered, frozenset(originals | others))


def is_kept_back(proposal: Proposal, *, by: User) -> bool:
    """Whether this proposal is not there for `by` now. One query where nobody looks at it again, two for a copy."""
    original: UUID | None = proposal.pk
    if proposal.is_copy:
        made_of = Examination.objects.filter(copy=proposal).values_list("original_id", flat=True)
        original = made_of.first()
    looks = Examination.objects.filter(original=original, copy__isnull=False, concluded_at__isnull=True)
    if not looks.exclude(copy=proposal.pk).exists():
        return False
    theirs = _open_to(by, policies.queue_ids(by))
    return any(look.original == original and look.copy != proposal.pk for look in theirs)


def kept_from(by: User) -> frozenset[UUID]:
    """Ids of all proposals that are not there for `by` now. Three queries."""
    return copies_before(by, policies.queue_ids(by)).kept_back


def _open_to(by: User, queues: Collection[int]) -> list[_Look]:
    own = sorted(queues)
    with connection.cursor() as cursor:
        cursor.execute(_OPEN_TO, [own, own, by.pk, by.pk, by.pk])
        return [_Look(*row) for row in cursor.fetchall()]
