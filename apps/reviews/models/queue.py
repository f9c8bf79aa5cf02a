"""Queues: where tasks wait, and who holds a role there."""

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.rights import PersonRight, TeamRight
from apps.accounts.roles import Role
from apps.reviews.reading import ReadingRules
from apps.sla.models import Calendar


class Queue(models.Model):
    """Where tasks wait for people with a role on it. Its calendar turns working time into moments.

    `lease_seconds` is measured (see `leases`) unless an admin fixed it. `assigns`: ReviewHub itself gives its waiting
    tasks to people. Matrices and chains name a queue by its slug. The last fields say how its reviewers are checked
    (see `check_setup`), 0 switches each off; without `gold_percent` the installation's share of known cases holds.
    Second reviews were drawn from what was decided until `drawn_until`.
    """

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    description = models.TextField(_("description"), blank=True)
    calendar = models.ForeignKey(Calendar, on_delete=models.PROTECT, related_name="queues")
    lease_seconds = models.PositiveIntegerField(_("a claim lasts (seconds)"), default=1200)
    is_lease_fixed = models.BooleanField(_("an admin says how long a claim lasts"), default=False)
    assigns = models.BooleanField(_("tasks are given to people"), default=False)
    reading_words = models.PositiveSmallIntegerField(_("words a minute nobody exceeds"), default=2400)
    reading_seconds = models.PositiveSmallIntegerField(_("the longest reading floor (seconds)"), default=10)
    streak = models.PositiveSmallIntegerField(_("quick approvals in a row that are too many"), default=20)
    second_percent = models.FloatField(_("decisions another person looks at (percent)"), default=2)
    gold_percent = models.FloatField(
        _("known cases among a person's reviews (percent)"), null=True, blank=True
    )
    drawn_until = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField()

    class Meta:
        permissions = [(Role.REVIEWER.value, "Reviewer"), (Role.LEAD.value, "Lead")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(lease_seconds__gte=600, lease_seconds__lte=14_400),
                name="queue_lease_10min_to_4h",
            ),
            models.CheckConstraint(
                condition=models.Q(second_percent__gte=0, second_percent__lte=100),
                name="queue_second_percent",
            ),
            models.CheckConstraint(
                condition=models.Q(gold_percent__isnull=True)
                | models.Q(gold_percent__gte=0, gold_percent__lte=20),
                name="queue_gold_percent",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="named_by_no_matrix",
                operation=pgtrigger.Delete,
                when=pgtrigger.Before,
                func="""
                    IF EXISTS (SELECT FROM routing_matrixcell WHERE queue = OLD.slug) THEN
                        RAISE EXCEPTION 'A routing matrix names the queue %: it stays.', OLD.slug;
                    END IF;
                    RETURN OLD;
                """,
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def reading_rules(self) -> ReadingRules:
        """What is too fast here, as values."""
        return ReadingRules(self.reading_words, self.reading_seconds, self.streak)


class QueuePersonRight(PersonRight):
    """A person's role on a queue."""

    content_object = models.ForeignKey(Queue, on_delete=models.PROTECT)


class QueueTeamRight(TeamRight):
    """A team's role on a queue."""

    content_object = models.ForeignKey(Queue, on_delete=models.PROTECT)
