"""Pages of workflows, agents and keys. Any signed-in person may read who answers for what."""
