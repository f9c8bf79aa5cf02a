"""What does this YAML text say, and on which line? For text that may be hostile or just mistyped.

Plain values only: text, whole and decimal numbers, true, false, null, lists and maps, as in YAML 1.2 (so `no`
is a word and `10:30` is not a number). Refused, with the line: tags, anchors and aliases, a key given twice,
a second document, nesting past 40 levels and more than 200,000 values. Built from the parser's events,
without recursion.
"""

import re
from dataclasses import dataclass, field
from typing import Any, NoReturn

import yaml

from reviewhub.configuration.problems import Path, Problem, WrongConfiguration

MOST_BYTES = 5 * 1024 * 1024
MOST_DEPTH = 40
MOST_VALUES = 200_000

_PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WHOLE = re.compile(r"[-+]?[0-9]{1,18}", re.ASCII)
_DECIMAL = re.compile(r"[-+]?[0-9]{1,18}\.[0-9]{1,18}", re.ASCII)
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}


@dataclass
class Document:
    """The file's content, and the line on which each place begins."""

    content: Any = None
    lines: dict[Path, int] = field(default_factory=dict)


def read(text: str | bytes) -> Document:
    """The one document in `text`. Raises WrongConfiguration."""
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if len(data) > MOST_BYTES:
        _refuse(f"The file is larger than {MOST_BYTES // 1024 // 1024} MB.", 0)
    try:
        return _Builder().build(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        _refuse("The file is not UTF-8 text.", data.count(b"\n", 0, error.start) + 1)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        _refuse(f"This is not YAML: {error.problem or error.context}", mark.line + 1 if mark else 0)
    except yaml.YAMLError as error:
        _refuse(f"This is not YAML: {str(error).splitlines()[0]}", 0)


class _Builder:
    """Follows the parser's events; `open` holds the collections not closed yet, with the key or position
    next.
    """

    def __init__(self) -> None:
        self.document = Document()
        self.open: list[tuple[Any, Path]] = []
        self.waiting_key: list[str | None] = []
        self.values = 0
        self.documents = 0

    def build(self, text: str) -> Document:
        for event in yaml.parse(text, Loader=_PARSER):
            self._take(event, event.start_mark.line + 1 if event.start_mark else 0)
        return self.document

    def _take(self, event: yaml.Event, line: int) -> None:
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                _refuse("A second document begins here; the file holds one.", line)
        elif isinstance(event, yaml.CollectionEndEvent):
            self.open.pop()
            self.waiting_key.pop()
        elif isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            _refuse("Anchors (&name) and aliases (*name) are not understood here: write it out.", line)
        elif getattr(event, "tag", None) not in (None, "!"):
            _refuse("Tags (!name) are not understood here.", line)
        elif isinstance(event, yaml.ScalarEvent):
            self._scalar(event, line)
        elif isinstance(event, yaml.MappingStartEvent):
            self._collection({}, line)
        elif isinstance(event, yaml.SequenceStartEvent):
            self._collection([], line)

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        if _UNSTORABLE.search(event.value):
            _refuse("Text must not contain NUL or half of a surrogate pair.", line)
        if self.open and isinstance(self.open[-1][0], dict) and self.waiting_key[-1] is None:
            holder, path = self.open[-1]
            if event.value in holder:
                _refuse(f"{event.value[:80]!r} is given twice.", line, path)
            self.waiting_key[-1] = event.value
            self.document.lines[(*path, event.value)] = line
            return
        is_plain = event.style in (None, "")
        self._place(_plain(event.value) if is_plain else event.value, line)

    def _collection(self, made: Any, line: int) -> None:
        if self.open and isinstance(self.open[-1][0], dict) and self.waiting_key[-1] is None:
            _refuse("A name must be text.", line, self.open[-1][1])
        path = self._place(made, line)
        if len(self.open) >= MOST_DEPTH:
            _refuse(f"This is nested more than {MOST_DEPTH} levels deep.", line, path[:3])
        self.open.append((made, path))
        self.waiting_key.append(None)

    def _place(self, value: Any, line: int) -> Path:
        self.values += 1
        if self.values > MOST_VALUES:
            _refuse(f"The file has more than {MOST_VALUES} values.", line)
        if not self.open:
            self.document.content = value
            self.document.lines[()] = line
            return ()
        holder, path = self.open[-1]
        if isinstance(holder, list):
            step: str | int = len(holder)
            holder.append(value)
            self.document.lines[(*path, step)] = line
        else:
            step = self.waiting_key[-1] or ""
            holder[step] = value
            self.waiting_key[-1] = None
        return (*path, step)


def _plain(text: str) -> Any:
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if _WHOLE.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return float(text)
    return text


def _refuse(message: str, line: int, path: Path = ()) -> NoReturn:
    raise WrongConfiguration([Problem(path, message, line)])
