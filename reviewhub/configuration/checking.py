"""Is this document a configuration that can be applied? Finds everything wrong, not only the first thing."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

from pydantic import ValidationError

from reviewhub.configuration.problems import Path, Problem, WrongConfiguration, line_of
from reviewhub.configuration.reading import Document
from reviewhub.configuration.sections import Referring, Section, name_in


class Checked(NamedTuple):
    """A valid entry, its name, and where it stands in the file."""

    name: str
    entry: Any
    path: Path


def check(
    document: Document, sections: Iterable[Section], known: Mapping[str, set[str]]
) -> dict[str, list[Checked]]:
    """{section key: entries} of a document. `known` are the names there are already, by section.

    Raises WrongConfiguration with every problem.
    """
    by_key = {section.key: section for section in sections}
    problems: list[Problem] = []
    content = document.content if document.content is not None else {}
    if not isinstance(content, dict):
        raise WrongConfiguration([Problem((), f"The file is a map of sections: {', '.join(by_key)}.", 1)])
    checked: dict[str, list[Checked]] = {}
    for key, value in content.items():
        if key not in by_key:
            problems.append(Problem((key,), f"There is no such section{_meant(key, by_key)}"))
        elif value is not None and not isinstance(value, list):
            problems.append(Problem((key,), "A section is a list of entries, each beginning with a dash."))
        else:
            checked[key] = list(_entries(by_key[key], value or [], problems))
    problems += _unknown_references(checked, _names(by_key, content, known))
    if problems:
        placed = [Problem(each.path, each.message, line_of(each.path, document.lines)) for each in problems]
        raise WrongConfiguration(placed)
    return checked


def _entries(section: Section, values: list[Any], problems: list[Problem]) -> Iterable[Checked]:
    seen: set[str] = set()
    for position, value in enumerate(values):
        path: Path = (section.key, position)
        try:
            entry = section.Model.model_validate(value)
        except ValidationError as error:
            problems += [Problem((*path, *each["loc"]), _sentence(each)) for each in error.errors()]
            continue
        name = name_in(section, entry.canonical())
        if name in seen:
            problems.append(Problem(path, f"{name!r} is in this section twice."))
        seen.add(name)
        yield Checked(name, entry, path)


def _names(
    by_key: Mapping[str, Section], content: Mapping[str, Any], known: Mapping[str, set[str]]
) -> dict[str, set[str]]:
    """Every name that exists or is in the file, also of entries that are wrong: they are complained about
    once.
    """
    names = {key: set(known[key]) for key in by_key}
    for key, section in by_key.items():
        values = content.get(key)
        for value in values if isinstance(values, list) else []:
            if isinstance(value, dict):
                names[key].add(str(value.get(next(iter(section.Model.model_fields)))))
    return names


def _unknown_references(
    checked: Mapping[str, list[Checked]], names: Mapping[str, set[str]]
) -> Iterable[Problem]:
    for items in checked.values():
        for item in items:
            if isinstance(item.entry, Referring):
                for inner, key, name in item.entry.references():
                    if name not in names[key]:
                        meant = _meant(name, names[key])
                        yield Problem((*item.path, *inner), f"There is no {name!r} in {key}{meant}")


def _sentence(error: Any) -> str:
    message = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        return "There is no field of this name."
    if error["type"] == "missing":
        return "This is required."
    return message[:500]


def _meant(word: str, words: Iterable[str]) -> str:
    close = get_close_matches(word, list(words), n=1)
    return f"; did you mean {close[0]!r}?" if close else "."
