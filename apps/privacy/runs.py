"""What agents call their runs, in the costs: a name of the agent's choice, which may be that of a subject.

A run of which something was erased gets a name of its own; its sums stay, and `Run.erased_at` says so, whatever an
agent calls its runs. The keys and answers of its reports go with it.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import JSONField, Value

from apps.audit.append_only import passing
from apps.audit.ids import uuid7_at
from apps.costs.accounts import locked_account
from apps.costs.models import Run, Usage
from apps.privacy.becoming import Becomes, expression, new_key
from apps.proposals.models import Proposal

# Proposals of a run come in while it reports what it uses, or a little before or after.
_AROUND = timedelta(days=1)


def rename(runs: Collection[int], now: datetime) -> dict[str, int]:
    """Take the names out of these runs and of their reports; rows by model. Part of the caller's transaction."""
    key = new_key()
    with passing("costs.Usage:append_only_rows"):
        usages = Usage.objects.filter(run__in=runs).update(
            key=expression(Becomes.ANEW, "key", key),
            body_sha256=expression(Becomes.KEYED, "body_sha256", key),
            answer=Value({}, JSONField()),
        )
    named = Run.objects.filter(pk__in=runs)
    renamed = named.update(name=expression(Becomes.ANEW, "name", key), erased_at=now)
    return {"costs.Usage": usages, "costs.Run": renamed}


def rename_those_of(ids: Collection[UUID], now: datetime) -> dict[str, int]:
    """The same for the runs that these proposals name, as long as no other that is not erased names them too.

    Call it while they still say of which run they came. It takes turns with whoever reports what a run uses.
    """
    said = Proposal.objects.select_related("workflow").filter(pk__in=ids, run__has_key="id")
    rows: dict[str, int] = {}
    for agent_id, workflow_id, name, workflow in {
        (one.agent_id, one.workflow_id, str(one.run["id"]), one.workflow) for one in said
    }:
        run = Run.objects.filter(agent=agent_id, workflow=workflow_id, name=name)
        if not run.exists():
            continue
        locked_account(workflow)
        found = [one.pk for one in run.filter(erased_at__isnull=True) if not _is_named_elsewhere(one, ids)]
        for label, count in rename(found, now).items() if found else ():
            rows[label] = rows.get(label, 0) + count
    return rows


def _is_named_elsewhere(run: Run, ids: Collection[UUID]) -> bool:
    while_it_ran = Proposal.objects.filter(
        agent=run.agent_id,
        workflow=run.workflow_id,
        id__gte=uuid7_at(run.first_at - _AROUND),
        id__lte=uuid7_at(run.last_at + _AROUND),
        erased_at__isnull=True,
    )
    return while_it_ran.filter(run__id=run.name).exclude(pk__in=ids).exists()
