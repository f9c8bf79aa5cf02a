"""Keeps beside a version of an agent how it did when it was tried, and who approved it for what."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from apps.accounts.models import User
from apps.audit import actions as audit
from apps.audit.actors import SYSTEM
from apps.registry.models import AgentVersion, VersionRecord
from apps.registry.policies import check_record_approval, check_record_validation
from apps.registry.states import RecordKind


def record_validation(
    *,
    version: AgentVersion,
    name: str,
    score: Decimal,
    cases: int,
    by: User | None,
    now: datetime,
    link: str = "",
    note: str = "",
) -> VersionRecord:
    """A validation: `score` is the share of `cases` that came out right, 0 to 1. Raises NotAllowed, ValidationError."""
    check_record_validation(version.agent, by=by)
    row = VersionRecord(
        kind=RecordKind.VALIDATION, version=version, name=name, score=score, cases=cases, link=link, note=note
    )
    return _kept(row, by, now)


def record_approval(
    *, version: AgentVersion, name: str, by: User | None, now: datetime, link: str = "", note: str = ""
) -> VersionRecord:
    """That somebody approved this version for what `name` says. Raises NotAllowed, ValidationError."""
    check_record_approval(version.agent, by=by)
    row = VersionRecord(kind=RecordKind.APPROVAL, version=version, name=name, link=link, note=note)
    return _kept(row, by, now)


@transaction.atomic
def _kept(row: VersionRecord, by: User | None, now: datetime) -> VersionRecord:
    row.at, row.by_name = now, (by.actor if by is not None else SYSTEM).name
    row.full_clean()
    row.save(force_insert=True)
    audit.record(
        verb=f"agent_version.{_SAID[RecordKind(row.kind)]}",
        now=now,
        by=by,
        subject=("agent", row.version.agent_id, f"{row.version.agent.name} {row.version}"),
        data={
            "name": row.name,
            "score": None if row.score is None else str(row.score),
            "cases": row.cases,
            "fingerprint": row.version.fingerprint,
            "note": row.note,
        },
    )
    return row


_SAID = {RecordKind.VALIDATION: "validated", RecordKind.APPROVAL: "approved"}
