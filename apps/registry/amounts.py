"""How much is at stake in an action, and in which currency? What its arguments say and what its agent states of it.

Neither can hide the other: the larger of both counts, by its size. What arguments say is in the currency of the action
type, whatever the agent states beside it; else one could say 40,000 and name the currency in which that is little. A
stated amount in another currency counts as if it were in that one, which is never less than what the arguments say.
Pure.
"""

from collections.abc import Collection
from decimal import Decimal


def at_stake(
    in_args: Collection[Decimal], *, own_currency: str, stated: Decimal | None, stated_currency: str
) -> tuple[Decimal | None, str]:
    """(amount, currency). `in_args` are the arguments marked as amounts, in `own_currency`, empty where the action type
    has none; `stated` is None where nothing was, and then no currency was either.
    """
    if not in_args:
        return (None, "") if stated is None else (stated, stated_currency)
    return max([*in_args, *([] if stated is None else [stated])], key=abs), own_currency
