"""Who gets what is meant for somebody who is away?

The person named in the absence, or whoever stands in for that one. Each person's word is followed once, so that two who
stand in for each other lead to nobody instead of round and round. Pure.
"""

from collections.abc import Collection, Mapping


def stand_in(person: int, *, away: Mapping[int, int | None], active: Collection[int]) -> int | None:
    """The id of the one who is here: `person`, or who stands in at the end; None when that is nobody.

    `away` maps each person who is away to the one named (or None), `active` are the people who may sign in.
    """
    asked: set[int] = set()
    at: int | None = person
    while at is not None and at in active and at not in asked:
        if at not in away:
            return at
        asked.add(at)
        at = away[at]
    return None
