"""Which entries of the ledger are a person's own verdict on the proposed action, whether or not it proves anything?

For the eye: how often people take what the agent proposes. What proves something is for `counting` to say, and is less:
an override below the tested confidences, or one that waits for a second look, is a verdict like any other. No verdict
are later outcomes and vetoes, what was approved in bulk or faster than anybody reads, what broke the glass, and what
says nothing of the agent. What an agent reports that people did is a verdict only where it counts. Pure.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from apps.trust.states import NotEvidence, Source

# A verdict all the same, though the proof has no use for it.
JUDGED = frozenset(
    {
        NotEvidence.DUPLICATE_CONTENT,
        NotEvidence.SUBJECT_CAP,
        NotEvidence.BELOW_FLOOR,
        NotEvidence.NOT_SAMPLED,
        NotEvidence.NOT_RUNNING,
        NotEvidence.SECOND_LOOK,
    }
)


@dataclass(slots=True)
class Verdicts:
    """How many verdicts people gave, and how many of them did not take the proposed action."""

    judged: int = 0
    refused: int = 0

    def add(self, *, source: str, wrong: bool | None, because: str, is_last: bool) -> None:
        """`is_last`: another person looked at a refusal that is among them, and has the last word on it."""
        if not is_verdict(source=source, wrong=wrong, because=because):
            return
        if is_last:
            self.refused -= not wrong and self.refused > 0
        else:
            self.judged += 1
            self.refused += bool(wrong)


def is_verdict(*, source: str, wrong: bool | None, because: str) -> bool:
    """Whether a person judged the action; `because` is why the entry is no evidence, empty where it is."""
    if wrong is None or not because:
        return wrong is not None
    return because == NotEvidence.NOT_BLIND or (source == Source.DECISION and because in JUDGED)


def folded(entries: Iterable[tuple[UUID, str, bool | None, str]]) -> Verdicts:
    """All of (proposal id, source kind, wrong, why it is no evidence), the oldest first."""
    verdicts, doubted = Verdicts(), set[UUID]()
    for proposal_id, source, wrong, because in entries:
        is_last = proposal_id in doubted and is_verdict(source=source, wrong=wrong, because=because)
        verdicts.add(source=source, wrong=wrong, because=because, is_last=is_last)
        if because == NotEvidence.SECOND_LOOK:
            doubted.add(proposal_id)
        elif is_last:
            doubted.discard(proposal_id)
    return verdicts
