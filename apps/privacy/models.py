"""Requests to erase a subject's data, what was erased for them, and the certificates that say so."""

from typing import Any

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.audit.append_only import append_only, never_removed
from apps.audit.ids import uuid7
from apps.audit.long_work import LongWork
from apps.privacy.states import AT_WORK, ERASURE_MOVES, UNFINISHED, ErasureStatus
from apps.registry.models import Workflow

_ENDED = (ErasureStatus.DONE, ErasureStatus.DECLINED, ErasureStatus.FAILED)


def _person(related: str, **how: Any) -> Any:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name=related, db_index=False, **how
    )


class Erasure(LongWork):
    """That everything about one subject is to be erased, in one workflow or (null) in all.

    `subject_id` is gone once it is done or declined, which one that broke off can be as well; `subject_mark` is a keyed
    digest of kind and id, by which this installation knows a subject again. `further` are proposals that are not about
    the subject and hold data of it.
    `rows` counts rows by model, `kept` says what was not erased (a proposal, a log) and why.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    workflow = models.ForeignKey(Workflow, null=True, on_delete=models.PROTECT, related_name="erasures")
    subject_kind = models.CharField(_("kind"), max_length=60, blank=True)
    subject_id = models.CharField(_("subject"), max_length=200, blank=True)
    subject_mark = models.CharField(max_length=64)
    further = ArrayField(models.UUIDField(), default=list)
    reason = models.CharField(_("reason"), max_length=500)
    status = models.CharField(max_length=10, choices=ErasureStatus.choices, default=ErasureStatus.ORDERED)
    ordered_by = _person("+")
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = _person("+", null=True)
    declined_by = _person("+", null=True)
    declined_because = models.CharField(max_length=500, blank=True)
    found = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    rows = models.JSONField(default=dict)
    kept = models.JSONField(default=list)

    class Meta:
        ordering = ["-ordered_at"]
        indexes = [
            models.Index(fields=["ordered_at"], name="erasure_at_work", condition=Q(status__in=AT_WORK)),
            models.Index(fields=["-ordered_at"], name="erasure_newest"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["workflow", "subject_mark"],
                condition=Q(status__in=UNFINISHED),
                nulls_distinct=False,
                name="erasure_of_a_subject_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(status__in=_ENDED, ended_at__isnull=False)
                | ~Q(status__in=_ENDED) & Q(ended_at__isnull=True),
                name="erasure_ended_has_its_time",
            ),
            # Two people, before anything is erased.
            models.CheckConstraint(
                condition=Q(
                    status__in=[ErasureStatus.ORDERED, ErasureStatus.DECLINED], confirmed_by__isnull=True
                )
                | Q(confirmed_by__isnull=False, confirmed_at__isnull=False)
                & ~Q(confirmed_by=models.F("ordered_by")),
                name="erasure_confirmed_by_another",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=[ErasureStatus.DONE, ErasureStatus.DECLINED])
                | Q(subject_kind="", subject_id=""),
                name="erasure_over_names_nobody",
            ),
            models.CheckConstraint(
                condition=Q(status=ErasureStatus.DECLINED, declined_by__isnull=False)
                & ~Q(declined_because="")
                | ~Q(status=ErasureStatus.DECLINED) & Q(declined_by__isnull=True, declined_because=""),
                name="erasure_declined_by_whom_and_why",
            ),
        ]
        triggers = [
            *never_removed(),
            pgtrigger.Protect(
                name="order_never_changes",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "workflow", "subject_mark", "further", "reason", "ordered_at", "ordered_by"
                ),
            ),
            pgtrigger.FSM(
                name="status_moves",
                field="status",
                transitions=[(before.value, after.value) for before, after in ERASURE_MOVES],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject_kind} {self.subject_id}".strip() or str(self.pk)

    @property
    def is_unfinished(self) -> bool:
        """Whether it waits or runs."""
        return self.status in UNFINISHED


class ErasedProposal(models.Model):
    """A proposal that was erased for a request, and how many rows of which model that were."""

    erasure = models.ForeignKey(Erasure, on_delete=models.PROTECT, related_name="erased", db_index=False)
    proposal_id = models.UUIDField()
    rows = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        ordering = ["proposal_id"]
        triggers = append_only()
        constraints = [
            models.UniqueConstraint(fields=["erasure", "proposal_id"], name="erased_proposal_once")
        ]

    def __str__(self) -> str:
        return f"{self.proposal_id} for {self.erasure_id}"


class Certificate(models.Model):
    """What was erased for a request, signed. `content` is all it says, `sha256` the digest of that."""

    erasure = models.OneToOneField(
        Erasure, primary_key=True, on_delete=models.PROTECT, related_name="certificate"
    )
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)
    key = models.CharField(max_length=64)
    signature = models.CharField(max_length=128)
    issued_at = models.DateTimeField()

    class Meta:
        triggers = append_only()

    def __str__(self) -> str:
        return f"certificate of {self.erasure_id}"


class Retention(models.Model):
    """How many days a workflow keeps each kind of data after a proposal has ended; None: for good.

    `ordered` is what somebody wants kept for a shorter time, {kind of days: number or null}, until a second person
    says so as well.
    """

    workflow = models.OneToOneField(
        Workflow, primary_key=True, on_delete=models.PROTECT, related_name="retention"
    )
    contents_days = models.PositiveIntegerField(null=True)
    messages_days = models.PositiveIntegerField(null=True)
    traces_days = models.PositiveIntegerField(null=True)
    ordered = models.JSONField(null=True)
    ordered_at = models.DateTimeField(null=True)
    ordered_by = _person("+", null=True)

    class Meta:
        triggers = never_removed()
        constraints = [
            models.CheckConstraint(
                condition=Q(ordered__isnull=True, ordered_at__isnull=True, ordered_by__isnull=True)
                | Q(ordered__isnull=False, ordered_at__isnull=False, ordered_by__isnull=False),
                name="retention_ordered_by_somebody",
            ),
            *[
                models.CheckConstraint(
                    condition=Q(**{f"{name}__isnull": True}) | Q(**{f"{name}__gte": 1}),
                    name=f"retention_{name}_at_least_one",
                )
                for name in ("contents_days", "messages_days", "traces_days")
            ],
        ]

    def __str__(self) -> str:
        return f"retention of {self.workflow_id}"


class RetentionDay(models.Model):
    """What was erased on a day because its time was over, and how much of that the audit log has been told."""

    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    kind = models.CharField(max_length=10)
    proposals = models.PositiveIntegerField(default=0)
    rows = models.PositiveBigIntegerField(default=0)
    told_proposals = models.PositiveIntegerField(default=0)
    told_rows = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ["-day", "workflow", "kind"]
        constraints = [models.UniqueConstraint(fields=["workflow", "day", "kind"], name="retention_day_once")]
        indexes = [
            models.Index(
                fields=["day"], name="retention_day_untold", condition=Q(rows__gt=models.F("told_rows"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.proposals} {self.kind}"
