"""How much was at stake in a slice lately: the largest amounts and the most people or records reached.

Of its latest proposals, as they came in, whether or not they were carried out: that is what it could have done. An
amount is the one they were assessed with, arguments included, by its size: taking 5,000 is as much as giving it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

# Of more a slice's page of the register would have to read its whole history.
LATEST = 500

_SQL = """
    SELECT wanted.id, lately.currency, max(lately.amount), max(lately.affected)
    FROM unnest(%s::bigint[]) AS wanted (id)
    CROSS JOIN LATERAL (
        SELECT assessed.facts ->> 'currency' AS currency,
               abs((assessed.facts ->> 'amount')::numeric) AS amount,
               (proposal.impact ->> 'affected')::numeric AS affected
        FROM proposals_proposal proposal
        LEFT JOIN proposals_assessment assessed ON assessed.proposal_id = proposal.id
        WHERE proposal.slice_id = wanted.id
        ORDER BY proposal.id DESC
        LIMIT %s
    ) AS lately
    GROUP BY wanted.id, lately.currency
    ORDER BY wanted.id, max(lately.amount) DESC NULLS LAST
"""


@dataclass(frozen=True, slots=True)
class AtStake:
    """`amounts` are the largest, one a currency; `affected` None: nobody said."""

    amounts: tuple[tuple[Decimal, str], ...] = ()
    affected: int | None = None


def at_stake(slice_ids: Collection[int]) -> dict[int, AtStake]:
    """{slice: what was at stake}, of those with proposals. One query; it reads at most `LATEST` rows a slice."""
    amounts: dict[int, list[tuple[Decimal, str]]] = {}
    affected: dict[int, int | None] = {}
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [list(slice_ids), LATEST])
        for pk, currency, amount, reached in cursor.fetchall():
            known = affected.get(pk)
            if amount is not None:
                amounts.setdefault(pk, []).append((amount, currency or ""))
            affected[pk] = known if reached is None else max(int(reached), known or 0)
    return {pk: AtStake(tuple(amounts.get(pk, ())), most) for pk, most in affected.items()}
