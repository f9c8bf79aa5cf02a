"""The database a measurement stands on: the cast of the tests, a key, signed-in reviewers, and a crowd of proposals."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.escalation.models import EscalationRun
from apps.proposals.models import Proposal
from apps.registry.actions.keys import issue_key
from apps.registry.states import Scope
from apps.reviews.models import Queue
from apps.sla.models import ClockCycle
from tests import factories
from tests.factories import House

REVIEWERS = 8


@dataclass
class Ground:
    """A ready database: who reviews (with session cookies), the agent's key, and one proposal to copy."""

    house: House
    key: str
    sessions: list[str]
    reviewers: list[User]
    model: Proposal
    queue: Queue


def prepare() -> Ground:
    """Migrate an empty database and fill it with the cast. The servers need the static files' names too."""
    call_command("collectstatic", interactive=False, verbosity=0)
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    call_command("migrate", verbosity=0)
    now = timezone.now()
    house = factories.build_house(now)
    reviewers = [factories.UserFactory(short=f"reviewer{number}") for number in range(REVIEWERS)]
    house.team.user_set.add(*reviewers)
    issued = issue_key(
        agent=house.agent, scopes=list(Scope), expires_at=now + timedelta(days=1), by=house.adam, now=now
    )
    model = factories.pending(house, now)
    _keep_pattern(model)
    return Ground(
        house=house,
        key=issued.token,
        sessions=[signed_in(person) for person in reviewers],
        reviewers=reviewers,
        model=model,
        queue=house.queues["standard"],
    )


def _keep_pattern(model: Proposal) -> None:
    """The rows of a proposal that waits, as they are now: later somebody may decide it."""
    task = model.task
    kept = [
        ("proposals_proposal", "id", model.pk),
        ("proposals_evidence", "proposal_id", model.pk),
        ("proposals_alternative", "proposal_id", model.pk),
        ("proposals_assessment", "proposal_id", model.pk),
        ("reviews_task", "id", task.pk),
        ("reviews_queuevisit", "task_id", task.pk),
        ("escalation_escalationrun", "task_id", task.pk),
        ("sla_clockcycle", "subject_id", model.pk),
        ("audit_event", "proposal_id", model.pk),
        ("delivery_outboxevent", "subject_id", model.pk),
        ("intake_idempotencykey", "proposal_id", model.pk),
    ]
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA pattern")
        for table, column, key in kept:
            cursor.execute(
                f"CREATE TABLE pattern.{table} AS SELECT * FROM {table} WHERE {column} = %s", [key]
            )
        cursor.execute(
            "CREATE TABLE pattern.sla_clockevent AS"
            " SELECT * FROM sla_clockevent WHERE cycle_id IN (SELECT id FROM pattern.sla_clockcycle)"
        )


def signed_in(person: User) -> str:
    """The key of a session of this person."""
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.save()
    return str(session.session_key)


# Rows are copied by PostgreSQL itself; ids grow with time as UUIDv7 does. `{n}` numbers the copies.
_ID = "(lpad(to_hex({base} + n), 12, '0') || '70008000' || lpad(to_hex(n), 12, '0'))::uuid"
_BASE = 0x019A00000000


# Each trigger call looks through the foreign keys its transaction has yet to check: many rows at once take for ever.
_AT_ONCE = 2_000


def crowd(ground: Ground, *, open_tasks: int, decided: int, start: int = 0) -> int:
    """Add this many waiting and this many decided proposals; the number of the last. Statistics are fresh after it."""
    last = start
    for number, is_open in ((decided, False), (open_tasks, True)):
        for done in range(0, number, _AT_ONCE):
            _copy(ground, last + done, min(_AT_ONCE, number - done), is_open=is_open)
        last += number
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return last


