"""What has to be true of the rows after any fault: nothing stalls, nothing is lost, nothing happened twice.

Each question is one statement over all rows, so that it serves a test with one task and a soak with ten thousand. A
statement names what breaks the promise; no rows is what it should find.
"""

from collections.abc import Iterator
from datetime import datetime

from django.db import connection

from apps.audit.verifying import verify
from apps.escalation.looking import look
from apps.escalation.states import CONDITIONS
from apps.sla.rebuilding import Difference, rebuild

LOST: dict[str, str] = {
    "an open task has no live run with a next moment": """
        SELECT task.id FROM reviews_task task
         WHERE task.closed_at IS NULL AND NOT EXISTS (
               SELECT FROM escalation_escalationrun run
                WHERE run.task_id = task.id AND run.ended_at IS NULL AND run.next_at IS NOT NULL)""",
    "a proposal waits and nobody has a task for it": """
        SELECT proposal.id FROM proposals_proposal proposal
         WHERE proposal.status = 'pending' AND NOT EXISTS (
               SELECT FROM reviews_task task
                WHERE task.proposal_id = proposal.id AND task.closed_at IS NULL)""",
    "a task is open and its proposal has ended": """
        SELECT task.id FROM reviews_task task JOIN proposals_proposal proposal ON proposal.id = task.proposal_id
         WHERE task.closed_at IS NULL AND proposal.status <> 'pending'""",
    # Before a live run's position stands every step once; the last step counts on in `loop`.
    "a run passed a step that was not written down": """
        SELECT run.id FROM escalation_escalationrun run
          LEFT JOIN escalation_stepexecution done ON done.run_id = run.id
         WHERE run.ended_at IS NULL
         GROUP BY run.id HAVING count(done.id) <> run.step + run.loop""",
    "the steps of a run have a gap": """
        SELECT run_id FROM escalation_stepexecution
         GROUP BY run_id
        HAVING count(*) FILTER (WHERE loop = 0) <> max(step) + 1 OR count(*) FILTER (WHERE loop > 0) <> max(loop)""",
    "a step told fewer people than it wrote down": """
        SELECT step.task_id FROM ({steps}) step LEFT JOIN ({told}) told
            ON told.proposal_id = step.proposal_id AND told.at = step.at
         WHERE step.notices > coalesce(told.people, 0)""",
    "a step was taken and the agent was not told": """
        SELECT step.proposal_id FROM ({first_times}) step LEFT JOIN ({events}) event
            ON event.subject_id = step.proposal_id
         WHERE step.times > coalesce(event.times, 0)""",
    # Where two people have had their turn nobody may be left who could take it: that is the auditor's to find.
    "a target was warned about and nobody was told": """
        SELECT cycle.subject_id FROM sla_clockevent event JOIN sla_clockcycle cycle ON cycle.id = event.cycle_id
          JOIN reviews_task task ON task.proposal_id = cycle.subject_id
         WHERE event.kind = 'warned' AND cardinality(task.deciders || task.excluded || task.skipped_by) < 2
           AND NOT EXISTS (
               SELECT FROM delivery_notification told
                WHERE told.kind = 'warning' AND told.proposal_id = cycle.subject_id
                  AND told.created_at = event.at)""",
    "a decision is settled and not in the ledger": """
        SELECT decision.id FROM reviews_decision decision JOIN reviews_task task ON task.id = decision.task_id
         WHERE task.closed_at IS NOT NULL AND NOT EXISTS (
               SELECT FROM trust_ledgerentry entry
                WHERE entry.source_kind = 'decision' AND entry.source_id = decision.id)""",
    "an approved proposal has no grant": """
        SELECT proposal.id FROM proposals_proposal proposal
         WHERE proposal.status = 'approved'
           AND NOT EXISTS (SELECT FROM proposals_grant permit WHERE permit.proposal_id = proposal.id)""",
}
TWICE: dict[str, str] = {
    "a task has two live runs": """
        SELECT task_id FROM escalation_escalationrun WHERE ended_at IS NULL GROUP BY task_id HAVING count(*) > 1""",
    "a step was taken twice": """
        SELECT run_id FROM escalation_stepexecution GROUP BY run_id, loop, step HAVING count(*) > 1""",
    "more people were told of steps than steps told": """
        SELECT told.proposal_id FROM ({told}) told LEFT JOIN ({steps}) step
            ON step.proposal_id = told.proposal_id AND step.at = told.at
         WHERE told.people > coalesce(step.notices, 0)""",
    "a person was told the same twice": """
        SELECT proposal_id FROM delivery_notification
         WHERE proposal_id IS NOT NULL AND kind IN ('escalation', 'accountable', 'warning')
         GROUP BY person_id, proposal_id, kind, title, text, created_at HAVING count(*) > 1""",
    "the agent was told of a step twice": """
        SELECT event.subject_id FROM ({events}) event LEFT JOIN ({first_times}) step
            ON step.proposal_id = event.subject_id
         WHERE event.times > coalesce(step.times, 0)""",
    "a share of a target was warned about twice": """
        SELECT cycle_id FROM sla_clockevent WHERE kind = 'warned'
         GROUP BY cycle_id, share HAVING count(*) > 1""",
    "a decision is in the ledger twice": """
        SELECT source_id FROM trust_ledgerentry WHERE source_kind = 'decision'
         GROUP BY source_id HAVING count(*) > 1""",
    "a proposal has two answers or two grants": """
        SELECT proposal_id FROM proposals_resolution GROUP BY proposal_id HAVING count(*) > 1
         UNION ALL SELECT proposal_id FROM proposals_grant GROUP BY proposal_id HAVING count(*) > 1""",
}
_PIECES = {
    "steps": """SELECT run.task_id, task.proposal_id, done.at, sum(done.notices) AS notices
                  FROM escalation_stepexecution done JOIN escalation_escalationrun run ON run.id = done.run_id
                  JOIN reviews_task task ON task.id = run.task_id GROUP BY run.task_id, task.proposal_id, done.at""",
    "told": """SELECT proposal_id, created_at AS at, count(*) AS people FROM delivery_notification
                WHERE kind IN ('escalation', 'accountable') GROUP BY proposal_id, created_at""",
    "first_times": """SELECT task.proposal_id, count(*) AS times
                        FROM escalation_stepexecution done JOIN escalation_escalationrun run ON run.id = done.run_id
                        JOIN reviews_task task ON task.id = run.task_id
                       WHERE done.do = 'notify' AND done.loop = 0 AND done.outcome = 'done'
                       GROUP BY task.proposal_id""",
    "events": """SELECT subject_id, count(*) AS times FROM delivery_outboxevent
                  WHERE type = 'reviewhub.proposal.escalated.v1' GROUP BY subject_id""",
}


def lost() -> dict[str, int]:
    """{what is lost: how often}."""
    return dict(_found(LOST))


def twice() -> dict[str, int]:
    """{what happened twice: how often}."""
    return dict(_found(TWICE))


def stalled(now: datetime) -> dict[str, int]:
    """{finding: how many} of what sweepers have left lying, in the eyes of the auditor; not what only people mend."""
    return {name: count for name, count in look(now).counts().items() if name not in CONDITIONS}


def clocks_that_differ() -> list[str]:
    """Clocks whose stored figures are not what their events say."""
    found: list[Difference] = []
    rebuild(mend=False, tell=found.append)
    return [str(one) for one in found]


def assert_kept(now: datetime | None = None) -> None:
    """Everything above; what has stalled only when `now` is given."""
    assert lost() == {}
    assert twice() == {}
    assert clocks_that_differ() == []
    assert verify().broken is None
    if now is not None:
        assert stalled(now) == {}


def _found(questions: dict[str, str]) -> Iterator[tuple[str, int]]:
    with connection.cursor() as cursor:
        for name, sql in questions.items():
            cursor.execute(f"SELECT count(*) FROM ({sql.format(**_PIECES)}) AS found")
            (count,) = cursor.fetchone()
            if count:
                yield name, count
