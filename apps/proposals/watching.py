"""Reads proposals for trust's drift watch: the first of each version in a slice, and the newest."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from apps.proposals.models import Proposal
from apps.registry.schemas import ArgsSchema, compile_schema
from apps.trust.drifting import BASELINE, WINDOW, Mix, Seen, watch
from apps.trust.models import LedgerEntry, Slice, Standing
from apps.trust.states import Source

# A version that has not worked for this long has nothing new to watch.
_AT_WORK = timedelta(days=7)


def watch_drift(*, now: datetime) -> int:
    """Compare every version at work with its frozen baseline; how many alerts are new."""
    at_work = Standing.objects.filter(changed_at__gt=now - _AT_WORK).select_related(
        "slice__workflow", "slice__action_type", "slice__agent", "slice__workflow__technical_owner"
    )
    mixes: dict[tuple[int, int], Mix] = {}
    found = 0
    for standing in at_work.order_by("pk"):
        first, newest = _seen(standing, "id", BASELINE), _seen(standing, "-id", WINDOW)
        version = (standing.slice.workflow_id, standing.agent_version_id)
        if version not in mixes:
            mixes[version] = _mix(standing)
        found += len(watch(standing=standing, first=first, newest=newest, now=now, mix=mixes[version]))
    return found


def _mix(standing: Standing) -> Mix:
    """Which kinds of action this version proposed in the workflow, at first and lately. Two queries for each slice."""
    row = standing.slice
    titles = dict(
        Slice.objects.filter(workflow_id=row.workflow_id, agent_id=row.agent_id).values_list(
            "pk", "action_type__title"
        )
    )
    first: list[tuple[UUID, int]] = []
    newest: list[tuple[UUID, int]] = []
    for slice_id in titles:
        # Each slice by its own index; the ids are in the order of time.
        ids = Proposal.objects.filter(
            slice_id=slice_id, agent_version_id=standing.agent_version_id, is_copy=False
        ).values_list("pk", "slice_id")
        first += ids.order_by("id")[:BASELINE]
        newest += ids.order_by("-id")[:WINDOW]
    return Mix(
        Counter(titles[slice_id] for _id, slice_id in sorted(first)[:BASELINE]),
        Counter(titles[slice_id] for _id, slice_id in sorted(newest, reverse=True)[:WINDOW]),
    )


def _seen(standing: Standing, order: str, most: int) -> list[Seen]:
    rows = list(
        Proposal.objects.filter(
            slice_id=standing.slice_id,
            agent_version_id=standing.agent_version_id,
            is_copy=False,
            erased_at__isnull=True,
        ).order_by(order)[:most]
    )
    schema = compile_schema(standing.slice.action_type.args_schema)
    verdicts = _verdicts(rows)
    return [
        Seen(
            confidence=row.confidence,
            subject=row.subject_kind,
            categories=tuple(_categories(schema, row.args)),
            amount=float(row.impact["amount"]) if row.impact.get("amount") is not None else None,
            overridden=verdicts.get(row.pk),
        )
        for row in rows
    ]


def _categories(schema: ArgsSchema, args: dict[str, Any]) -> Iterator[tuple[str, object]]:
    """As pages may show them: of a sensitive value only whether it is the same one."""
    hidden = {field.path for field in schema.fields(args) if field.is_sensitive}
    for path, value in schema.categories(args):
        if path in hidden:
            yield path, _("hidden {sign}").format(sign=salted_hmac(path, repr(value)).hexdigest()[:6])
        else:
            yield path, value


def _verdicts(rows: Iterable[Proposal]) -> dict[object, bool | None]:
    """{proposal id: whether a person did otherwise}, of those somebody decided on."""
    decided = LedgerEntry.objects.filter(
        proposal_id__in=[row.pk for row in rows], source_kind=Source.DECISION, wrong__isnull=False
    )
    return dict(decided.order_by("pk").values_list("proposal_id", "wrong"))
