"""Tells waiting readers that something changed, across processes, through PostgreSQL NOTIFY.

A topic is `proposal:<id>`, `queue:<id>` or `person:<id>`. The message carries topics only: who hears it reads
the truth from the database. It leaves at commit, or not at all.
"""

import json
from collections.abc import Iterable

from django.db import connection

CHANNEL = "reviewhub"
# PostgreSQL refuses a payload of 8,000 bytes or more.
_TOPICS_PER_MESSAGE = 100


def announce(topics: Iterable[str]) -> None:
    """Wake everyone who waits for any of `topics`, when the surrounding transaction commits."""
    wanted = sorted(set(topics))
    with connection.cursor() as cursor:
        for start in range(0, len(wanted), _TOPICS_PER_MESSAGE):
            payload = json.dumps(wanted[start : start + _TOPICS_PER_MESSAGE], separators=(",", ":"))
            cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, payload])
