"""Another, blind look at a proposal, made through a copy that looks like any other in the queue."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.audit.append_only import never_removed
from apps.audit.ids import uuid7
from apps.proposals.models.proposal import Proposal
from apps.proposals.states import Purpose


class Examination(models.Model):
    """An order to have a person look at `original`, not knowing why; `copy` is what is put before them.

    A copy never yields a grant, its agent never learns of it, and whatever people decide about it ends it as recorded.
    `excluded` people do not get it: they have decided on the original. `verdict` is whether the person would not have
    let the proposed action happen. `meant_for`: a person who should get it, if they are quick enough.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    original = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="examinations")
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    copy = models.OneToOneField(Proposal, null=True, on_delete=models.PROTECT, related_name="examination_of")
    excluded = ArrayField(models.BigIntegerField(), default=list)
    meant_for = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    ordered_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    concluded_at = models.DateTimeField(null=True)
    verdict = models.BooleanField(null=True)

    class Meta:
        triggers = never_removed()
        indexes = [
            models.Index(
                fields=["ordered_at"], name="examination_to_open", condition=models.Q(opened_at__isnull=True)
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(opened_at__isnull=True, copy__isnull=True)
                | models.Q(opened_at__isnull=False, copy__isnull=False),
                name="examination_opened_has_its_copy",
            ),
            models.CheckConstraint(
                condition=models.Q(concluded_at__isnull=True) | models.Q(opened_at__isnull=False),
                name="examination_concluded_was_opened",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} of {self.original_id}"
