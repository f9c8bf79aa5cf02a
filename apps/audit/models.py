"""The audit log: one row for every verb that changed something, and the seals over them."""

from uuid import UUID, uuid4

import pgtrigger
from django.contrib.postgres.functions import RandomUUID
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from apps.audit.accounting import ERASING, OF
from apps.audit.append_only import append_only, never_removed
from apps.audit.ids import uuid7

BEGINNING = UUID(int=0)

# An event that comes at or below the fence of the sealer gets a new id above it, of this moment to the microsecond
# (RFC 9562, section 6.2, method 3), so that what is written together keeps its order.
_LATE_COMES_AFTER_WHAT_IS_SEALED = """
    SELECT fence INTO mark FROM audit_sealmark WHERE NEW.id <= fence;
    IF FOUND THEN
        micros := GREATEST(
            floor(extract(epoch FROM clock_timestamp()) * 1000000)::bigint,
            (('x' || left(replace(mark.fence::text, '-', ''), 12))::bit(48)::bigint + 1) * 1000
        );
        NEW.id := lpad(to_hex(micros / 1000), 12, '0') || '7' || lpad(to_hex(micros % 1000 * 4096 / 1000), 3, '0')
                  || right(replace(gen_random_uuid()::text, '-', ''), 16);
    END IF;
    RETURN NEW;
"""


class Event(models.Model):
    """One thing that happened. Names and ids as they were then; no foreign keys, so nothing can cascade."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    at = models.DateTimeField()
    verb = models.CharField(max_length=60)
    actor_kind = models.CharField(max_length=10)
    actor_id = models.CharField(max_length=64, blank=True)
    actor_name = models.CharField(max_length=200)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=64)
    subject_label = models.CharField(max_length=300, blank=True)
    workflow_id = models.BigIntegerField(null=True)
    proposal_id = models.UUIDField(null=True)
    data = models.JSONField(default=dict)
    # For the seal, see `leaves`: exactly one of the two is there.
    salt = models.UUIDField(null=True, default=uuid4, db_default=RandomUUID(), editable=False)
    erased = models.JSONField(null=True, editable=False)

    class Meta:
        triggers = [
            *append_only(),
            pgtrigger.Trigger(
                name="late_comes_after_what_is_sealed",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                declare=[("mark", "RECORD"), ("micros", "BIGINT")],
                func=_LATE_COMES_AFTER_WHAT_IS_SEALED,
            ),
        ]
        indexes = [
            # One for each way the search page can narrow; all but the first two also give its order.
            models.Index(
                fields=["proposal_id"],
                name="audit_event_proposal",
                condition=models.Q(proposal_id__isnull=False),
            ),
            models.Index(fields=["subject_id", "subject_kind"], name="audit_event_subject"),
            models.Index(fields=["at", "id"], name="audit_event_at"),
            models.Index(fields=["verb", "at"], name="audit_event_verb"),
            models.Index(fields=["actor_name", "at"], name="audit_event_actor"),
            GinIndex(models.F(f"data__{OF}"), name="audit_event_accounted", condition=models.Q(verb=ERASING)),
            models.Index(
                fields=["subject_label", "at"],
                name="audit_event_label",
                condition=models.Q(proposal_id__isnull=True) & ~models.Q(subject_label=""),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(actor_kind__in=["person", "agent", "system"]),
                name="audit_event_actor_kind",
            ),
            models.CheckConstraint(
                condition=models.Q(salt__isnull=False, erased__isnull=True)
                | models.Q(salt__isnull=True, erased__isnull=False),
                name="audit_event_salted_or_erased",
            ),
            # Sealing begins after it: an event there would lie in no seal.
            models.CheckConstraint(condition=models.Q(id__gt=BEGINNING), name="audit_event_after_beginning"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.subject_kind} {self.subject_label or self.subject_id}"


class Seal(models.Model):
    """What some events were, in one signed hash that also covers the seal before: see `chaining` and `leaves`.

    The ids (16 bytes each) and leaves (32 bytes each) say which row is not as it was.
    """

    number = models.PositiveBigIntegerField(primary_key=True)
    sealed_at = models.DateTimeField()
    first_id = models.UUIDField()
    last_id = models.UUIDField()
    count = models.PositiveIntegerField()
    ids = models.BinaryField()
    leaves = models.BinaryField()
    root = models.BinaryField()
    previous = models.BinaryField(unique=True)
    head = models.BinaryField(unique=True)
    key = models.BinaryField()
    signature = models.BinaryField()

    class Meta:
        triggers = append_only()
        constraints = [
            models.CheckConstraint(
                condition=models.Q(count__gt=0, number__gt=0), name="audit_seal_holds_something"
            )
        ]

    def __str__(self) -> str:
        return f"seal {self.number}"

    @property
    def head_hex(self) -> str:
        """The head as people copy it: 64 hex digits."""
        return bytes(self.head).hex()


class SealMark(models.Model):
    """How far the sealer is: its only row, whose lock lets one seal at a time.

    No event comes in any more at or below `fence`; heads up to seal `sent` were sent outside.
    """

    ONLY = 1

    id = models.SmallIntegerField(primary_key=True, default=ONLY)
    fence = models.UUIDField(default=BEGINNING)
    sent = models.PositiveBigIntegerField(default=0)

    class Meta:
        triggers = never_removed()
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="audit_seal_mark_is_one_row")]

    def __str__(self) -> str:
        return f"sealing up to {self.fence}"

    @classmethod
    def locked(cls) -> "SealMark | None":
        """The row, locked until the transaction ends. None while somebody else holds it, or nobody has sealed yet."""
        return cls.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=cls.ONLY).first()
