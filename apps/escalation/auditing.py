"""The auditor: looks over all open tasks, mends what has stalled, and says whether the promise holds.

`audit` is one look: find, heal, look again, remember. It runs from its own schedule and from
`manage.py escalation_audit`; a look that finds nothing broken tells the dead man's switch outside, if there is one.
"""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.policies import NotAllowed
from apps.accounts.queries import present_or_stand_in
from apps.delivery import outbound
from apps.delivery.notifying import notify
from apps.delivery.waking import wake
from apps.escalation import healing, looking
from apps.escalation.chains import problems_of
from apps.escalation.incidents import close_incidents, open_incident
from apps.escalation.looking import Sight, Unstaffed
from apps.escalation.models import AuditRun, Chain, EscalationRun, Incident
from apps.escalation.states import CONDITIONS, Because, Kind
from apps.registry.models import Workflow
from apps.reviews import moving
from apps.reviews.looks import held_up_by
from apps.reviews.models import Task

log = structlog.get_logger(__name__)

# Any number, as long as nothing else in the database locks on it.
_ONE_AUDITOR = 7_238_461_004
_RESULT_TIER = 11
# The key of an incident there is only one of.
_ANY = "all"


def audit(*, now: datetime) -> AuditRun:
    """Look, heal, look again. The stored answer; `is_clean` when nothing was broken, healed or not.

    One auditor works at a time: while another does, its newest answer is returned.
    """
    with _alone() as alone:
        newest = AuditRun.objects.order_by("-at").first()
        if not alone and newest is not None:
            return newest
        run = _audit(now, newest)
    if run.is_clean:
        _ping()
    return run


def _audit(now: datetime, before: AuditRun | None) -> AuditRun:
    started = time.monotonic()
    sight = looking.look(now)
    took_ms = int((time.monotonic() - started) * 1000)
    unhealed = []
    if sight.stalled:
        healing.heal(sight.stalled, now=now)
        left = looking.still_stalled(now)
        unhealed = sorted({one.task_id for one in sight.stalled if (one.finding, one.task_id) in left})
        twice = set(unhealed) & set(before.unhealed if before is not None else ())
        healing.force_fallback(sorted(twice), now=now)
    if sight.unsent:
        wake()
    _tell_conditions(sight, now)
    _check_chains(now)
    found = sight.counts()
    return AuditRun.objects.create(
        at=now,
        took_ms=took_ms,
        open_tasks=sight.open_tasks,
        found=found,
        healed=len({one.task_id for one in sight.stalled}) - len(unhealed),
        unhealed=unhealed,
        is_clean=not found.keys() - {finding.value for finding in CONDITIONS},
    )


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether this is the only auditor; held for the connection, because healing takes many transactions."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_ONE_AUDITOR])
        alone = bool(cursor.fetchone()[0])
    try:
        yield alone
    finally:
        if alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_ONE_AUDITOR])


def _tell_conditions(sight: Sight, now: datetime) -> None:
    """Open an incident for what only people can mend, and close those that are mended."""
    for group in sight.unstaffed:
        _nobody_eligible(group, now)
    held_up = _held_up(sight.unstaffed, now)
    _close_others(Kind.NOBODY_ELIGIBLE, {str(group.queue_id) for group in sight.unstaffed} | held_up, now)
    for workflow_id, count in sight.no_result.items():
        _no_result(workflow_id, count, now)
    _close_others(Kind.NO_RESULT, {str(workflow_id) for workflow_id in sight.no_result}, now)
    if sight.undelivered:
        _undelivered(sight.undelivered, now)
    _close_others(Kind.UNDELIVERED, {_ANY} if sight.undelivered else set(), now)


def _nobody_eligible(group: Unstaffed, now: datetime) -> None:
    """Say so once; and let the chain of each of these tasks move at once, the first time it is found among them."""
    text = ngettext(
        "Nobody may take {count} waiting task in {queue} now: everybody is away, or has a part in it.",
        "Nobody may take {count} waiting tasks in {queue} now: everybody is away, or has a part in them.",
        len(group.tasks),
    ).format(count=len(group.tasks), queue=group.queue)
    open_incident(kind=Kind.NOBODY_ELIGIBLE, key=str(group.queue_id), text=text, now=now)
    # A chain that was hurried once goes on by its own moments; its last step repeats in any case.
    calm = EscalationRun.objects.live().filter(task__in=group.tasks)
    for task_id in calm.exclude(executions__because=Because.HURRIED).values_list("task_id", flat=True):
        try:
            moving.hurry(task_id=task_id, now=now, reason=text)
        except (NotAllowed, Task.DoesNotExist):
            # Decided or taken between the look and now.
            continue


