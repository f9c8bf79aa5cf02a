"""What the pages of privacy show."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.accounts.policies import allows, reads_everything, why_not
from apps.privacy import policies
from apps.privacy.models import Erasure, Retention, RetentionDay
from apps.privacy.naming import proposals_about
from apps.privacy.policies import led_workflow_ids
from apps.privacy.retaining import asked
from apps.privacy.retention_setup import digest_of, in_words, wanted_by
from apps.privacy.wording import called
from apps.registry.models import Workflow

MOST_LISTED = 100
MOST_COUNTED = 10_000
_DAYS = 30


@dataclass(frozen=True, slots=True)
class KeptLine:
    """A workflow and how long it keeps data; `row` None: for good."""

    workflow: Workflow
    row: Retention | None


def erasures(by: User) -> QuerySet[Erasure]:
    """The newest requests this person may read."""
    rows = Erasure.objects.select_related("workflow", "ordered_by", "confirmed_by", "certificate")
    if not reads_everything(by):
        rows = rows.filter(workflow__in=led_workflow_ids(by))
    return rows.order_by("-ordered_at")[:MOST_LISTED]


def proposals_of(erasure: Erasure) -> list[UUID]:
    """Ids of what is erased for it, and of what would be."""
    erased = list(erasure.erased.values_list("proposal_id", flat=True))
    if erasure.is_unfinished:
        erased += proposals_about(erasure).values_list("pk", flat=True)[:MOST_LISTED]
    return erased[:MOST_LISTED]


def row_counts(rows: dict[str, int]) -> list[tuple[str, int]]:
    """Rows by what they are, in words, the most first."""
    counted = [(called(label), count) for label, count in rows.items()]
    return sorted(counted, key=lambda pair: (-pair[1], pair[0]))


def kept_lines(by: User) -> list[KeptLine]:
    """Every workflow this person may see here, by name. Two queries."""
    found = Workflow.objects.filter(is_active=True).order_by("name")
    if not reads_everything(by):
        found = found.filter(pk__in=led_workflow_ids(by))
    rows = {row.workflow_id: row for row in Retention.objects.filter(workflow__in=found)}
    return [KeptLine(workflow, rows.get(workflow.pk)) for workflow in found]


@dataclass(frozen=True, slots=True)
class RetentionOrder:
    """What somebody wants kept for a shorter time, and its digest. `goes`: (kind of data, how many proposals hold some
    that would go with the next sweep), counted up to `MOST_COUNTED`.
    """

    row: Retention
    digest: str
    text: str
    goes: list[tuple[str, int]]
    why_not_confirm: str
    can_decline: bool


def retention_orders(by: User, *, now: datetime) -> list[RetentionOrder]:
    """What waits for a second person, in the workflows this person may see here."""
    rows = Retention.objects.filter(ordered__isnull=False).select_related("workflow", "ordered_by")
    if not reads_everything(by):
        rows = rows.filter(workflow__in=led_workflow_ids(by))
    return [_retention_order(row, by, now) for row in rows.order_by("ordered_at")]


def _retention_order(row: Retention, by: User, now: datetime) -> RetentionOrder:
    keeping = wanted_by(row)
    return RetentionOrder(
        row=row,
        digest=digest_of(row),
        text=in_words(keeping),
        goes=[
            (str(kind.label), due(row.workflow_id, now - timedelta(days=days), now)[:MOST_COUNTED].count())
            for kind, days, due in asked(keeping)
            if days is not None
        ],
        why_not_confirm=why_not(policies.check_confirm_retention, row, by=by),
        can_decline=allows(policies.check_decline_retention, row, by=by),
    )


def erased_days(by: User) -> QuerySet[RetentionDay]:
    """What was erased on the last days because its time was over."""
    rows = RetentionDay.objects.select_related("workflow")
    if not reads_everything(by):
        rows = rows.filter(workflow__in=led_workflow_ids(by))
    return rows.order_by("-day", "workflow__name", "kind")[:_DAYS]
