"""Which confidences are tested, with which counts, and what passes?

Edges tau_1 > ... > tau_K make K bands: band 0 is everything at or above tau_1, band b is [tau_b+1, tau_b). Below
the last edge there is no band: nothing there counts and nothing runs. Before the first certificate the candidates
are the pooled regions "everything at or above tau_i"; afterwards only the next band down, on its own decisions
(multi-start fixed-sequence testing, Learn then Test, arXiv:2110.01052): each of the K chains has its share of the
risk.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.trust.statistics.evidence import log_evidence
from apps.trust.statistics.inputs import BadInput, check_edges, check_share


@dataclass(frozen=True, slots=True)
class Candidate:
    """A region to be tested: `bands` is how many bands would run if it passes; counts include pending as wrong."""

    bands: int
    n: int
    k: int
    log_evidence: float


def band_of(confidence: float, edges: Sequence[float]) -> int | None:
    """The index of the band, 0 for the highest; None below the last edge. Raises BadInput."""
    check_share(confidence, "The confidence")
    for index, edge in enumerate(edges):
        if confidence >= edge:
            return index
    return None


def candidates(
    n: Sequence[int], k: Sequence[int], *, running: int, error: float, pending: Sequence[int] = ()
) -> list[Candidate]:
    """What is tested now, from the highest threshold to the lowest; none when every band runs.

    `pending` are reviews a band waits for although later ones were decided: each counts as wrong, so that slow, hard
    cases cannot bias the proof.
    """
    waiting = pending or [0] * len(n)
    if not len(n) == len(k) == len(waiting):
        raise BadInput("bands of n, k and pending differ in number")
    if running:
        return [_candidate(running + 1, n, k, waiting, running, error)] if running < len(n) else []
    return [_candidate(bands, n, k, waiting, 0, error) for bands in range(1, len(n) + 1)]


def lowest_passing(found: Sequence[Candidate], log_need: float) -> Candidate | None:
    """The candidate with the lowest threshold among those that pass."""
    passing = [one for one in found if one.log_evidence >= log_need]
    return max(passing, key=lambda one: one.bands) if passing else None


def edges_of_histogram(confidences: Sequence[float], wanted: int) -> tuple[float, ...]:
    """Edges so that each band holds about as many of these confidences. Chosen without any look at outcomes."""
    if wanted < 1 or len(set(confidences)) < wanted:
        raise BadInput(f"{len(set(confidences))} different confidences are too few for {wanted} bands")
    ordered = sorted((check_share(one, "A confidence") for one in confidences), reverse=True)
    edges = [ordered[len(ordered) * step // wanted - 1] for step in range(1, wanted + 1)]
    return check_edges(sorted(set(edges), reverse=True))


def _candidate(
    bands: int, n: Sequence[int], k: Sequence[int], waiting: Sequence[int], first: int, error: float
) -> Candidate:
    late = sum(waiting[first:bands])
    all_n, all_k = sum(n[first:bands]) + late, sum(k[first:bands]) + late
    return Candidate(bands, all_n, all_k, log_evidence(all_n, all_k, error))