def taken() -> int:
    """The highest number a crowd has used."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(max(substr(external_id, 7)::bigint), 0) FROM proposals_proposal "
            "WHERE external_id LIKE 'crowd-%%'"
        )
        return int(cursor.fetchone()[0])


def _copy(ground: Ground, start: int, number: int, *, is_open: bool) -> None:
    task = ground.model.task
    new_id = _ID.format(base=_BASE)
    ended = "NULL" if is_open else "now() - mod(n, 1000) * interval '1 minute'"
    status = "pending" if is_open else "denied"
    with transaction.atomic(), connection.cursor() as cursor:
        span = [start + 1, start + number]
        _insert(
            cursor,
            "proposals_proposal",
            ground.model.pk,
            span,
            {
                "id": new_id,
                "external_id": "'crowd-' || n",
                "content_sha256": "md5(n::text) || md5('x' || n)",
                "subject_id": "'#W' || n",
                "status": f"'{status}'",
                "substatus": "'queued'" if is_open else "'none'",
                "ended_at": ended,
                "created_at": "now() - mod(n, 5000) * interval '1 minute'",
            },
        )
        _insert(
            cursor,
            "reviews_task",
            task.pk,
            span,
            {
                "id": new_id,
                "proposal_id": new_id,
                "status": "'open'" if is_open else "'done'",
                "closed_at": ended,
                "deciders": "'{}'",
                "excluded": "'{}'",
                "together": "NULL",
                "claimed_by_id": "NULL",
                "claimed_at": "NULL",
                "lease_token": "NULL",
                "lease_expires_at": "NULL",
                "settles_at": "NULL",
                "rank_at": "now() + mod(n, 90000) * interval '1 second'",
                "due_at": "now() + (mod(n, 90000) + 3600) * interval '1 second'",
            },
        )
        _insert(
            cursor,
            "proposals_assessment",
            ground.model.assessment.pk,
            span,
            {"id": None, "proposal_id": new_id},
        )
        _insert(
            cursor,
            "proposals_evidence",
            ground.model.evidence.first().pk,  # type: ignore[union-attr]  # the model has evidence
            span,
            {"id": None, "proposal_id": new_id},
        )
        if is_open:
            run = EscalationRun.objects.get(task=task)
            later = "now() + interval '1 day'"
            changed = {"id": None, "task_id": new_id, "due_at": later, "next_at": later}
            _insert(cursor, "escalation_escalationrun", run.pk, span, changed)
            for cycle in ClockCycle.objects.filter(subject_id=ground.model.pk):
                _insert(cursor, "sla_clockcycle", cycle.pk, span, {"id": None, "subject_id": new_id})
        else:
            _history(cursor, ground, span, new_id)


def _history(cursor: Any, ground: Ground, span: list[int], new_id: str) -> None:
    """What a decided proposal leaves behind: decision, answer, ledger entry."""
    person = ground.reviewers[0].pk
    cursor.execute(
        f"""INSERT INTO reviews_decision (id, task_id, round, role, by_id, verb, action_name, args_sha256,
                   seen_sha256, reason_code, note, retry, was_blind, claimed_at, decided_at)
            SELECT {new_id}, {new_id}, 1, 'first', {person}, 'reject', '', '',
                   '{ground.model.args_sha256}', 'wrong-facts', '', '', false,
                   now(), now()
              FROM generate_series(%s, %s) AS n""",
        span,
    )
    cursor.execute(
        f"""INSERT INTO proposals_resolution (proposal_id, verb, action_name, args_sha256, diff, reason_code, message,
                   retry, decided_by_type, decided_by, decided_at, settled_at)
            SELECT {new_id}, 'reject', '', '', '[]', 'wrong-facts', '', 'never', 'human', 'A reviewer', now(), now()
              FROM generate_series(%s, %s) AS n""",
        span,
    )
    cursor.execute(
        f"""INSERT INTO trust_ledgerentry (slice_id, agent_version_id, proposal_id, source_kind, source_id, is_counted,
                   not_counted_because, wrong, confidence, basis, rate, band, feeds, tested, subject, content_sha256,
                   divergence, differing, decided_by, at)
            SELECT {ground.model.slice_id}, {ground.model.agent_version_id}, {new_id}, 'decision', {new_id}, true,
                   '', true, 0.8, 'full', 1, 3, 'proof', 0.04, '', md5(n::text) || md5('x' || n), '', '{{}}',
                   'A reviewer', now()
              FROM generate_series(%s, %s) AS n""",
        span,
    )


def _insert(
    cursor: Any, table: str, key: int | UUID, span: list[int], changes: dict[str, str | None]
) -> None:
    """Copy the pattern's row with this key, `changes` giving SQL for some columns; None leaves one to its default."""
    cursor.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s",
        [table],
    )
    columns = [row[0] for row in cursor.fetchall() if changes.get(row[0], "") is not None]
    values = ", ".join(changes.get(column) or f"model.{column}" for column in columns)
    cursor.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM pattern.{table} AS model, "
        "generate_series(%s, %s) AS n WHERE model.id = %s",
        [*span, key],
    )


@contextmanager
def stopwatch(told: str) -> Iterator[None]:
    """Say what is being done and how long it took."""
    print(f"  {told} …", end="", flush=True)
    begun = time.perf_counter()
    yield
    print(f" {time.perf_counter() - begun:.0f} s", flush=True)
