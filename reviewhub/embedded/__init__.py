"""ReviewHub on one machine that has only Python: its own PostgreSQL and broker, and the processes."""
