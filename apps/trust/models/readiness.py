"""What a workflow has ready, item by item: the rows the gate asks before a slice is given more."""

from datetime import date

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.audit.append_only import never_removed
from apps.registry.models import Workflow
from apps.trust.readiness import MOST_EVIDENCE, state_of
from apps.trust.states import ItemState, ReadyItem


class ReadinessItem(models.Model):
    """One of the seven things, as it stands now; how it came to stand so is in the audit log.

    `seen` is what ReviewHub itself saw of it when it was done. Opened again, it keeps evidence and owner and says why
    in `reopened_because`. `told_at` is when its owner was last told that it ends or has ended.
    """

    workflow = models.ForeignKey(
        Workflow, on_delete=models.PROTECT, related_name="readiness_items", db_index=False
    )
    item = models.CharField(max_length=20, choices=ReadyItem.choices)
    evidence = models.CharField(_("evidence"), max_length=MOST_EVIDENCE)
    link = models.URLField(_("link"), max_length=500, blank=True)
    seen = models.CharField(max_length=500, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    expires_on = models.DateField(_("last day"), null=True)
    reopened_because = models.CharField(max_length=500, blank=True)
    told_at = models.DateTimeField(null=True)

    class Meta:
        triggers = never_removed()
        constraints = [
            models.UniqueConstraint(fields=["workflow", "item"], name="readiness_item_once"),
            models.CheckConstraint(
                condition=models.Q(
                    done_at__isnull=False,
                    done_by__isnull=False,
                    expires_on__isnull=False,
                    reopened_because="",
                )
                | models.Q(done_at__isnull=True, done_by__isnull=True, expires_on__isnull=True)
                & ~models.Q(reopened_because=""),
                name="readiness_item_done_or_reopened",
            ),
        ]
        indexes = [
            models.Index(
                fields=["expires_on"],
                name="readiness_item_ending",
                condition=models.Q(expires_on__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_item_display()} of {self.workflow_id}"

    def state(self, today: date) -> ItemState:
        """Where it stands on a day."""
        return state_of(self.expires_on, today)
