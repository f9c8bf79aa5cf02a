"""Tells waiting readers that something changed, across processes, through PostgreSQL NOTIFY.

A topic is `proposal:<id>`, `queue:<id>`, `person:<id>`, `acting:<workflow id>` for what waits in a veto window there,
or `agent:<id>` for an agent that was stopped, or a key of its. The message carries topics only: who hears it reads the
truth from the database. It leaves at commit, or not at all.
"""

import json
from collections.abc import Collection, Iterable

from apps.audit.rows import Statement
from apps.audit.turns import send_at_end

CHANNEL = "reviewhub"
# PostgreSQL refuses a payload of 8,000 bytes or more.
_TOPICS_PER_MESSAGE = 100


def announce(topics: Iterable[str]) -> None:
    """Wake everyone who waits for any of `topics`, when the surrounding transaction commits."""
    send_at_end(topics, _messages)


def _messages(topics: Collection[str]) -> list[Statement]:
    wanted = sorted(topics)
    parts = [
        wanted[start : start + _TOPICS_PER_MESSAGE] for start in range(0, len(wanted), _TOPICS_PER_MESSAGE)
    ]
    return [
        ("SELECT pg_notify(%s, %s)", [CHANNEL, json.dumps(part, separators=(",", ":"))]) for part in parts
    ]
