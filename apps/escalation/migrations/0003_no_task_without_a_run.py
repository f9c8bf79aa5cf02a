from django.db import migrations

# Looked at when the transaction ends, so that opening a task and arming it may be two statements.
_GUARD = """
CREATE FUNCTION escalation_task_has_a_run() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM reviews_task WHERE id = NEW.id AND closed_at IS NULL)
       AND NOT EXISTS (SELECT FROM escalation_escalationrun WHERE task_id = NEW.id AND ended_at IS NULL) THEN
        RAISE EXCEPTION 'Task % is open and has no live escalation run.', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER opened_with_a_run AFTER INSERT ON reviews_task
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION escalation_task_has_a_run();

CREATE FUNCTION escalation_run_ends_with_its_task() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM reviews_task WHERE id = NEW.task_id AND closed_at IS NULL)
       AND NOT EXISTS (SELECT FROM escalation_escalationrun WHERE task_id = NEW.task_id AND ended_at IS NULL) THEN
        RAISE EXCEPTION 'The run of task % ended, and the task is open.', NEW.task_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER ends_with_its_task AFTER UPDATE OF ended_at ON escalation_escalationrun
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.ended_at IS NOT NULL)
    EXECUTE FUNCTION escalation_run_ends_with_its_task();

CREATE FUNCTION escalation_named_by_no_chain() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT ON (chain_id) steps FROM escalation_chainversion
                      ORDER BY chain_id, number DESC) newest,
               jsonb_array_elements(newest.steps) step
         WHERE step->'to' ? (TG_ARGV[0] || ':' || OLD.slug)) THEN
        RAISE EXCEPTION 'An escalation chain names % %: it stays.', TG_ARGV[0], OLD.slug
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END $$;

CREATE TRIGGER named_by_no_chain BEFORE DELETE ON reviews_queue
    FOR EACH ROW EXECUTE FUNCTION escalation_named_by_no_chain('queue');
CREATE TRIGGER named_by_no_chain BEFORE DELETE ON accounts_team
    FOR EACH ROW EXECUTE FUNCTION escalation_named_by_no_chain('team');

CREATE INDEX task_not_closed ON reviews_task (id) WHERE closed_at IS NULL;
"""

_UNGUARD = """
DROP INDEX task_not_closed;
DROP TRIGGER named_by_no_chain ON accounts_team;
DROP TRIGGER named_by_no_chain ON reviews_queue;
DROP FUNCTION escalation_named_by_no_chain();
DROP TRIGGER ends_with_its_task ON escalation_escalationrun;
DROP FUNCTION escalation_run_ends_with_its_task();
DROP TRIGGER opened_with_a_run ON reviews_task;
DROP FUNCTION escalation_task_has_a_run();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('escalation', '0002_initial'),
        ('reviews', '0001_initial'),
        ('accounts', '0001_initial'),
    ]

    operations = [migrations.RunSQL(_GUARD, _UNGUARD)]
