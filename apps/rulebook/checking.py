"""What can be said of a condition as it is written, before anything is kept: its error with the place, what it asks for
that does not exist, and what it compares with a text it can never be. Pure.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from apps.registry.conditions.arguments import unknown_arguments
from apps.registry.conditions.comparing import Unmatched, unmatched
from apps.registry.conditions.expressions import BadExpression, Language


@dataclass(frozen=True, slots=True)
class Checked:
    """What is said below the field. `line` is the line of the error, `mark` a caret under its place."""

    written: str
    error: BadExpression | None = None
    line: str = ""
    mark: str = ""
    unknown: list[str] = field(default_factory=list)
    unmatched: list[Unmatched] = field(default_factory=list)

    @property
    def is_usable(self) -> bool:
        """Whether it can be asked of anything."""
        return bool(self.written.strip()) and self.error is None


def checked(
    written: str, language: Language, *, arguments: Collection[str], known: Mapping[str, Collection[str]]
) -> Checked:
    """`arguments` are those there are, `known` what names of few values can be; nothing is said of an empty one."""
    if not written.strip():
        return Checked(written)
    try:
        language.compiled(written)
    except BadExpression as error:
        lines = written.splitlines()
        line = lines[error.line - 1] if 0 < error.line <= len(lines) else ""
        return Checked(written, error, line, " " * (error.column - 1) + "^")
    return Checked(
        written, unknown=unknown_arguments(written, arguments), unmatched=unmatched(written, known)
    )
