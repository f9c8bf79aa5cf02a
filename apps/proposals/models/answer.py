"""The one answer a proposal got, the grant that goes with it, and the keys that sign grants."""

import pgtrigger
from django.db import models
from encrypted_fields.fields import EncryptedTextField

from apps.audit.append_only import append_only, never_removed
from apps.audit.ids import uuid7
from apps.proposals.models.proposal import Proposal
from apps.proposals.states import DecidedBy, Retry
from apps.registry.models import Agent
from apps.registry.revision_triggers import moves_revision
from apps.routing.states import Verb
from apps.trust.models import Slice

# A policy approves only what was routed to act, exactly as proposed, and nothing whose ceiling can never be raised to
# acting (see `MatrixCell`). A person's answer is what enough standing decisions on its task chose, by digest (see
# `reviews.verdicts`); the one answer without a task is the stop of what was about to act.
_ANSWERS_AS_IT_MAY = """
    SELECT p.route, p.consequence, p.reversibility, p.args_sha256, t.id AS task, t.quorum INTO asked
      FROM proposals_proposal p LEFT JOIN reviews_task t ON t.proposal_id = p.id
     WHERE p.id = NEW.proposal_id;
    IF NEW.decided_by_type = 'policy' AND NEW.verb <> 'reject' AND (
        NEW.verb <> 'approve' OR asked.route <> 'act' OR NEW.args_sha256 <> asked.args_sha256
        OR asked.consequence = 'critical'
        OR asked.consequence = 'high' AND asked.reversibility = 'irreversible'
    ) THEN
        RAISE EXCEPTION 'a policy approves only what was routed to act and may act';
    END IF;
    IF NEW.decided_by_type = 'human' AND NOT (
        NEW.verb = 'reject' AND asked.route = 'act' AND asked.task IS NULL
    ) THEN
        SELECT count(*) FILTER (WHERE d.verb = 'reject') AS against,
               count(*) FILTER (WHERE d.verb <> 'reject' AND d.args_sha256 = NEW.args_sha256) AS alike,
               count(*) FILTER (WHERE d.verb = NEW.verb AND d.action_name = NEW.action_name
                                  AND d.args_sha256 = NEW.args_sha256) AS same
          INTO chosen
          FROM reviews_decision d WHERE d.task_id = asked.task AND d.undone_at IS NULL;
        IF chosen.same = 0 OR NEW.verb <> 'reject' AND (chosen.against > 0 OR chosen.alike < asked.quorum) THEN
            RAISE EXCEPTION 'a person''s answer is exactly what enough decisions on its task chose';
        END IF;
    END IF;
    RETURN NEW;
"""


class Resolution(models.Model):
    """The one answer a proposal got: which action, if any, may be carried out, and why."""

    proposal = models.OneToOneField(Proposal, on_delete=models.PROTECT, related_name="resolution")
    verb = models.CharField(max_length=20, choices=Verb.choices)
    action_name = models.CharField(max_length=80, blank=True)
    args = models.JSONField(null=True)
    args_sha256 = models.CharField(max_length=64, blank=True)
    diff = models.JSONField(default=list)
    alternative_rank = models.PositiveSmallIntegerField(null=True)
    reason_code = models.CharField(max_length=40, blank=True)
    message = models.TextField(blank=True)
    retry = models.CharField(max_length=12, choices=Retry.choices, blank=True)
    decided_by_type = models.CharField(max_length=10, choices=DecidedBy.choices)
    decided_by = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField()
    settled_at = models.DateTimeField()

    class Meta:
        triggers = [
            *append_only(),
            pgtrigger.Trigger(
                name="answers_as_it_may",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                declare=[("asked", "RECORD"), ("chosen", "RECORD")],
                func=_ANSWERS_AS_IT_MAY,
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(verb=Verb.REJECT) | models.Q(action_name="", args_sha256=""),
                name="resolution_rejection_names_no_action",
            ),
            models.CheckConstraint(
                condition=~models.Q(decided_by_type=DecidedBy.FALLBACK) | models.Q(verb=Verb.REJECT),
                name="resolution_fallback_never_approves",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.proposal_id}: {self.verb}"


class Grant(models.Model):
    """The single-use, expiring permission to carry out exactly one action. Its id is the token's `jti`.

    `chosen_slice` is where that action belongs when people chose it instead of the proposed one; None: where that does.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    proposal = models.OneToOneField(Proposal, on_delete=models.PROTECT, related_name="grant")
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+", db_index=False)
    chosen_slice = models.ForeignKey(
        Slice, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    action_name = models.CharField(max_length=80)
    args_sha256 = models.CharField(max_length=64)
    token = models.TextField()
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    redeemed_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_because = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("issued_at")), name="grant_expires_after_issue"
            ),
            models.CheckConstraint(
                condition=models.Q(redeemed_at__isnull=True)
                | models.Q(redeemed_at__lt=models.F("expires_at")),
                name="grant_redeemed_in_time",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="permission_never_changes",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "proposal",
                    "agent",
                    "chosen_slice",
                    "action_name",
                    "args_sha256",
                    "token",
                    "issued_at",
                    "expires_at",
                ),
            ),
            pgtrigger.Protect(
                name="ends_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__redeemed_at__isnull=False)
                | pgtrigger.Q(old__revoked_at__isnull=False),
            ),
            *never_removed(),
            pgtrigger.Trigger(
                name="only_for_approved",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                declare=[("answer", "RECORD")],
                func="""
                    SELECT p.status, p.stage, p.agent_id, p.is_copy, r.verb, r.action_name, r.args_sha256 INTO answer
                      FROM proposals_proposal p JOIN proposals_resolution r ON r.proposal_id = p.id
                     WHERE p.id = NEW.proposal_id;
                    IF answer.status IS DISTINCT FROM 'approved' OR answer.stage = 'shadow' OR answer.is_copy
                       OR answer.verb = 'reject' OR answer.agent_id <> NEW.agent_id
                       OR answer.action_name <> NEW.action_name OR answer.args_sha256 <> NEW.args_sha256 THEN
                        RAISE EXCEPTION 'a grant needs an approved proposal and its exact action';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action_name} for {self.proposal_id}"


class SigningKey(models.Model):
    """An Ed25519 key that signs grants. The newest not retired signs; all listed verify."""

    kid = models.CharField(max_length=40, unique=True)
    private_pem = EncryptedTextField()
    public_jwk = models.JSONField()
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    class Meta:
        triggers = [moves_revision()]

    def __str__(self) -> str:
        return self.kid
