"""Writes the ledger: one piece of evidence, exactly once, under the lock of the standing it belongs to.

It is part of every decision, so it takes as few statements as it can: lock, look back, insert, two updates. What
moves because of it (the controller says so) moves in the same transaction.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from apps.audit.insertion import insert, insert_soon
from apps.audit.updating import update
from apps.delivery import live
from apps.trust import recommending
from apps.trust.counting import Look, Past, count, is_audit, replayed
from apps.trust.divergence import Diverged
from apps.trust.judging import Verdicts
from apps.trust.models import LedgerEntry, Slice, Standing
from apps.trust.moving import keep, moved
from apps.trust.standings import locked_standing
from apps.trust.states import Basis, Feeds, NotEvidence, Source
from apps.trust.statistics.weighing import ALL, check_rate
from apps.trust.terms import rules_of, terms_of

_LOOK_BACK = """
    SELECT EXISTS (SELECT FROM trust_ledgerentry WHERE source_kind = %(kind)s AND source_id = %(source)s),
           EXISTS (SELECT FROM trust_ledgerentry
                    WHERE slice_id = %(slice)s AND content_sha256 = %(content)s AND is_counted),
           EXISTS (SELECT FROM trust_reviewerquality WHERE person_id = %(person)s AND is_careless),
           CASE WHEN %(subject)s = '' THEN 0 ELSE
               (SELECT count(*) FROM trust_ledgerentry
                 WHERE slice_id = %(slice)s AND subject = %(subject)s AND subject <> '' AND is_counted
                   AND at > %(day_before)s) END
"""


def record(
    *,
    slice_id: int,
    agent_version_id: int,
    proposal_id: UUID,
    source: tuple[Source, UUID],
    wrong: bool | None,
    confidence: float,
    content_sha256: str,
    now: datetime,
    decided_by: str = "",
    not_counted_because: NotEvidence | None = None,
    basis: Basis = Basis.FULL,
    rate: float = ALL,
    subject: str = "",
    look: Look | None = None,
    diverged: Diverged | None = None,
) -> LedgerEntry | None:
    """Write one ledger entry, once per source: None when it is there already. What follows from it is done too.

    `wrong` is the verdict on the proposed action (None: there is none, then a reason is required). An entry that comes
    back with the reason `second_look` asks the caller for another, blind person. `rate` is the chance with which it was
    chosen to be looked at. Raises BadInput for a confidence outside [0, 1] and for a chance that is none.
    """
    with transaction.atomic(savepoint=False):
        standing = locked_standing(slice_id, agent_version_id, now)
        row, rules, terms = standing.slice, rules_of(standing.slice), terms_of(standing.slice)
        how = look or Look()
        past = _look_back(row, source, content_sha256, subject, how, now)
        if past.is_written:
            return None
        before = standing.earned
        counted = count(
            before,
            wrong=wrong,
            confidence=confidence,
            basis=basis,
            because=not_counted_because,
            look=how,
            past=past,
            rules=rules,
        )
        band, because, into = counted.band, counted.because, counted.into
        entry = LedgerEntry(
            slice=row,
            agent_version_id=agent_version_id,
            proposal_id=proposal_id,
            source_kind=source[0],
            source_id=source[1],
            is_counted=because is None,
            not_counted_because=because or "",
            wrong=wrong,
            confidence=confidence,
            basis=basis,
            rate=check_rate(rate),
            band=band,
            feeds=into,
            tested=terms.tested,
            criteria_id=row.criteria_id,
            subject=subject[:200],
            content_sha256=content_sha256,
            divergence=diverged.kind if diverged else "",
            differing=[name[:120] for name in diverged.fields] if diverged else [],
            decided_by=decided_by,
            at=now,
        )
        after, move = replayed(
            before, into=into, band=band, wrong=bool(wrong), is_audit=entry.is_counted, terms=terms, rate=rate
        )
        if move is None:
            insert_soon([entry])
        else:
            # The history says after which entry it moved.
            insert([entry])
        _await(standing, basis, because, how)
        if band is not None:
            standing.seen[band] += 1
        _count(row, entry, how)
        if into is Feeds.PROOF and (standing.newest_counted is None or standing.newest_counted < proposal_id):
            standing.newest_counted = proposal_id
        was_ripe = standing.is_ripe
        if into:
            standing.is_ripe = recommending.is_ripe(row, after, terms)
        keep(standing, after, now)
        if move is not None:
            moved(standing, move, before=before, now=now, after_entry=entry.pk)
        if _moves_recommendation(standing, was_ripe=was_ripe, is_against=bool(wrong or move)):
            suspected = band if because is NotEvidence.SECOND_LOOK else None
            recommending.reconsider(standing, now=now, suspected=suspected)
        return entry


def _look_back(
    row: Slice, source: tuple[Source, UUID], content_sha256: str, subject: str, how: Look, now: datetime
) -> Past:
    values: dict[str, Any] = {
        "kind": source[0].value,
        "source": source[1],
        "slice": row.pk,
        "content": content_sha256,
        "person": how.person_id,
        "subject": subject[:200],
        "day_before": now - timedelta(days=1),
    }
    with connection.cursor() as cursor:
        cursor.execute(_LOOK_BACK, values)
        return Past(*cursor.fetchone())


def _await(standing: Standing, basis: Basis, because: NotEvidence | None, how: Look) -> None:
    """While a suspected mistake in what runs is looked at again, nothing runs."""
    if not is_audit(basis):
        return
    if because is NotEvidence.SECOND_LOOK:
        standing.awaiting += 1
    elif how.is_last:
        standing.awaiting = max(0, standing.awaiting - 1)
    else:
        return
    live.announce([f"acting:{standing.slice.workflow_id}"])


def _moves_recommendation(standing: Standing, *, was_ripe: bool, is_against: bool) -> bool:
    """Whether this entry makes a recommendation or may end one.

    Where the counts were enough before and something else stood against it (older reviews still open, a refusal), the
    sweeper looks again: to ask that with every decision would cost what waits.
    """
    if standing.is_recommended:
        return is_against or not standing.is_ripe
    return standing.is_ripe and not was_ripe


def _count(row: Slice, entry: LedgerEntry, how: Look) -> None:
    verdicts = Verdicts(row.judged, row.refused)
    verdicts.add(
        source=entry.source_kind,
        wrong=entry.wrong,
        because=entry.not_counted_because,
        is_last=how.is_last,
    )
    row.judged, row.refused = verdicts.judged, verdicts.refused
    row.counted += entry.is_counted
    row.wrong += bool(entry.is_counted and entry.wrong)
    row.not_counted += not entry.is_counted
    update(row, "counted", "wrong", "not_counted", "judged", "refused")
