"""What people decided."""

import pgtrigger
from django.conf import settings
from django.db import models

from apps.audit.append_only import never_removed
from apps.audit.ids import uuid7
from apps.reviews.models.emergency import Emergency
from apps.reviews.models.pick import BlindPick
from apps.reviews.models.task import Task
from apps.routing.states import Verb


class Decision(models.Model):
    """What one person decided on a task in one round. `role` is first, second or deciding.

    `seen_sha256` is the digest of the arguments that were on the page; the action to carry out is `args`. The database
    refuses one on other arguments than were proposed, an approval of anything else, a second one that was not blind,
    and one by the owner of the agent. `batch` marks what one press approved together (see `bulk`): the database refuses
    that for anything but the slightest work, and over more than one slice or person. `active_ms` is how long the page
    was looked at and `opened` how many items of evidence were, as far as it could tell: see `Attention`.
    `pick` is what the person said before they knew what the agent proposed; where the task asks for it, the database
    refuses a decision without their own, but in an emergency.
    `emergency`: it was taken outside the ordinary rules; the database refuses one that lets something happen that is
    critical, irreversible or needs two people.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="decisions")
    round = models.PositiveSmallIntegerField()
    role = models.CharField(max_length=10)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="decisions")
    verb = models.CharField(max_length=20, choices=Verb.choices)
    action_name = models.CharField(max_length=80, blank=True)
    args = models.JSONField(null=True)
    args_sha256 = models.CharField(max_length=64, blank=True)
    seen_sha256 = models.CharField(max_length=64)
    alternative_rank = models.PositiveSmallIntegerField(null=True)
    reason_code = models.CharField(max_length=40, blank=True)
    note = models.TextField(blank=True)
    retry = models.CharField(max_length=12, blank=True)
    was_blind = models.BooleanField(default=False)
    pick = models.ForeignKey(
        BlindPick, null=True, on_delete=models.PROTECT, related_name="decisions", db_index=False
    )
    batch = models.UUIDField(null=True)
    emergency = models.ForeignKey(
        Emergency, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    active_ms = models.PositiveIntegerField(null=True)
    opened = models.PositiveSmallIntegerField(null=True)
    claimed_at = models.DateTimeField()
    decided_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["task", "round", "role"],
                condition=models.Q(undone_at__isnull=True),
                name="decision_once_per_task_round_role",
            ),
            models.UniqueConstraint(
                fields=["task", "by"],
                condition=models.Q(undone_at__isnull=True),
                name="decision_by_different_people",
            ),
            models.CheckConstraint(
                condition=models.Q(verb="approve") | ~models.Q(reason_code=""),
                name="decision_override_has_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(verb="reject", action_name="") | ~models.Q(verb="reject"),
                name="decision_rejection_names_no_action",
            ),
            models.CheckConstraint(
                condition=~models.Q(verb=Verb.APPROVE)
                | models.Q(args_sha256=models.F("seen_sha256")) & ~models.Q(action_name=""),
                name="decision_approves_what_was_seen",
            ),
            models.CheckConstraint(
                condition=models.Q(role="second", was_blind=True)
                | models.Q(role__in=["first", "deciding"], was_blind=False)
                | models.Q(emergency__isnull=False, was_blind=False),
                name="decision_second_is_blind",
            ),
            models.CheckConstraint(
                condition=models.Q(batch__isnull=True) | models.Q(verb=Verb.APPROVE, role="first"),
                name="decision_in_bulk_approves_alone",
            ),
        ]
        indexes = [
            models.Index(fields=["pick"], name="decision_after_pick", condition=models.Q(pick__isnull=False)),
            models.Index(fields=["batch"], name="decision_in_bulk", condition=models.Q(batch__isnull=False)),
        ]
        triggers = [
            *never_removed(),
            pgtrigger.Protect(
                name="content_never_changes",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["undone_at"]),
            ),
            pgtrigger.Protect(
                name="undone_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__undone_at__isnull=False),
            ),
            pgtrigger.Trigger(
                name="fits_its_proposal",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                declare=[("proposed", "RECORD")],
                func="""
                    SELECT proposal.args_sha256, agent.owner_id, task.agent_owner_id, task.is_blind_first INTO proposed
                      FROM reviews_task task
                      JOIN proposals_proposal proposal ON proposal.id = task.proposal_id
                      JOIN registry_agent agent ON agent.id = proposal.agent_id
                     WHERE task.id = NEW.task_id;
                    IF NEW.by_id IN (proposed.owner_id, proposed.agent_owner_id) THEN
                        RAISE EXCEPTION 'nobody decides on a proposal of an agent they own';
                    END IF;
                    IF NEW.seen_sha256 IS DISTINCT FROM proposed.args_sha256 THEN
                        RAISE EXCEPTION 'a decision is on exactly the arguments that were proposed';
                    END IF;
                    IF proposed.is_blind_first AND NEW.emergency_id IS NULL AND NOT EXISTS (
                        SELECT FROM reviews_blindpick pick
                         WHERE pick.id = NEW.pick_id AND pick.task_id = NEW.task_id AND pick.by_id = NEW.by_id
                    ) THEN
                        RAISE EXCEPTION 'here one says what one would do before one decides';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="in_emergency_only_what_one_may",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                condition=pgtrigger.Q(new__emergency_id__isnull=False),
                func="""
                    IF NOT EXISTS (
                        SELECT FROM reviews_emergency emergency
                         WHERE emergency.id = NEW.emergency_id
                           AND emergency.task_id = NEW.task_id AND emergency.by_id = NEW.by_id
                    ) THEN
                        RAISE EXCEPTION 'an emergency is of one task and one person';
                    END IF;
                    IF EXISTS (
                        SELECT FROM reviews_task task
                          JOIN proposals_proposal proposal ON proposal.id = task.proposal_id
                          JOIN registry_actiontype kind
                            ON kind.workflow_id = proposal.workflow_id AND kind.name = NEW.action_name
                         WHERE task.id = NEW.task_id
                           AND (task.quorum > 1
                                OR kind.consequence = 'critical' OR kind.reversibility = 'irreversible'
                                OR kind.id = proposal.action_type_id
                               AND (proposal.consequence = 'critical'
                                    OR proposal.reversibility = 'irreversible'))
                    ) THEN
                        RAISE EXCEPTION 'in an emergency one person only lets happen what one person may';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="in_bulk_only_what_is_slight",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                condition=pgtrigger.Q(new__batch__isnull=False),
                func="""
                    IF NOT EXISTS (
                        SELECT FROM reviews_task task
                          JOIN proposals_proposal proposal ON proposal.id = task.proposal_id
                         WHERE task.id = NEW.task_id AND task.tier = 0 AND task.quorum = 1
                           AND proposal.consequence = 'low' AND proposal.reversibility = 'reversible'
                           AND proposal.stage = 'assisted' AND proposal.basis = 'full' AND NOT proposal.is_copy
                    ) THEN
                        RAISE EXCEPTION 'only low, reversible work of one person is approved in bulk';
                    END IF;
                    IF EXISTS (
                        SELECT FROM reviews_decision other
                          JOIN reviews_task task ON task.id = other.task_id
                          JOIN proposals_proposal proposal ON proposal.id = task.proposal_id
                          JOIN reviews_task own ON own.id = NEW.task_id
                          JOIN proposals_proposal mine ON mine.id = own.proposal_id
                         WHERE other.batch = NEW.batch
                           AND (other.by_id <> NEW.by_id OR proposal.slice_id <> mine.slice_id)
                    ) THEN
                        RAISE EXCEPTION 'what is approved in bulk is of one slice, by one person';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.by}: {self.verb}"

    @property
    def is_override(self) -> bool:
        """Whether it takes another action than was proposed, or none."""
        return self.args_sha256 != self.seen_sha256

    @property
    def came_round(self) -> bool:
        """Whether the person would have done otherwise, and went over to the agent's side once they saw it."""
        return self.pick is not None and not self.pick.is_as_proposed and not self.is_override
