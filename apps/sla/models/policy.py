"""SLA policies with their versions: by when work has to be claimed, decided and reported."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.audit.append_only import append_only, never_removed
from apps.sla.states import Target


class SlaPolicy(models.Model):
    """Targets under one name. What it says now is its newest version.

    Never removed and never given another slug: the cells of the matrix name it by its slug.
    """

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)

    class Meta:
        ordering = ["name"]
        triggers = [
            *never_removed(),
            pgtrigger.Protect(name="slug_stays", operation=pgtrigger.UpdateOf("slug")),
        ]

    def __str__(self) -> str:
        return self.name


class SlaPolicyVersion(models.Model):
    """What a policy said from `created_at` on. Never changed: cycles keep the version they began with.

    Times are durations as `durations` writes them; `warn_at` are percent of a target, ascending;
    `longest_pause` bounds all pauses of one cycle together.
    """

    policy = models.ForeignKey(SlaPolicy, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    claim_within = models.CharField(_("claim within"), max_length=12)
    decide_within = models.CharField(_("decide within"), max_length=12)
    result_within = models.CharField(_("result within"), max_length=12)
    warn_at: "models.Field[list[int], list[int]]" = ArrayField(models.PositiveSmallIntegerField())
    longest_pause = models.CharField(_("longest pause"), max_length=12)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    created_at = models.DateTimeField()
    created_by_id = models.CharField(max_length=64, blank=True)
    created_by_name = models.CharField(max_length=200)

    class Meta:
        ordering = ["policy", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "number"], name="sla_policy_version_number_once"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.policy} v{self.number}"

    def within(self, target: str) -> str:
        """The duration of a target, as it is written."""
        texts = {
            Target.CLAIM: self.claim_within,
            Target.DECIDE: self.decide_within,
            Target.RESULT: self.result_within,
        }
        return texts[Target(target)]
