"""What is wrong with a configuration file, where in it, and on which line."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

Path = tuple[str | int, ...]


class Problem(NamedTuple):
    """`path` leads to the place in the file; `line` counts from 1, 0 if unknown."""

    path: Path
    message: str
    line: int = 0

    def __str__(self) -> str:
        place = f"{path_text(self.path)}: " if self.path else ""
        return f"{place}{self.message}" + (f" (line {self.line})" if self.line else "")


class WrongConfiguration(Exception):
    """The file cannot be used; nothing was changed. `problems` has every one found, in the file's order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(problems, key=lambda problem: problem.line)
        super().__init__("\n".join(map(str, self.problems)))


def path_text(path: Path) -> str:
    """As people write it: `queues[0].calendar`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


def line_of(path: Path, lines: Mapping[Path, int]) -> int:
    """The line of the nearest place in the file that holds `path`."""
    return next((lines[path[:end]] for end in range(len(path), -1, -1) if path[:end] in lines), 0)
