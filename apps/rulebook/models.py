"""Drafts of policies, and what trying them on past proposals showed."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.audit.append_only import never_removed
from apps.audit.long_work import LongWork
from apps.registry.models import Workflow
from apps.routing.models import PolicyVersion
from apps.rulebook.states import TEST_MOVES, UNFINISHED, DraftStatus, Kind, Known, TestStatus


class PolicyDraft(models.Model):
    """A policy that is being written: for one workflow, or (workflow null) for all others; one at a time for each.

    `content` is the matrix and the rules as the configuration file has them, `digest` its SHA-256 (see `content`).
    `editors` are ids of everybody who changed it: none of them publishes it. `revision` grows with every change.
    `going_back_to` is the earlier version whose content it began with, when it rolls back.
    """

    workflow = models.ForeignKey(Workflow, null=True, on_delete=models.PROTECT, related_name="policy_drafts")
    based_on = models.ForeignKey(PolicyVersion, null=True, on_delete=models.PROTECT, related_name="+")
    going_back_to = models.ForeignKey(PolicyVersion, null=True, on_delete=models.PROTECT, related_name="+")
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    reason = models.CharField(max_length=500, blank=True)
    editors = ArrayField(models.BigIntegerField(), default=list)
    revision = models.PositiveIntegerField(default=1)
    status = models.CharField(max_length=10, choices=DraftStatus.choices, default=DraftStatus.OPEN)
    begun_at = models.DateTimeField()
    begun_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    published = models.OneToOneField(PolicyVersion, null=True, on_delete=models.PROTECT, related_name="draft")

    class Meta:
        triggers = never_removed()
        constraints = [
            models.UniqueConstraint(
                fields=["workflow"],
                condition=models.Q(status=DraftStatus.OPEN),
                nulls_distinct=False,
                name="policy_draft_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(status=DraftStatus.OPEN, ended_at__isnull=True, ended_by__isnull=True)
                | ~models.Q(status=DraftStatus.OPEN)
                & models.Q(ended_at__isnull=False, ended_by__isnull=False),
                name="policy_draft_ended_by_somebody",
            ),
            models.CheckConstraint(
                condition=models.Q(status=DraftStatus.PUBLISHED, published__isnull=False)
                | ~models.Q(status=DraftStatus.PUBLISHED) & models.Q(published__isnull=True),
                name="policy_draft_published_as_a_version",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.workflow.name if self.workflow else 'default'} #{self.pk}"

    @property
    def scope(self) -> str:
        """As in addresses and the configuration file: the workflow's slug, or `default`."""
        return self.workflow.slug if self.workflow else "default"


class BackTest(LongWork):
    """One trial of a draft's content on the last proposals, beside a published version (`against`).

    `digest` is that of the content that was tried: a draft that was changed since has to be tried again. `wanted` is
    how many proposals it was to look at, `found` how many there are of those (null: not counted yet), `done` how many
    it has looked at. `figures` is the result (see `replaying`).
    """

    draft = models.ForeignKey(PolicyDraft, on_delete=models.PROTECT, related_name="back_tests")
    against = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+")
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    wanted = models.PositiveIntegerField()
    found = models.PositiveIntegerField(null=True)
    done = models.PositiveIntegerField(default=0)
    status = models.CharField(max_length=10, choices=TestStatus.choices, default=TestStatus.WAITING)
    figures = models.JSONField(default=dict)
    ordered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    begun_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["ordered_at"],
                name="back_test_unfinished",
                condition=models.Q(status__in=["waiting", "running"]),
            ),
            models.Index(fields=["draft", "-ordered_at"], name="back_test_of_draft"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["draft"],
                condition=models.Q(status__in=["waiting", "running"]),
                name="back_test_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["waiting", "running"], ended_at__isnull=True)
                | models.Q(status__in=["done", "cancelled", "failed"], ended_at__isnull=False),
                name="back_test_ended_has_its_time",
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=["running", "done"])
                | models.Q(begun_at__isnull=False, beat_at__isnull=False),
                name="back_test_run_was_begun",
            ),
        ]
        triggers = [
            *never_removed(),
            pgtrigger.Protect(
                name="order_never_changes",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "draft", "against", "content", "digest", "wanted", "ordered_at", "ordered_by"
                ),
            ),
            pgtrigger.FSM(
                name="status_moves",
                field="status",
                transitions=[(before.value, after.value) for before, after in TEST_MOVES],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.draft} on {self.wanted}"

    @property
    def is_unfinished(self) -> bool:
        """Whether it waits or runs."""
        return self.status in UNFINISHED

    @property
    def is_of_an_older_draft(self) -> bool:
        """Whether the draft was changed since. Wants it loaded."""
        return self.digest != self.draft.digest


class BackTestCase(models.Model):
    """One past proposal that the tried content would have treated otherwise, in one way of doing so (`kind`).

    It points to the proposal by its id, without a key: there may be very many. `before` and `after` have what
    `answering.Response.as_json` says; `known` is what is known of the proposed action.
    """

    back_test = models.ForeignKey(BackTest, on_delete=models.CASCADE, related_name="cases", db_index=False)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    proposal_id = models.UUIDField()
    known = models.CharField(max_length=5, choices=Known.choices, blank=True)
    before = models.JSONField()
    after = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["back_test", "kind", "proposal_id"], name="back_test_case_once_a_kind"
            )
        ]

    def __str__(self) -> str:
        return f"{self.proposal_id}: {self.kind}"
