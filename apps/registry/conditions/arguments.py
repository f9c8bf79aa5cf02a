"""Which arguments does a condition ask for that no action has? Pure: reads the text, not what it means."""

import re
from collections.abc import Collection

_ARGUMENT = re.compile(r"(?<![\w.])args\.([A-Za-z_]\w*)")
# What stands in quotes is no name.
_QUOTED = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"")


def unknown_arguments(when: str, known: Collection[str]) -> list[str]:
    """The arguments of `args.…` in a condition that are not among the known ones, each once."""
    return sorted(set(_ARGUMENT.findall(_QUOTED.sub("''", when))) - set(known))
