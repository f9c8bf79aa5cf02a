"""What was measured, as a table: the figure, what it was to reach, and whether it did."""

from dataclasses import asdict, dataclass


@dataclass
class Line:
    """One figure. `target` is the bound as text; `reached` None where none was set."""

    what: str
    figure: str
    target: str
    reached: bool | None


class Report:
    """Collects lines in the order of measuring."""

    def __init__(self) -> None:
        self.lines: list[Line] = []

    def note(self, what: str, figure: str) -> None:
        """A figure without a target."""
        self._add(Line(what, figure, "", None))

    def at_least(self, what: str, ratio: float, target: float) -> None:
        """A ratio that has to reach `target`."""
        self._add(Line(what, f"{ratio:.3f}", f">= {target}", ratio >= target))

    def at_most(self, what: str, figure: float, target: float, unit: str = "") -> None:
        """A figure that must not pass `target`."""
        self._add(Line(what, f"{figure:.2f}{unit}", f"<= {target}{unit}", figure <= target))

    def table(self) -> str:
        """The report as aligned text."""
        marks = {True: "reached", False: "NOT REACHED", None: ""}
        rows = [(line.what, line.figure, line.target, marks[line.reached]) for line in self.lines]
        widths = [max(len(row[at]) for row in rows) for at in range(4)] if rows else [0] * 4
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows
        )

    def as_json(self) -> list[dict[str, object]]:
        """The lines as plain values."""
        return [asdict(line) for line in self.lines]

    def _add(self, line: Line) -> None:
        self.lines.append(line)
        print(f"  {line.what}: {line.figure} {line.target}", flush=True)
