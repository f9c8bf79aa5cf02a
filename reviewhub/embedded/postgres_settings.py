"""How is the embedded PostgreSQL tuned? For many short transactions, on the machine of all the rest."""

import os
from pathlib import Path

_MEGABYTE = 1024 * 1024
_TUNED = """\
listen_addresses = ''
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0700
max_connections = 100
timezone = 'UTC'
log_timezone = 'UTC'
log_min_messages = fatal

shared_buffers = {shared}MB
effective_cache_size = {cache}MB
work_mem = 16MB
maintenance_work_mem = 128MB
random_page_cost = 1.1
max_wal_size = 2GB
checkpoint_timeout = 15min
wal_compression = on

# Claims and timers rewrite the same few rows all day: clean up behind them at once.
autovacuum_naptime = 5s
autovacuum_vacuum_cost_limit = 2000

# Short queries on few cores gain nothing from compiling or from helpers, which also need a large /dev/shm.
jit = off
max_parallel_workers_per_gather = 0
max_parallel_maintenance_workers = 0
"""
_DURABLE = """
# An accepted proposal is on disk before the agent hears of it.
fsync = on
synchronous_commit = on
full_page_writes = on
"""
_THROW_AWAY = """
# Tests: nobody needs these rows after a power cut.
fsync = off
synchronous_commit = off
full_page_writes = off
"""


def render(*, sockets: Path, durable: bool, memory: int | None = None) -> str:
    """The settings file. `memory` is the machine's in bytes; asked from the system when not given."""
    megabytes = (memory or os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")) // _MEGABYTE
    shared = min(max(megabytes // 8, 128), 1024)
    cache = max(megabytes // 2, 256)
    return _TUNED.format(sockets=sockets, shared=shared, cache=cache) + (_DURABLE if durable else _THROW_AWAY)