def _held_up(unstaffed: Iterable[Unstaffed], now: datetime) -> set[str]:
    """Of such tasks, those are named that nothing of a slice moves without: its incidents' keys."""
    keys = set()
    for row, count in held_up_by([task_id for group in unstaffed for task_id in group.tasks]):
        text = ngettext(
            "{count} look at an override of {slice} waits that nobody may take. Until somebody does, nothing of it "
            "is proved or resumed: add a reviewer to the queue, which its page names.",
            "{count} looks at overrides of {slice} wait that nobody may take. Until somebody does, nothing of it "
            "is proved or resumed: add a reviewer to the queues, which its page names.",
            count,
        ).format(count=count, slice=row)
        key = f"slice:{row.pk}"
        open_incident(kind=Kind.NOBODY_ELIGIBLE, key=key, text=text, now=now, workflow_id=row.workflow_id)
        keys.add(key)
    return keys


def _undelivered(count: int, now: datetime) -> None:
    """The bell still works; what leaves the house does not arrive."""
    text = ngettext(
        "{count} message was tried and has not arrived for an hour. See why on the page of deliveries.",
        "{count} messages were tried and have not arrived for an hour. See why on the page of deliveries.",
        count,
    ).format(count=count)
    open_incident(kind=Kind.UNDELIVERED, key=_ANY, text=text, now=now)


@transaction.atomic
def _no_result(workflow_id: int, count: int, now: datetime) -> None:
    workflow = Workflow.objects.select_related("technical_owner").get(pk=workflow_id)
    text = ngettext(
        "{count} approved action in {workflow} has no result, although its time is over.",
        "{count} approved actions in {workflow} have no result, although their time is over.",
        count,
    ).format(count=count, workflow=workflow.name)
    if open_incident(kind=Kind.NO_RESULT, key=str(workflow_id), text=text, now=now, workflow_id=workflow_id):
        notify(
            people=present_or_stand_in([workflow.technical_owner], now),
            kind="incident",
            title=_("Results are missing: {workflow}").format(workflow=workflow.name),
            text=text,
            link="/proposals/",
            tier=_RESULT_TIER,
            now=now,
            workflow_id=workflow_id,
        )


def _check_chains(now: datetime) -> None:
    """Prove every chain that is in use again: people leave, queues lose their leads."""
    gaps = set()
    for chain in Chain.objects.order_by("slug"):
        newest = chain.versions.order_by("-number").first()
        problems = problems_of(chain.slug, newest.read(), now) if newest is not None else []
        if problems:
            gaps.add(chain.slug)
            open_incident(
                kind=Kind.CHAIN_GAP,
                key=chain.slug,
                text=_("Chain {chain}: {problem}").format(chain=chain.name, problem=problems[0]),
                now=now,
            )
        close_incidents(kind=Kind.CHAIN_MISSING, key=chain.slug, now=now)
    _close_others(Kind.CHAIN_GAP, gaps, now)


def _close_others(kind: Kind, found: set[str], now: datetime) -> None:
    """Close the open incidents of this kind whose cause was not found any more."""
    still = Incident.objects.filter(kind=kind, closed_at__isnull=True).exclude(key__in=found)
    for key in still.values_list("key", flat=True):
        close_incidents(kind=kind, key=key, now=now)


def _ping() -> None:
    """Tell the dead man's switch that all is well; whoever watches it misses this call, not a complaint."""
    if settings.REVIEWHUB_AUDIT_PING_URL:
        answer = outbound.post(url=settings.REVIEWHUB_AUDIT_PING_URL, body=b"", headers={})
        if not answer.accepted:
            log.warning("audit_ping_failed", status=answer.status, said=answer.excerpt)
