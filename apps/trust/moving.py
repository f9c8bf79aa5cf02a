"""What follows when the autonomy of a standing moves: its history, its slice's stage, the log, webhooks, people."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import actions as audit
from apps.audit.actors import Acting
from apps.audit.updating import update
from apps.delivery import actions as delivery
from apps.delivery import live
from apps.delivery.kinds import FIRST_PRESSING_TIER
from apps.delivery.notifying import notify
from apps.registry.states import Stage
from apps.trust.controller import Earned
from apps.trust.models import LedgerEntry, Slice, Standing, TrustEvent
from apps.trust.states import Move
from apps.trust.statistics.regions import Candidate
from apps.trust.terms import misses_of, rules_of, terms_of

_EVENTS = {
    Move.PROMOTED: "reviewhub.slice.promoted.v1",
    Move.LOWERED: "reviewhub.slice.promoted.v1",
    Move.PAUSED: "reviewhub.slice.suspended.v1",
    Move.RESUMED: "reviewhub.slice.resumed.v1",
    Move.DEMOTED: "reviewhub.slice.demoted.v1",
    Move.TOO_THIN: "reviewhub.slice.demoted.v1",
    Move.TAKEN_BACK: "reviewhub.slice.demoted.v1",
}
# What the verbs of trust change in a standing; the rest is set once.
_KEPT = (
    *("attempt", "n", "k", "seen", "running", "alarm", "audited", "useful_n", "useful_k", "awaiting"),
    *("is_ripe", "is_recommended", "newest_counted", "promoted_at", "changed_at"),
)


def keep(standing: Standing, earned: Earned, now: datetime) -> None:
    """Write what was earned into the locked standing."""
    standing.n, standing.k = list(earned.n), list(earned.k)
    if len(standing.seen) != len(standing.n):
        standing.seen = [0] * len(standing.n)
    standing.attempt, standing.running = earned.attempt, earned.running
    standing.alarm, standing.audited = earned.alarm, earned.audited
    standing.useful_n, standing.useful_k = earned.useful_n, earned.useful_k
    standing.promoted_at = (standing.promoted_at or now) if earned.running else None
    standing.changed_at = now
    update(standing, *_KEPT)


def moved(
    standing: Standing,
    move: Move,
    *,
    before: Earned,
    now: datetime,
    after_entry: int | None = None,
    by: Acting | None = None,
    people: Sequence[str] = (),
    reason: str = "",
    proof: Candidate | None = None,
    log_need: float | None = None,
) -> None:
    """Write the history and tell everyone. The standing holds what is true now; `before` what was."""
    row = standing.slice
    TrustEvent.objects.create(
        slice=row,
        agent_version_id=standing.agent_version_id,
        move=move,
        at=now,
        after_entry=_last_entry(standing) if after_entry is None else after_entry,
        attempt=standing.attempt,
        n=standing.n,
        k=standing.k,
        running=standing.running,
        alarm=standing.alarm,
        log_evidence=proof.log_evidence if proof else None,
        log_need=log_need,
        miss_rate=misses_of(row).upper,
        criteria_sha256=rules_of(row).sha256,
        people=list(people),
        reason=reason,
    )
    _move_slice(standing, move, before, now)
    data = {
        "version": str(standing.agent_version),
        "attempt": standing.attempt,
        "counted": sum(before.n),
        "wrong": sum(before.k),
        "running": standing.running,
        "threshold": row.threshold,
        "people": list(people),
        "reason": reason,
    }
    audit.record(
        verb=f"slice.{move.value}",
        now=now,
        by=by,
        subject=("slice", row.pk, str(row)),
        workflow_id=row.workflow_id,
        data=data,
    )
    # Who watches what is about to act sees at once whether it still will.
    live.announce([f"acting:{row.workflow_id}"])
    if move in _EVENTS:
        announce(standing, _EVENTS[move], now=now)
        tell(
            standing,
            title=_("{slice}: {what}").format(slice=row, what=move.label),
            text=_("{slice} is in stage {stage} now.").format(slice=row, stage=Stage(row.stage).label),
            now=now,
        )


def announce(standing: Standing, event: str, *, now: datetime) -> None:
    """One message to the webhooks of the slice's workflow and agent."""
    row = standing.slice
    delivery.emit(
        type=event,
        subject_id=standing.pk,
        now=now,
        workflow_id=row.workflow_id,
        agent_id=row.agent_id,
        data={
            "slice": row.pk,
            "workflow": row.workflow.slug,
            "action": row.action_type.name,
            "segment": row.segment,
            "stage": row.stage,
            "threshold": row.threshold,
            "version": standing.agent_version.fingerprint,
        },
    )


def tell(standing: Standing, *, title: str, text: str, now: datetime, also: Collection[User] = ()) -> None:
    """Tell those who answer for the agent and the workflow, and `also` these."""
    row = standing.slice
    notify(
        people={row.agent.owner, *row.workflow.accountable, *also},
        kind="trust",
        title=title,
        text=text,
        link=f"/slices/{row.pk}/",
        tier=FIRST_PRESSING_TIER,
        now=now,
        workflow_id=row.workflow_id,
    )


def _move_slice(standing: Standing, move: Move, before: Earned, now: datetime) -> None:
    """A promotion moves the slice up; when the last version that ran does not run any more, it goes back."""
    row = standing.slice
    if standing.running:
        _set_stage(row, Stage.SUPERVISED, terms_of(row).edges[standing.running - 1], now)
    elif before.running and row.stage == Stage.SUPERVISED:
        others = Standing.objects.filter(slice=row, running__gt=0).exclude(pk=standing.pk)
        if not others.exists():
            _set_stage(row, Stage.ASSISTED, None, now)


def _set_stage(row: Slice, stage: Stage, threshold: float | None, now: datetime) -> None:
    if row.stage != stage:
        row.stage_since = now
    row.stage, row.threshold = stage, threshold
    row.save(update_fields=["stage", "stage_since", "threshold"])


def _last_entry(standing: Standing) -> int:
    entries = LedgerEntry.objects.filter(
        slice_id=standing.slice_id, agent_version_id=standing.agent_version_id
    )
    return entries.order_by("-pk").values_list("pk", flat=True).first() or 0
