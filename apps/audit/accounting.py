"""Which erased events does the log itself account for?

Erasing is also how evidence could be hidden. So whoever erases events writes an event beside it (`ERASING`), whose data
names of what the erased ones were (`key_of`) and never goes itself. An erased event that no such event speaks of was
emptied by somebody else.
"""

from collections.abc import Collection

from django.db import connection

ERASING = "proposal.erased"
OF = "events_of"
_ACCOUNTED = """
    SELECT given.key FROM unnest(%s::text[]) AS given (key)
     WHERE EXISTS (SELECT FROM audit_event WHERE verb = 'proposal.erased' AND data -> 'events_of' ? given.key)
"""


def key_of(proposal_id: object, subject_kind: str, subject_id: str) -> str:
    """Of what an event is, as far as erasing goes: of its proposal, or else of its subject."""
    return str(proposal_id) if proposal_id else f"{subject_kind} {subject_id}"


def accounted(keys: Collection[str]) -> set[str]:
    """Those of these keys that an event of erasing names. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_ACCOUNTED, [sorted(keys)])
        return {key for (key,) in cursor.fetchall()}
