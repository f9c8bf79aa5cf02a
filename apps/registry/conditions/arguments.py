"""Which arguments does a condition ask for? Pure: reads the text, not what it means."""

import re
from collections.abc import Collection

_ARGUMENT = re.compile(r"(?<![\w.])args\.([A-Za-z_]\w*)")
_TELLS_OF_ANY = re.compile(r"(?<![\w.])(?:args\b(?!\s*\.)|impact\.amount\b|subject\.id\b)")
# What stands in quotes is no name.
_QUOTED = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"")


def unknown_arguments(when: str, known: Collection[str]) -> list[str]:
    """The arguments of `args.…` in a condition that are not among the known ones, each once."""
    return sorted(_arguments_in(when) - set(known))


def may_tell_of(hidden: Collection[str], when: str) -> bool:
    """Whether the answer of a condition could tell of hidden arguments: it asks for one of them, for all of them
    (`args[…]`), for the amount, which may be one, or for the subject, which may stand in one. Rather once too often.
    """
    plain = _QUOTED.sub("''", when)
    return bool(hidden) and (
        not _arguments_in(when).isdisjoint(hidden) or _TELLS_OF_ANY.search(plain) is not None
    )


def _arguments_in(when: str) -> set[str]:
    return set(_ARGUMENT.findall(_QUOTED.sub("''", when)))
