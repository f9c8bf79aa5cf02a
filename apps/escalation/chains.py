"""Saves chains, and finds the version a run starts with.

A saved version is never changed; runs under way keep theirs. Saving proves the chain (`proof`) for every place it is
used in. There is always a default chain: arming never refuses, and never leaves a task without one.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import OuterRef, Subquery

from apps.accounts.models import User
from apps.audit import actions as audit
from apps.audit.actors import SYSTEM
from apps.escalation.models import Chain, ChainVersion
from apps.escalation.policies import check_delete_chain, check_edit_chains
from apps.escalation.proof import Place, prove, unknown
from apps.escalation.recipients import Directory
from apps.escalation.steps import ChainError, Problem, Step, Unreadable, read_steps, stored_steps
from apps.registry.models import Workflow
from apps.reviews.models import Queue
from apps.routing.models import MatrixCell, PolicyVersion
from apps.routing.states import DEFAULT_CHAIN

# What it says where nobody has written it: it needs nothing but a workflow's named people and an admin.
DEFAULT_STEPS: list[dict[str, Any]] = [
    {"after": "75%", "do": "notify", "to": ["leads", "role:process_owner"]},
    {"after": "100%", "do": "raise_tier", "to": []},
    {"after": "100%", "do": "notify", "to": ["leads", "role:process_owner"]},
    {"after": "150%", "do": "fallback", "to": []},
    {"after": "150%", "do": "notify", "to": ["role:process_owner", "role:business_owner", "office:admin"]},
]


@transaction.atomic
def save_chain(
    *, slug: str, name: str, steps: Any, by: User | None, now: datetime, allows_gaps: bool = False
) -> ChainVersion:
    """Make a chain, or give it a new version when its steps differ. New tasks use it; `by` None is the operator.

    Raises NotAllowed, or ChainError with every problem of its text and, unless it `allows_gaps`, of its proof. A name
    that stands for nothing is refused always, used or not: the chain could not be exported and imported again.
    """
    check_edit_chains(by)
    read = read_steps(steps)
    gaps = unknown_in(read, Directory(now)) if allows_gaps else problems_of(slug, read, now)
    if gaps:
        raise ChainError(gaps)
    return _save(slug, name, read, allows_gaps, by, now)


@transaction.atomic
def delete_chain(*, slug: str, by: User, now: datetime) -> None:
    """Remove a chain nothing points to, with its versions. Raises NotAllowed, Chain.DoesNotExist."""
    _lock(slug)
    chain = Chain.objects.get(slug=slug)
    check_delete_chain(chain, by=by)
    with connection.cursor() as cursor:
        # The chain first: its versions go only with it, and a run that begins meanwhile keeps both.
        cursor.execute("DELETE FROM escalation_chain WHERE id = %s", [chain.pk])
        cursor.execute("DELETE FROM escalation_chainversion WHERE chain_id = %s", [chain.pk])
    audit.record(
        verb="chain.deleted", now=now, by=by, subject=("chain", chain.pk, chain.name), data={"slug": slug}
    )


def problems_of(slug: str, steps: Sequence[Step | Unreadable], now: datetime) -> list[Problem]:
    """What the proof says about these steps in every place that uses the chain now. Empty: it holds."""
    return problems_in(uses(slug), steps, Directory(now))


def problems_in(
    places: Iterable[tuple[Queue, Workflow]], steps: Sequence[Step | Unreadable], directory: Directory
) -> list[Problem]:
    """What the proof says about these steps in these places, and which names stand for nothing. Empty: it holds."""
    readable = [step for step in steps if isinstance(step, Step)]
    proven = prove(readable, [_place(directory, readable, *place) for place in places])
    return list(dict.fromkeys([*unknown_in(steps, directory), *proven]))


def unknown_in(steps: Sequence[Step | Unreadable], directory: Directory) -> list[Problem]:
    """The names of these steps that stand for nothing anywhere. Places do not matter to it."""
    return [
        unknown(number, to)
        for number, step in enumerate(steps, start=1)
        if isinstance(step, Step)
        for to in step.to
        if not directory.knows(to)
    ]


def unproven_in(matrices: Iterable[str], now: datetime) -> list[tuple[str, str, Problem]]:
    """(matrix, chain, what is wrong) of the chains these live matrices name, in the places those send work to.

    A matrix is named by its workflow's slug, the default one by an empty text. Chains that allow gaps are left out,
    and the default chain while nobody has written it.
    """
    named = {version.workflow.slug if version.workflow else "": version for version in _live_matrices()}
    wanted = [name for name in named if name in set(matrices)]
    slugs = {cell.chain for name in wanted for cell in named[name].cells.all()}
    versions = {
        slug: version for slug, version in newest_versions(slugs).items() if not version.chain.allows_gaps
    }
    used, directory = uses_of(versions), Directory(now)
    return [
        (name, slug, problem)
        for name in wanted
        for slug in sorted({cell.chain for cell in named[name].cells.all()} & versions.keys())
        for problem in problems_in(
            [
                (queue, workflow)
                for queue, workflow in used[slug]
                if name == (workflow.slug if workflow.slug in named else "")
            ],
            stored_steps(versions[slug].steps),
            directory,
        )
    ]


def _live_matrices() -> list[PolicyVersion]:
    """The newest version of the default matrix and of each workflow's own one."""
    newest = PolicyVersion.objects.order_by("workflow_id", "-number").distinct("workflow_id")
    return list(newest.select_related("workflow").prefetch_related("cells"))


