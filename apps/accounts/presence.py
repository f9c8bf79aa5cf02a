"""Who is here now? Whoever has a page open that the live stream reaches.

Every process that serves streams says so about its own viewers, all in one statement, each time it looks after its one
connection to the database (`delivery.listener`). Nobody is asked anything, and a page that is closed says nothing: who
was not seen for a while is not here.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from apps.accounts.models import Presence

# Two looks of a process, and some seconds for a slow one.
SEEN_WITHIN = timedelta(seconds=75)
# Takes a list of ids of people and the moment. In order, so that two processes never wait for each other.
SEE = """
    INSERT INTO accounts_presence (person_id, seen_at)
    SELECT id, %s FROM accounts_user WHERE id = ANY(%s) ORDER BY id
    ON CONFLICT (person_id) DO UPDATE SET seen_at = GREATEST(accounts_presence.seen_at, EXCLUDED.seen_at)
"""


def here_among(people: Iterable[int], now: datetime) -> set[int]:
    """Of these people's ids, those who are here now. One query."""
    seen = Presence.objects.filter(person__in=list(people), seen_at__gt=now - SEEN_WITHIN)
    return set(seen.values_list("person_id", flat=True))
