"""Reviews of what slices are let do: the verb, and by when each slice has to be looked at."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import (
    Case,
    DateField,
    DateTimeField,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Least, TruncDate
from django.utils import timezone

from apps.accounts.models import User
from apps.audit import actions as audit
from apps.trust import policies
from apps.trust.models import Slice, SliceReview
from apps.trust.review_dates import REVIEWED_STAGES, USUAL_DAYS


def review_slice(*, slice_id: int, note: str, next_on: date, by: User, now: datetime) -> SliceReview:
    """Say that the autonomy of this slice was looked at and stays, and by when it is looked at again.

    Raises NotAllowed with the sentence of the rule.
    """
    with transaction.atomic():
        row = (
            Slice.objects.select_for_update(of=("self",), no_key=True)
            .select_related("action_type", "agent", "workflow")
            .get(pk=slice_id)
        )
        policies.check_review(row, by=by)
        policies.check_review_says(row, note=note, next_on=next_on, now=now)
        review = SliceReview.objects.create(
            slice=row, stage=row.stage, note=note.strip(), next_on=next_on, by=by, at=now
        )
        audit.record(
            verb="slice.reviewed",
            now=now,
            by=by,
            subject=("slice", row.pk, str(row)),
            workflow_id=row.workflow_id,
            data={"note": review.note, "next": next_on.isoformat(), "stage": row.stage},
        )
        return review


def with_next_review(rows: QuerySet[Slice]) -> QuerySet[Slice]:
    """These slices with `next_review_on`, None in shadow and while suspended.

    What the newest review says, if it was made in this stage; else the usual day after the slice came to its stage, or
    the day the newest review says, whichever is sooner.
    """
    newest = SliceReview.objects.filter(slice=OuterRef("pk")).order_by("-at", "-pk")
    days = [When(stage=stage, then=Value(timedelta(days=n))) for stage, n in USUAL_DAYS.items()]
    usual_at = ExpressionWrapper(F("stage_since") + Case(*days), output_field=DateTimeField())
    named = rows.annotate(
        reviewed_at=Subquery(newest.values("at")[:1]), named_on=Subquery(newest.values("next_on")[:1])
    )
    return named.annotate(
        next_review_on=Case(
            When(~Q(stage__in=REVIEWED_STAGES), then=Value(None)),
            When(reviewed_at__gte=F("stage_since"), then=F("named_on")),
            # Of a day and nothing the day is the least.
            default=Least(F("named_on"), TruncDate(usual_at)),
            output_field=DateField(),
        )
    )


def next_review_of(row: Slice) -> date | None:
    """Of one of the slices of `with_next_review`."""
    day: date | None = row.next_review_on  # type: ignore[attr-defined]  # annotated there
    return day


def overdue(rows: QuerySet[Slice], *, now: datetime) -> QuerySet[Slice]:
    """Those of these slices whose review should have been before today."""
    return with_next_review(rows).filter(Q(next_review_on__lt=timezone.localdate(now)))


def newest_reviews(slice_ids: list[int]) -> dict[int, SliceReview]:
    """{slice: its newest review}, with who made it. One query."""
    rows = SliceReview.objects.filter(slice__in=slice_ids).select_related("by")
    return {row.slice_id: row for row in rows.order_by("slice", "-at", "-pk").distinct("slice")}
