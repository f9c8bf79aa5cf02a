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

from apps.registry.conditions.faults import ERROR, fault_of
from apps.registry.conditions.names import Name
from apps.registry.conditions.tokens import TOKENS, without_texts

LONGEST = 2000
_MIXED = re.compile(
    r"no matching overload for '_(<|<=|>|>=|==|!=|\+|-|\*|/|in|@in)_' applied to '\((double, int|int, double)\)'"
)
_MISSING_NAME = re.compile(r'No value with name "([\w.]+)"')
_MISSING_KEY = re.compile(r'Key not found in map : "(\w*)"')
# A list a condition makes may double with every step.
_GROWING = re.compile(r"\.\s*(?:map|filter)\s*\(")
_WHOLE_RIGHT = re.compile(r"\s*-?\d+(?![\w.])")
_WHOLE_LEFT = re.compile(r"(?<![\w.])\d+\s*$")


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
        if _GROWING.search(without_texts(text)):
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
                    raise self._bad(text, written, said) from None
                written = better
        raise BadExpression(_("This condition is too long."))

    def _bad(self, text: str, written: str, error: str) -> BadExpression:
        """CEL's own words, said again for people, at the place in the text as it was given; beyond it is its end."""
        found = ERROR.search(error)
        if found is None:
            return BadExpression(_("This cannot be read: {error}").format(error=error[:200]))
        fault = fault_of(text, error, at=_as_given(text, written, _place(written, found)), names=self.names)
        before = text[: fault.at]
        column = fault.at - before.rfind("\n")
        return BadExpression(fault.said, before.count("\n") + 1, column)


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
    for token in TOKENS.finditer(text):
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
    for token in TOKENS.finditer(text):
        depth += (token.lastgroup == "open") - (token.lastgroup == "close")
        if depth == 0:
            return token.end() == len(text)
    return False


def _place(text: str, error: re.Match[str]) -> int:
    """Where an error stands in the text that was compiled, from 0."""
    lines = text.split("\n")
    return sum(len(one) + 1 for one in lines[: int(error[1]) - 1]) + int(error[2]) - 1


def _as_given(text: str, written: str, at: int) -> int:
    """The place in the text as it was given of one in the text with fractions (see `_with_fraction`)."""
    given = place = 0
    while place < at:
        # A whole number that was made a fraction has no dot after it in the given text.
        if given < len(text) and written[place : place + 1] == text[given]:
            given, place = given + 1, place + 1
        elif written.startswith(".0", place):
            place += 2
        else:
            given, place = given + 1, place + 1
    return given


def _with_fraction(text: str, error: str) -> str | None:
    """The text with one whole number beside a fraction written as a fraction; None when that is not what is wrong."""
    found = ERROR.search(error)
    if found is None or not _MIXED.search(found[3]):
        return None
    at = _place(text, found)
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


def _failure(text: str, error: str) -> str:
    """Why it could not be answered, in words of our own: those of the library may hold values not everybody may see."""
    missing = _MISSING_NAME.search(error)
    if missing is not None:
        return _("{name} is not stated.").format(name=missing[1])
    key = _MISSING_KEY.search(error)
    if key is not None and f"args.{key[1]}" in without_texts(text):
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
