"""The verbs of a halt: stop something, look again and let it stand, let it go on.

A halt takes effect on the next request in every process, because its row moves the registry's revision.
"""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.policies import NotAllowed
from apps.halts import policies
from apps.halts.models import Halt, HaltQuerySet, HaltRequest
from apps.halts.targets import Target
from apps.halts.telling import tell
from apps.registry.models import Agent, AgentKey
from apps.trust.models import Slice

LOOK_AGAIN_AFTER = timedelta(days=7)


class HaltedAlready(NotAllowed):
    """A halt of the same target stands: `halt`."""

    def __init__(self, halt: Halt) -> None:
        self.halt = halt
        super().__init__(
            _("This is halted already, by {name}: {why}").format(name=halt.by_name, why=halt.reason)
        )


class KeyUsed(Exception):
    """The Idempotency-Key came before: `request` is what was asked then, with its answer."""

    def __init__(self, request: HaltRequest) -> None:
        self.request = request
        super().__init__(_("This Idempotency-Key was used before."))


def halt(
    *,
    target: Target,
    reason: str,
    by: User | AgentKey,
    now: datetime,
    look_again_on: date | None = None,
    key: str = "",
    body_sha256: str = "",
) -> Halt:
    """Stop it. Left out, somebody looks again in a week. Raises NotAllowed, HaltedAlready, KeyUsed."""
    today = timezone.localdate(now)
    on = look_again_on or today + LOOK_AGAIN_AFTER
    actor = _actor(by)
    try:
        with transaction.atomic():
            if isinstance(actor, Agent) and key:
                _check_new(key, actor)
            policies.check_halt(target, by=by)
            policies.check_reason(reason)
            policies.check_look_again(on, today=today)
            row = Halt(
                **target.columns,
                reason=reason.strip()[:500],
                by=actor if isinstance(actor, User) else None,
                by_agent=actor if isinstance(actor, Agent) else None,
                by_name=actor.actor.name[:200],
                at=now,
                look_again_on=on,
            )
            stood = None
            try:
                _open(row, by=actor, now=now)
            except HaltedAlready as error:
                stood = error
            if isinstance(actor, Agent) and key:
                answer = row if stood is None else stood.halt
                HaltRequest.objects.create(agent=actor, key=key, body_sha256=body_sha256, halt=answer, at=now)
    except IntegrityError:
        # The same request came twice at once: this one began nothing.
        if isinstance(actor, Agent) and key:
            _check_new(key, actor)
        raise
    if stood is not None:
        # Said after the commit: that it stood is the answer this key has from now on.
        raise stood
    return row


def halt_by_breaker(*, target: Target, reason: str, now: datetime) -> Halt | None:
    """ReviewHub stops it by itself, inside the caller's transaction. None: it is halted already."""
    row = Halt(
        **target.columns,
        reason=reason[:500],
        by_name="ReviewHub",
        at=now,
        look_again_on=timezone.localdate(now) + LOOK_AGAIN_AFTER,
    )
    try:
        return _open(row, by=None, now=now)
    except HaltedAlready:
        return None


def keep(*, halt_id: UUID, reason: str, look_again_on: date, by: User, now: datetime) -> Halt:
    """Somebody has looked again: it stands, until the next day to look. Raises NotAllowed, Halt.DoesNotExist."""
    with transaction.atomic():
        row = _locked(halt_id)
        policies.check_keep(row, by=by)
        policies.check_reason(reason)
        policies.check_look_again(look_again_on, today=timezone.localdate(now))
        row.look_again_on, row.told_on = look_again_on, None
        row.kept_by_name, row.kept_at, row.kept_why = by.actor.name[:200], now, reason.strip()[:500]
        row.save(update_fields=["look_again_on", "told_on", "kept_by_name", "kept_at", "kept_why"])
        title = _("{name} looked again: {what} stays halted").format(name=row.kept_by_name, what=row)
        tell(row, "kept", title=title, text=row.kept_why, by=by, now=now)
        return row


def lift(*, halt_id: UUID, reason: str, by: User | AgentKey, now: datetime) -> Halt:
    """Let it go on. Raises NotAllowed, Halt.DoesNotExist."""
    actor = _actor(by)
    with transaction.atomic():
        row = _locked(halt_id)
        policies.check_lift(row, by=by)
        policies.check_reason(reason)
        row.lifted_by = actor if isinstance(actor, User) else None
        row.lifted_by_name, row.lifted_at = actor.actor.name[:200], now
        row.lifted_why = reason.strip()[:500]
        row.save(update_fields=["lifted_by", "lifted_by_name", "lifted_at", "lifted_why"])
        title = _("{name} let {what} go on").format(name=row.lifted_by_name, what=row)
        tell(row, "lifted", title=title, text=row.lifted_why, by=actor, now=now)
        return row


def _open(row: Halt, *, by: User | Agent | None, now: datetime) -> Halt:
    if row.slice_id is not None:
        # Whoever divides work of this slice otherwise waits, or has done so already (`policies.check_may_divide`).
        Slice.objects.select_for_update(no_key=True).get(pk=row.slice_id)
    same = _same(row).first()
    if same is not None:
        raise HaltedAlready(same)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        # Somebody else stopped it between the look and the insert.
        raise HaltedAlready(_same(row).get()) from None
    title = _("{name} halted {what}").format(name=row.by_name, what=row)
    tell(row, "begun", title=title, text=row.reason, by=by, now=now)
    return row


def _same(row: Halt) -> HaltQuerySet:
    """The standing halt of the same target."""
    standing = Halt.objects.standing().with_targets()
    return standing.filter(scope=row.scope, workflow=row.workflow, agent=row.agent, slice=row.slice)


def _actor(by: User | AgentKey) -> User | Agent:
    """Whom the log names: the agent of a key."""
    return by.agent if isinstance(by, AgentKey) else by


def _check_new(key: str, by: Agent) -> None:
    """Raises KeyUsed."""
    earlier = HaltRequest.objects.filter(agent=by, key=key).first()
    if earlier is not None:
        earlier.halt = Halt.objects.with_targets().get(pk=earlier.halt_id)
        raise KeyUsed(earlier)


def _locked(halt_id: UUID) -> Halt:
    return Halt.objects.with_targets().select_for_update(of=("self",), no_key=True).get(pk=halt_id)
