"""Is a condition well written, and does it hold for these values? CEL (the Common Expression Language), typed.

An unknown name, a comparison of a text with a number or a sentence that is not yes or no is found when it is compiled,
with the place. Evaluation never raises: it answers yes, no, or why it could not be answered.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cel_expr_python import cel
from django.utils.translation import gettext as _

from apps.registry.conditions.names import Name

LONGEST = 2000
_ERROR = re.compile(r"ERROR: <input>:(\d+):(\d+): (.*)")
_UNDECLARED = re.compile(r"undeclared reference to '([^']+)'")
_MIXED = re.compile(
    r"no matching overload for '_(<|<=|>|>=|==|!=|\+|-|\*|/|in|@in)_' applied to '\((double, int|int, double)\)'"
)
_OVERLOAD = re.compile(r"no matching overload for '([^']+)' applied to '\(([^)]*)\)'")
_MISSING_NAME = re.compile(r'No value with name "([\w.]+)"')
_MISSING_KEY = re.compile(r'Key not found in map : "(\w*)"')
# A list a condition makes may double with every step.
_GROWING = re.compile(r"\.\s*(?:map|filter)\s*\(")
_WHOLE_RIGHT = re.compile(r"\s*-?\d+(?![\w.])")
_WHOLE_LEFT = re.compile(r"(?<![\w.])\d+\s*$")
# What may stand for a text inside quotes, so that what is written there is no operator.
_TOKENS = re.compile(
    r"(?P<text>[rRbB]{0,2}(?:\"\"\".*?\"\"\"|'''.*?'''|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'))"
    r"|(?P<note>//[^\n]*)|(?P<both>&&)|(?P<either>\|\|)|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<other>.)",
    re.DOTALL,
)


class BadExpression(ValueError):
    """A condition that cannot be used. `line` and `column` count from 1."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        self.message, self.line, self.column = message, line, column
        super().__init__(
            _("Line {line}, column {column}: {message}").format(line=line, column=column, message=message)
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether a condition holds; `failure` is why that could not be said, empty when it could."""

    holds: bool
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a condition as the tester shows it: its text, how deep it stands, and how it was answered."""

    text: str
    depth: int
    answer: Answer


class Given:
    """Values of one proposal, made ready once for many conditions; make with `Language.given`."""

    def __init__(self, activation: cel.Activation) -> None:
        self.activation = activation


class Condition:
    """A compiled condition; compile with `Language.compiled`."""

    def __init__(self, text: str, program: cel.Expression) -> None:
        self.text = text
        self._program = program

    def ask(self, given: Given) -> Answer:
        """Whether it holds for these values."""
        try:
            value = self._program.eval(given.activation)
            outcome = value.value()
        except (RuntimeError, MemoryError, TypeError, ValueError) as error:
            # Loops without end are stopped this way.
            return Answer(False, _failure(self.text, str(error)))
        if value.type() == cel.Type.ERROR:
            return Answer(False, _failure(self.text, str(outcome)))
        if not isinstance(outcome, bool):
            return Answer(False, _("It is neither yes nor no for these values."))
        return Answer(outcome)


class Language:
    """Conditions over these names. What it has compiled it keeps."""

    MOST_KEPT = 4096

    def __init__(self, names: Sequence[Name]) -> None:
        self.names = tuple(names)
        self._environment = cel.NewEnv(variables={one.name: one.type for one in names})
        self._kept: dict[str, Condition] = {}

    def given(self, values: Mapping[str, Any]) -> Given:
        """Values by name, ready to be asked about."""
        return Given(self._environment.Activation(dict(values)))

    def compiled(self, text: str) -> Condition:
        """The condition, ready to be asked. Raises BadExpression."""
        found = self._kept.get(text)
        if found is None:
            if len(self._kept) >= self.MOST_KEPT:
                self._kept.clear()
            found = self._kept[text] = self._compile(text)
        return found

    def clauses(self, text: str, given: Given) -> list[Clause]:
        """What each part of a condition says for these values, outermost first. Raises BadExpression."""
        condition = self.compiled(text)
        return self._shown(condition.text.strip(), given, 0)

    def _shown(self, text: str, given: Given, depth: int) -> list[Clause]:
        found = [Clause(text, depth, self.asked(text, given))]
        parts = split(text)
        if len(parts) > 1:
            for part in parts:
                found.extend(self._shown(part, given, depth + 1))
        return found

    def asked(self, text: str, given: Given) -> Answer:
        """What a condition says; one that cannot be compiled fails."""
        try:
            return self.compiled(text).ask(given)
        except BadExpression as error:
            return Answer(False, str(error))

    def _compile(self, text: str) -> Condition:
        if not text.strip():
            raise BadExpression(_("Write a condition, such as impact.amount > 500."))
        if len(text) > LONGEST:
            raise BadExpression(_("A condition has at most {most} characters.").format(most=LONGEST))
        if "\x00" in text:
            raise BadExpression(_("A condition is text: it cannot hold a zero byte."))
        if _GROWING.search(_without_texts(text)):
            raise BadExpression(
                _("map and filter make new lists without end: ask with exists, all or exists_one instead.")
            )
        program = self._program(text)
        if program.return_type() not in (cel.Type.BOOL, cel.Type.DYN):
            raise BadExpression(
                _("This is a {kind}, not a yes or no: compare it with something.").format(
                    kind=program.return_type().name()
                )
            )
        return Condition(text, program)

    def _program(self, text: str) -> cel.Expression:
        """Compiled, with whole numbers read as fractions where they stand beside one: CEL keeps the two apart."""
        written = text
        for _attempt in range(LONGEST):
            try:
                return self._environment.compile(written)
            except (RuntimeError, TypeError, ValueError) as error:
                said = str(error)
                better = _with_fraction(written, said)
                if better is None:
                    raise self._bad(said) from None
                written = better
        raise BadExpression(_("This condition is too long."))

    def _bad(self, error: str) -> BadExpression:
        """CEL's own words, said again for people; a place beyond the text is its end."""
        found = _ERROR.search(error)
        if found is None:
            return BadExpression(_("This cannot be read: {error}").format(error=error[:200]))
        line, column, said = int(found[1]), int(found[2]), found[3].replace(" (in container '')", "")
        undeclared = _UNDECLARED.search(said)
        overload = _OVERLOAD.search(said)
        if undeclared is not None:
            said = self._unknown(undeclared[1])
        elif "Syntax error" in said and "<EOF>" in said:
            said = _("Something is missing at the end.")
        elif "Syntax error" in said:
            said = _("This cannot be read from here on.")
        elif overload is not None:
            operator = overload[1].strip("_").replace("_", " ").replace("@", "").strip()
            said = _("{operator} does not go between {kinds}.").format(
                operator=operator,
                kinds=_(" and ").join(_KINDS.get(one, one) for one in overload[2].split(", ")),
            )
        return BadExpression(said, line, column)

    def _unknown(self, name: str) -> str:
        """With the nearest known names: those that share its first part, else those that end alike."""
        first = name.partition(".")[0]
        near = [one.name for one in self.names if one.name.partition(".")[0] == first]
        near = near or [one.name for one in self.names if one.name.endswith(f".{name}")]
        if near:
            return _("There is no {name}. Meant is perhaps {near}.").format(
                name=name, near=", ".join(near[:8])
            )
        return _("There is no {name}. Names begin with {firsts}.").format(
            name=name, firsts=", ".join(dict.fromkeys(one.name.partition(".")[0] for one in self.names))
        )


def split(text: str) -> list[str]:
    """The parts of a condition that `||`, else `&&`, joins at its outermost level; itself when nothing does."""
    text = _unwrapped(text.strip())
    for joint in ("either", "both"):
        parts = _split_at(text, joint)
        if len(parts) > 1:
            return parts
    return [text]


def _split_at(text: str, joint: str) -> list[str]:
    depth, begin, parts = 0, 0, []
    for token in _TOKENS.finditer(text):
        kind = token.lastgroup
        depth += (kind == "open") - (kind == "close")
        if depth == 0 and token["other"] == "?":
            # Of a choice (a ? b : c) no part stands by itself.
            return [text]
        if kind == joint and depth == 0:
            parts.append(text[begin : token.start()].strip())
            begin = token.end()
    return [*parts, text[begin:].strip()]


def _unwrapped(text: str) -> str:
    """Without parentheses that hold all of it."""
    while text.startswith("(") and _closes_at_end(text):
        text = text[1:-1].strip()
    return text


def _closes_at_end(text: str) -> bool:
    depth = 0
    for token in _TOKENS.finditer(text):
        depth += (token.lastgroup == "open") - (token.lastgroup == "close")
        if depth == 0:
            return token.end() == len(text)
    return False


def _with_fraction(text: str, error: str) -> str | None:
    """The text with one whole number beside a fraction written as a fraction; None when that is not what is wrong."""
    found = _ERROR.search(error)
    if found is None or not _MIXED.search(found[3]):
        return None
    line, column = int(found[1]), int(found[2])
    lines = text.split("\n")
    at = sum(len(one) + 1 for one in lines[: line - 1]) + column - 1
    operator = re.match(r"<=|>=|==|!=|in|[-+*/<>]", text[at:])
    if operator is None:
        return None
    after = at + operator.end()
    right = _WHOLE_RIGHT.match(text, after)
    if right is not None and found[3].endswith("'(double, int)'"):
        return text[: right.end()] + ".0" + text[right.end() :]
    left = _WHOLE_LEFT.search(text[:at])
    if left is not None and found[3].endswith("'(int, double)'"):
        end = len(text[:at].rstrip())
        return text[:end] + ".0" + text[end:]
    return None


_KINDS = {"double": "a number", "int": "a whole number", "string": "a text", "bool": "yes or no"}


def _failure(text: str, error: str) -> str:
    """Why it could not be answered, in words of our own: those of the library may hold values not everybody may see."""
    missing = _MISSING_NAME.search(error)
    if missing is not None:
        return _("{name} is not stated.").format(name=missing[1])
    key = _MISSING_KEY.search(error)
    if key is not None and f"args.{key[1]}" in _without_texts(text):
        return _("There is no argument {name}: ask has(…) first.").format(name=key[1])
    if key is not None:
        return _("It asks for a value that is not there.")
    if "Iteration budget" in error:
        return _("It goes over too many values.")
    if "regular expression" in error:
        return _("A pattern in it cannot be read.")
    if "matching overload" in error:
        return _("It compares values of different kinds.")
    return _("It cannot be answered for these values.")


def _without_texts(text: str) -> str:
    """The condition without what stands in quotes and notes, where no name and no word of the language is."""
    return "".join(
        token[0] if token.lastgroup not in ("text", "note") else '""' for token in _TOKENS.finditer(text)
    )
