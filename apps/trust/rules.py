"""What a slice is judged by, as values: the criteria with their defaults and their policy hash. Pure."""

import hashlib
import json
from dataclasses import asdict, dataclass

from apps.trust.controller import EDGES
from apps.trust.movement import Movement
from apps.trust.statistics.inputs import check_chance, check_edges, check_target


@dataclass(frozen=True, slots=True)
class Rules(Movement):
    """Criteria as values; see `models.Criteria` for what each means. The defaults are those of a new slice.

    Raises BadInput for what is outside the bounds of `movement`, and for an alpha or delta nothing could ever prove.
    """

    edges: tuple[float, ...] = EDGES
    alpha: float = 0.05
    delta: float = 0.05
    second_look_early: bool = True
    reading_seconds: int = 0
    subject_cap: int = 20
    veto_minutes: int = 15
    veto_always: bool = False
    shadow_days: int = 0
    blind_share: float = 0.0

    def __post_init__(self) -> None:
        Movement.__post_init__(self)
        check_edges(self.edges)
        check_target(self.alpha)
        check_chance(self.delta)

    @property
    def sha256(self) -> str:
        """The policy hash: 64 hex digits."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


DEFAULTS = Rules()
