"""A text from an agent or from outside, made ready to be shown: cut at what nobody sees, with what is odd about it."""

from dataclasses import dataclass
from typing import Any

from apps.delivery.unseen import Piece, pieces
from apps.desk.texts.instructions import Finding, findings


@dataclass(frozen=True, slots=True)
class Told:
    """The text in pieces, and the habits found in it. As text it is what a reader sees; empty text is false."""

    pieces: tuple[Piece, ...]
    findings: tuple[Finding, ...]

    def __str__(self) -> str:
        return "".join(piece.text for piece in self.pieces if not piece.sign)

    def __bool__(self) -> bool:
        return any(piece.text for piece in self.pieces)

    @property
    def is_long(self) -> bool:
        """Whether it wants a paragraph of its own."""
        text = str(self)
        return len(text) > 120 or "\n" in text.strip()


def findings_of(*texts: Told) -> list[Finding]:
    """What is odd about any of these texts, each thing once."""
    return list(dict.fromkeys(finding for text in texts for finding in text.findings))


def tell(text: Any) -> Told:
    """Any text, ready to be shown."""
    said = str(text)
    return Told(tuple(pieces(said)), tuple(findings(said)))
