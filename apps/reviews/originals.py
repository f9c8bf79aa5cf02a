"""Which copies may come before one person, and what is kept from them for that time?

A copy is looked at as if it had just come in. So whoever may decide it finds it like any other proposal; what it was
made of, and what others decided on another copy of that, is not there for them until it is decided. Everybody else,
and who knows the case anyhow, reads on. Lists, stories and precedents all ask here.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from apps.accounts.models import User
from apps.proposals.models import Examination, Proposal
from apps.reviews import policies


@dataclass(frozen=True, slots=True)
class Copies:
    """Ids of proposals: the open copies a person finds among what waits, and what they find nowhere meanwhile."""

    offered: frozenset[UUID] = frozenset()
    kept_back: frozenset[UUID] = frozenset()


def copies_before(by: User, queues: Collection[int]) -> Copies:
    """What waits in one of `queues`, those `by` decides in, or is in their hands. Two queries; one where that is none.

    A copy that is reserved for somebody else is not theirs to find yet, but its original is kept back already.
    """
    rows = list(_open_to(by, queues, _open()).values_list("copy_id", "original_id", "copy__task__excluded"))
    if not rows:
        return Copies()
    offered = frozenset(copy for copy, _original, excluded in rows if by.pk not in excluded)
    originals = {original for _copy, original, _excluded in rows}
    copies = Examination.objects.filter(original__in=originals, copy__isnull=False)
    others = set(copies.values_list("copy_id", flat=True)) - offered
    return Copies(offered, frozenset(originals | others))


def is_kept_back(proposal: Proposal, *, by: User) -> bool:
    """Whether this proposal is not there for `by` now. One query where nobody looks at it again, two for a copy."""
    original: UUID | None = proposal.pk
    if proposal.is_copy:
        made_of = Examination.objects.filter(copy=proposal).values_list("original_id", flat=True)
        original = made_of.first()
    looks = _open().filter(original=original).exclude(copy=proposal.pk)
    return looks.exists() and _open_to(by, policies.queue_ids(by), looks).exists()


def kept_from(by: User) -> frozenset[UUID]:
    """Ids of all proposals that are not there for `by` now. Three queries."""
    return copies_before(by, policies.queue_ids(by)).kept_back


def _open() -> QuerySet[Examination]:
    return Examination.objects.filter(copy__isnull=False, concluded_at__isnull=True)


def _open_to(by: User, queues: Collection[int], looks: QuerySet[Examination]) -> QuerySet[Examination]:
    own = sorted(queues)
    theirs = Q(copy__task__queue__in=own) | Q(copy__task__also_in__overlap=own) | Q(copy__task__claimed_by=by)
    return looks.filter(theirs).exclude(Q(excluded__contains=[by.pk]) | Q(copy__task__agent_owner_id=by.pk))
