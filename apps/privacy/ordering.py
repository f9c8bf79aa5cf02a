"""The verbs of a request: order it, confirm it as a second person, decline it, have one that broke off gone on with.

The audit log says who did so and never about whom.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.models import User
from apps.audit import actions as audit
from apps.audit.spelling import plain
from apps.delivery.waking import wake
from apps.privacy import policies
from apps.privacy.models import Erasure
from apps.privacy.naming import is_held, proposals_about
from apps.privacy.opened import live_grants
from apps.privacy.states import UNFINISHED, ErasureStatus
from apps.privacy.telling import ask_a_second
from apps.proposals.models import Examination, Proposal
from apps.proposals.states import Status
from apps.registry.models import Workflow

RUN = "apps.privacy.tasks.run_erasures"
_MOST_NAMED = 5
MOST_FURTHER = 500


class NotOrdered(ValueError):
    """It cannot be erased, or not now; the message says why."""


def mark_of(subject_kind: str, subject_id: str) -> str:
    """The keyed digest by which a subject is known again that is written down nowhere any more."""
    named = f"{subject_kind}\n{subject_id}"
    return salted_hmac("reviewhub.erased-subject", named, algorithm="sha256").hexdigest()


def order(
    *,
    workflow: Workflow | None,
    subject_kind: str,
    subject_id: str,
    reason: str,
    by: User,
    now: datetime,
    further: Collection[UUID] = (),
) -> Erasure:
    """Ask that everything about this subject is erased, and in these `further` proposals. Nothing is erased before a
    second person has confirmed it. Raises NotAllowed, NotOrdered.
    """
    policies.check_reason(reason)
    kind, ident = plain(subject_kind), plain(subject_id)
    if not ident:
        raise NotOrdered(_("Say whose data is to be erased."))
    row = Erasure(
        workflow=workflow,
        subject_kind=kind,
        subject_id=ident,
        subject_mark=mark_of(kind, ident),
        further=sorted(set(further)),
        reason=reason.strip()[:500],
        ordered_at=now,
        ordered_by=by,
    )
    try:
        with transaction.atomic():
            policies.check_order(workflow, by=by)
            _check_further(row)
            if not is_held(row):
                raise NotOrdered(
                    _("Nothing is held about {subject} here. Look at how agents name it.").format(subject=row)
                )
            check_over(row, now)
            row.found = proposals_about(row).count()
            row.save(force_insert=True)
            _tell(row, "erasure.ordered", by, now, reason=row.reason, proposals=row.found)
            ask_a_second(
                title=_("A subject's data is to be erased"),
                link=f"/privacy/requests/{row.pk}/",
                by=by,
                now=now,
                workflow_id=row.workflow_id,
            )
    except IntegrityError:
        if not _same(row).exists():
            raise
        raise NotOrdered(_("This is asked for already: wait until it is over.")) from None
    return row


def confirm(*, erasure_id: UUID, by: User, now: datetime) -> Erasure:
    """A second person has looked: it is erased soon. Raises NotAllowed, NotOrdered, Erasure.DoesNotExist."""
    with transaction.atomic():
        row = locked(erasure_id)
        policies.check_confirm(row, by=by)
        check_over(row, now)
        row.status, row.confirmed_by, row.confirmed_at = ErasureStatus.WAITING, by, now
        row.save(update_fields=["status", "confirmed_by", "confirmed_at"])
        _tell(row, "erasure.confirmed", by, now)
        wake(RUN)
        return row


def decline(*, erasure_id: UUID, reason: str, by: User, now: datetime) -> Erasure:
    """It is not erased, or no more of it. Whom it was about is forgotten. Raises NotAllowed, Erasure.DoesNotExist."""
    with transaction.atomic():
        row = locked(erasure_id)
        policies.check_decline(row, by=by)
        policies.check_reason(reason)
        row.status, row.ended_at = ErasureStatus.DECLINED, now
        row.declined_by, row.declined_because = by, reason.strip()[:500]
        row.subject_kind = row.subject_id = ""
        row.save()
        _tell(row, "erasure.declined", by, now, reason=row.declined_because, proposals=row.done)
        return row


def retry(*, erasure_id: UUID, by: User, now: datetime) -> Erasure:
    """Go on with one that broke off; what it has erased stays erased. Raises NotAllowed, Erasure.DoesNotExist."""
    with transaction.atomic():
        row = locked(erasure_id)
        policies.check_retry(row, by=by)
        row.status, row.attempts, row.failure, row.ended_at = ErasureStatus.WAITING, 0, "", None
        row.save(update_fields=["status", "attempts", "failure", "ended_at"])
        _tell(row, "erasure.gone_on_with", by, now)
        wake(RUN)
        return row


def locked(erasure_id: UUID) -> Erasure:
    """The request, its row locked. Raises Erasure.DoesNotExist."""
    rows = Erasure.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("workflow", "ordered_by", "confirmed_by").get(pk=erasure_id)


def check_over(erasure: Erasure, now: datetime) -> None:
    """Raises NotOrdered with a sentence that names what is still open about the subject."""
    about = list(proposals_about(erasure).values_list("pk", flat=True))
    pending = Proposal.objects.filter(pk__in=about, status=Status.PENDING).values_list("external_id", "pk")
    usable = live_grants(about, now).values_list("proposal__external_id", "proposal_id")
    opened = dict.fromkeys(f"{name} ({key})" for name, key in [*pending.order_by("pk"), *usable])
    if opened:
        named = ", ".join(list(opened)[:_MOST_NAMED])
        more = len(opened) - _MOST_NAMED
        if more > 0:
            named += " " + ngettext("and {n} more", "and {n} more", more).format(n=more)
        raise NotOrdered(
            _(
                "Still open about this subject: {named}. First decide or withdraw what waits, and let what was"
                " approved be carried out or run out."
            ).format(named=named)
        )
    _check_looks_are_over(about)


def _check_looks_are_over(about: Collection[UUID]) -> None:
    """Which of them is not told: whoever is to look finds it like any other."""
    if Examination.objects.filter(original__in=about, concluded_at__isnull=True).exists():
        raise NotOrdered(
            _("Some of it is being looked at again by another person: ask again once that is over.")
        )


def _check_further(row: Erasure) -> None:
    if len(row.further) > MOST_FURTHER:
        raise NotOrdered(_("At most {most} further proposals at a time.").format(most=MOST_FURTHER))
    known = Proposal.objects.filter(pk__in=row.further, is_copy=False)
    if row.workflow is not None:
        known = known.filter(workflow=row.workflow)
    missing = set(row.further) - set(known.values_list("pk", flat=True))
    if missing:
        raise NotOrdered(_("There is no such proposal here: {id}").format(id=min(missing)))


def _same(row: Erasure) -> Any:
    return Erasure.objects.filter(workflow=row.workflow, subject_mark=row.subject_mark, status__in=UNFINISHED)


def _tell(row: Erasure, verb: str, by: User, now: datetime, **data: Any) -> None:
    audit.record(
        verb=verb,
        now=now,
        by=by,
        subject=("erasure", row.pk),
        workflow_id=row.workflow_id,
        data=data,
    )
