"""What in a cell of the matrix is possible and hardly meant? For whoever writes it, at the field concerned. Pure.

What must never be is refused (`routing.config`). This is about the rest: a cell in which nobody could ever approve, a
window for a veto where nothing acts, one person for what two usually decide.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from apps.registry.states import Consequence, Reversibility, Stage
from apps.routing.ceilings import usually_two
from apps.routing.states import Verb


def cautions(which: str, how: str, cell: Mapping[str, Any]) -> dict[str, str]:
    """{field: sentence} of one cell."""
    found = {}
    if set(cell["verbs"]) <= {Verb.REJECT}:
        found["verbs"] = _("With rejecting alone nobody could ever approve anything here.")
    if int(cell["people"]) == 1 and usually_two(Consequence(which), Reversibility(how)):
        found["people"] = _("One person alone would let this happen. Usually two decide on such actions.")
    if cell["ceiling"] != Stage.SUPERVISED:
        nothing_acts = _(
            "Nothing acts by itself here, since the highest stage is lower: this changes nothing."
        )
        found |= {name: nothing_acts for name in ("veto_minutes", "audit_floor") if cell[name]}
    return found
