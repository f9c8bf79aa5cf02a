"""What the bare database does with the rows of an escalation step: one step a transaction, on copies of our tables."""

from django.db import connection

from apps.escalation.models import EscalationRun, StepExecution
from tests.bench.ceiling import Ceiling, pgbench, with_proposal
from tests.bench.ground import Ground

_MORE = ("escalation_stepexecution", "delivery_notification")


class StepCeiling(Ceiling):
    """Copies of the tables with due runs in them. `model` is a step ReviewHub took, whose rows are written again."""

    def __init__(self, ground: Ground, model: StepExecution) -> None:
        super().__init__(ground)
        self._model = model
        with connection.cursor() as cursor:
            for table in _MORE:
                cursor.execute(f"CREATE TABLE ceiling.{table} (LIKE public.{table} INCLUDING ALL)")

    def fill_due(self, number: int) -> None:
        """Open tasks whose step is due, with their proposals."""
        self.fill(number)
        given = {
            "task_id": "t.id",
            "next_at": "now() - random() * interval '1 hour'",
            "due_at": "now() - interval '1 hour'",
            "step": "0",
            "loop": "0",
        }
        columns = [field.column for field in EscalationRun._meta.concrete_fields if not field.primary_key]
        values = ", ".join(given.get(column, f"run.{column}") for column in columns)
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE ceiling.escalation_escalationrun")
            cursor.execute(
                f"INSERT INTO ceiling.escalation_escalationrun ({', '.join(columns)}) SELECT {values} "
                "FROM escalation_escalationrun run, ceiling.reviews_task t WHERE run.id = %s",
                [self._model.run_id],
            )
            cursor.execute("VACUUM ANALYZE")

    def take_steps(self, *, seconds: int) -> float:
        """Steps a second; 8 clients."""
        proposal_id = self._model.run.task.proposal_id
        (step,) = self.copies("escalation_stepexecution", "id", self._model.pk)
        told = [
            *self.copies("delivery_notification", "proposal_id", proposal_id),
            self.copies("audit_event", "proposal_id", proposal_id)[-1],
            self.copies("delivery_outboxevent", "subject_id", proposal_id)[-1],
        ]
        step = step.replace(f"{self._model.run_id}::bigint", ":run")
        inserts = "\n".join(with_proposal(sql) for sql in told)
        return pgbench(
            f"""
BEGIN;
SELECT run.id AS run, task.proposal_id AS proposal
  FROM ceiling.escalation_escalationrun run JOIN ceiling.reviews_task task ON task.id = run.task_id
 WHERE run.ended_at IS NULL AND run.next_at <= now() ORDER BY run.next_at LIMIT 1
   FOR NO KEY UPDATE OF run, task SKIP LOCKED \\gset
SELECT 1 FROM ceiling.proposals_proposal WHERE id = :proposal FOR NO KEY UPDATE;
{step};
{inserts}
UPDATE ceiling.proposals_proposal SET substatus = 'escalated', version = version + 1 WHERE id = :proposal;
UPDATE ceiling.escalation_escalationrun SET step = 1, waiting = '', due_at = now() + interval '90 min',
       next_at = now() + interval '90 min' WHERE id = :run;
COMMIT;
""",
            seconds=seconds,
        )