def uses(slug: str) -> list[tuple[Queue, Workflow]]:
    """Where matrices use the chain now: each queue with each active workflow that can send work there."""
    return uses_of([slug])[slug]


def uses_of(slugs: Iterable[str]) -> dict[str, list[tuple[Queue, Workflow]]]:
    """{slug: where matrices use that chain now}. Five queries."""
    # {(chain, workflow id or None for the default matrix): slugs of queues}
    cells: dict[tuple[str, int | None], set[str]] = {}
    wanted = list(slugs)
    newest = (
        PolicyVersion.objects.filter(workflow__isnull=True).order_by("-number").values("pk")[:1],
        PolicyVersion.objects.filter(
            pk=Subquery(
                PolicyVersion.objects.filter(workflow=OuterRef("workflow"))
                .order_by("-number")
                .values("pk")[:1]
            )
        ).values("pk"),
    )
    own = set(PolicyVersion.objects.filter(workflow__isnull=False).values_list("workflow_id", flat=True))
    for versions in newest:
        rows = MatrixCell.objects.filter(version__in=versions, chain__in=wanted)
        for chain, workflow_id, queue in rows.values_list("chain", "version__workflow_id", "queue"):
            cells.setdefault((chain, workflow_id), set()).add(queue)
    queues = {queue.slug: queue for queue in Queue.objects.filter(slug__in=set().union(*cells.values()))}
    workflows = list(
        Workflow.objects.filter(is_active=True)
        .order_by("slug")
        .select_related("business_owner", "process_owner", "technical_owner", "governance_lead")
    )
    return {
        slug: [
            (queues[queue], workflow)
            for workflow in workflows
            for queue in sorted(cells.get((slug, workflow.pk if workflow.pk in own else None), ()))
            if queue in queues
        ]
        for slug in wanted
    }


def newest_versions(slugs: Iterable[str]) -> dict[str, ChainVersion]:
    """{slug: newest version, its chain loaded} of the chains that exist. One query."""
    versions = ChainVersion.objects.filter(chain__slug__in=set(slugs)).select_related("chain")
    newest = versions.order_by("chain_id", "-number").distinct("chain_id")
    return {version.chain.slug: version for version in newest}


def default_version(*, now: datetime) -> ChainVersion:
    """The newest version of the default chain, which is made when there is none."""
    found = newest_versions([DEFAULT_CHAIN]).get(DEFAULT_CHAIN)
    if found is None:
        found = _save(DEFAULT_CHAIN, "Standard", read_steps(DEFAULT_STEPS), True, None, now)
    return found


def _place(directory: Directory, steps: Sequence[Step], queue: Queue, workflow: Workflow) -> Place:
    named = {to for step in steps for to in step.to}
    return Place(
        f"{queue.name} ({workflow.name})", {to: directory.reach(to, queue, workflow) for to in named}
    )


@transaction.atomic
def _save(
    slug: str, name: str, steps: Sequence[Step], allows_gaps: bool, by: User | None, now: datetime
) -> ChainVersion:
    _lock(slug)
    chain = Chain.objects.filter(slug=slug).first() or Chain(slug=slug)
    made = chain.pk is None
    before = None if made else chain.versions.order_by("-number").first()
    written = [step.written() for step in steps]
    same_facts = not made and (chain.name, chain.allows_gaps) == (name, allows_gaps)
    if before is not None and same_facts and before.steps == written:
        return before
    chain.name, chain.allows_gaps = name, allows_gaps
    chain.full_clean()
    chain.save(update_fields=None if made else ["name", "allows_gaps"])
    version = before
    if version is None or version.steps != written:
        actor = by.actor if by is not None else SYSTEM
        version = ChainVersion.objects.create(
            chain=chain,
            number=before.number + 1 if before else 1,
            steps=written,
            created_at=now,
            created_by_id=actor.id,
            created_by_name=actor.name,
        )
    audit.record(
        verb="chain.saved",
        now=now,
        by=by,
        subject=("chain", chain.pk, chain.name),
        data={"slug": slug, "version": version.number, "steps": written},
    )
    return version


def _lock(slug: str) -> None:
    """One at a time, also for the first version, when there is no row to lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('reviewhub chain'), hashtext(%s))", [slug])
