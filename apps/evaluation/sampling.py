"""The verb that draws decided cases for a test set: so many of each outcome, by a seed, for whoever may.

The order is that of a digest of seed and proposal, so the same seed, filters and moment draw the same cases again, and
another seed others, whoever draws. Never drawn is what somebody is still to decide or to look at once more, what is in
the bank of known cases (whoever reads the sample could not be checked by it any more), and what was erased.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import CharField, F, QuerySet, Value
from django.db.models.functions import MD5, Cast, Concat

from apps.accounts.models import User
from apps.audit import actions as audit
from apps.audit.days import midnight
from apps.audit.ids import uuid7_at
from apps.evaluation.models import ShadowCase
from apps.evaluation.policies import check_sample, check_sample_uncovered
from apps.evaluation.states import COUNTED, Kind, Outcome
from apps.proposals.models import Examination, Resolution
from apps.proposals.states import DecidedBy
from apps.registry.models import Workflow
from apps.reviews.models import GoldCase
from apps.reviews.originals import kept_from
from apps.routing.states import Verb

MOST = 1000

_VERBS = {
    Outcome.APPROVED: Verb.APPROVE,
    Outcome.EDITED: Verb.EDIT,
    Outcome.ALTERNATIVE: Verb.CHOOSE_ALTERNATIVE,
    Outcome.REJECTED: Verb.REJECT,
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """`each` of every outcome, at most; of what was answered from `since` on and before `until`."""

    seed: str
    each: int
    until: datetime
    since: date | None = None
    is_uncovered: bool = False


@dataclass(frozen=True, slots=True)
class Drawn:
    """The ids of what was drawn, outcome by outcome, each in the order of the draw."""

    workflow: Workflow
    wanted: Wanted
    ids: dict[Outcome, list[UUID]]

    @property
    def n(self) -> int:
        """How many in all."""
        return sum(map(len, self.ids.values()))


def draw(*, workflow: Workflow, wanted: Wanted, by: User, now: datetime) -> Drawn:
    """Draw and leave on record who drew what. Raises NotAllowed."""
    check_sample(workflow, by=by)
    if wanted.is_uncovered:
        check_sample_uncovered(workflow, by=by)
    with transaction.atomic():
        kept_back = kept_from(by)
        ids = {
            outcome: _drawn(_answered(workflow, outcome, wanted), wanted, kept_back) for outcome in Outcome
        }
        drawn = Drawn(workflow, wanted, ids)
        audit.record(
            verb="sample.exported",
            now=now,
            by=by,
            subject=("workflow", workflow.pk, workflow.name),
            workflow_id=workflow.pk,
            data={
                "seed": wanted.seed,
                "n": drawn.n,
                "each": wanted.each,
                "since": wanted.since.isoformat() if wanted.since else None,
                "until": wanted.until.isoformat(),
                "with_hidden_values": wanted.is_uncovered,
                **{outcome.value: len(found) for outcome, found in ids.items()},
            },
        )
        return drawn


def _answered(workflow: Workflow, outcome: Outcome, wanted: Wanted) -> QuerySet[Any]:
    """The rows of this outcome, by proposal."""
    since = midnight(wanted.since) if wanted.since else None
    if verb := _VERBS.get(outcome):
        rows = Resolution.objects.filter(
            proposal__workflow=workflow,
            decided_by_type=DecidedBy.HUMAN,
            verb=verb,
            settled_at__lt=wanted.until,
        )
        return rows.filter(settled_at__gte=since) if since else rows
    cases = ShadowCase.objects.filter(
        slice__workflow=workflow, source__in=COUNTED, pk__lt=uuid7_at(wanted.until)
    )
    is_same = outcome is Outcome.SHADOW_SAME
    cases = cases.filter(kind=Kind.SAME) if is_same else cases.exclude(kind=Kind.SAME)
    return cases.filter(pk__gte=uuid7_at(since)) if since else cases


def _drawn(rows: QuerySet[Any], wanted: Wanted, kept_back: Iterable[UUID]) -> list[UUID]:
    place = MD5(Concat(Value(f"{wanted.seed}:"), Cast(F("proposal_id"), CharField())))
    known = GoldCase.objects.filter(retired_at__isnull=True).values("proposal_id")
    looked_at = Examination.objects.filter(concluded_at__isnull=True).values("original_id")
    rows = rows.filter(proposal__erased_at__isnull=True).exclude(proposal__in=known)
    rows = rows.exclude(proposal__in=looked_at).exclude(proposal__in=kept_back)
    ordered = rows.annotate(place=place).order_by("place", "proposal_id")
    # Two who looked at one proposal make two rows of it.
    return list(ordered.values_list("proposal_id", flat=True).distinct()[: wanted.each])
