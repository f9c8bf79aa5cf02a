"""Counts the work of each workflow by day, from the audit log.

A sweeper that reads the log onwards (`audit.following`). It holds the lock of its one mark while it counts, so two
never count the same; what is read again was kept by case and is counted once.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from django.db import connection
from django.utils import timezone

from apps.audit.following import read_on
from apps.audit.models import Event
from apps.quality.cases import cases_of, silent_originals
from apps.quality.models import CountedCase, CountedUntil
from apps.quality.sorting import VERBS, Fact, Happened, facts, graver
from apps.quality.states import Came
from apps.registry.models import Workflow

# (workflow, day, came, agent version, policy version)
Place = tuple[int, date, str, int, int]

_ADD = """
    INSERT INTO quality_countedday AS kept (workflow_id, day, came, agent_version_id, policy_version_id, n, total)
    SELECT * FROM unnest(%s::bigint[], %s::date[], %s::text[], %s::bigint[], %s::bigint[], %s::int[], %s::float8[])
    ON CONFLICT (workflow_id, day, came, agent_version_id, policy_version_id)
    DO UPDATE SET n = kept.n + excluded.n, total = kept.total + excluded.total
"""


def count_events(*, now: datetime, limit: int = 5000, waits: bool = False) -> int:
    """Count the next `limit` events; how many there were where there may be more, else 0. For `waits` see `read_on`."""
    return read_on(
        CountedUntil, verbs=VERBS, act=lambda events: count(facts_of(events)), limit=limit, waits=waits
    )


def facts_of(events: Sequence[Event]) -> list[Fact]:
    """What these events say, with what has to be known of their cases. A handful of statements."""
    silent = silent_originals([event.proposal_id for event in events if event.verb == "proposal.concluded"])
    wanted = {event.proposal_id for event in events if event.proposal_id} | set(silent.values())
    cases = cases_of(wanted)
    workflows = _named([event for event in events if event.verb == "proposal.refused"])
    found: list[Fact] = []
    for event in events:
        original = silent.get(event.proposal_id) if event.verb == "proposal.concluded" else None
        key = original or event.proposal_id
        happened = Happened(event.pk, event.verb, timezone.localdate(event.at), event.data)
        found += facts(
            happened,
            cases.get(key) if key else None,
            workflow_id=workflows.get(str(event.data.get("workflow", ""))),
            is_silent=original is not None,
        )
    return found


def count(found: Iterable[Fact]) -> None:
    """Keep these facts and add them to their days. The caller holds the lock of the mark."""
    merged = merge(found)
    kept = {
        (row.source, row.what): row
        for row in CountedCase.objects.filter(source__in={source for source, _what in merged})
    }
    new: list[CountedCase] = []
    changed: list[CountedCase] = []
    n: Counter[Place] = Counter()
    total: defaultdict[Place, float] = defaultdict(float)
    for key, fact in merged.items():
        row = kept.get(key)
        if row is None:
            row = row_of(fact)
            new.append(row)
        else:
            came, day = graver(Came(row.came), fact.came), min(row.day, fact.day)
            if (came, day) == (row.came, row.day):
                continue
            n[place_of(row)] -= 1
            total[place_of(row)] -= row.amount
            row.came, row.day = came, day
            changed.append(row)
        n[place_of(row)] += 1
        total[place_of(row)] += row.amount
    CountedCase.objects.bulk_create(new, batch_size=2000)
    CountedCase.objects.bulk_update(changed, ["came", "day"], batch_size=1000)
    _add(n, total)


def merge(found: Iterable[Fact]) -> dict[tuple[UUID, str], Fact]:
    """One fact a case and `What`: on the first of their days, as grave as the gravest, in whatever order they come."""
    merged: dict[tuple[UUID, str], Fact] = {}
    for fact in found:
        key = (fact.source, fact.what.value)
        known = merged.get(key, fact)
        merged[key] = replace(known, came=graver(known.came, fact.came), day=min(known.day, fact.day))
    return merged


def row_of(fact: Fact) -> CountedCase:
    """The row that keeps a fact, unsaved."""
    return CountedCase(
        workflow_id=fact.workflow_id,
        what=fact.what,
        came=fact.came,
        day=fact.day,
        source=fact.source,
        proposal_id=fact.proposal_id,
        agent_version_id=fact.agent_version_id,
        policy_version_id=fact.policy_version_id,
        amount=fact.amount,
    )


def place_of(row: CountedCase) -> Place:
    """The sum a row belongs to."""
    return row.workflow_id, row.day, str(row.came), row.agent_version_id, row.policy_version_id


def _add(n: Mapping[Place, int], total: Mapping[Place, float]) -> None:
    rows = [(*place, count, total[place]) for place, count in sorted(n.items()) if count or total[place]]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(_ADD, [list(column) for column in zip(*rows, strict=True)])


def _named(events: Collection[Event]) -> dict[str, int]:
    slugs = {str(event.data.get("workflow", "")) for event in events}
    return dict(Workflow.objects.filter(slug__in=slugs).values_list("slug", "pk")) if slugs else {}
