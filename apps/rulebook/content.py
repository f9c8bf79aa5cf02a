"""The content of a policy: matrix and rules, as the configuration file has them. Pure.

It is checked by the same models as the file, so that what the file refuses no page lets through.
"""

import hashlib
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from pydantic import ValidationError

from apps.audit.canonical import canonical as json_bytes
from apps.registry.states import Consequence, Reversibility
from apps.routing.config import DEFAULT, PolicyEntry

Content = dict[str, Any]


class BadContent(ValueError):
    """A policy that cannot be: [(where, sentence)], where as in the file: ("matrix", "low", "reversible", "queue")."""

    def __init__(self, problems: list[tuple[tuple[str | int, ...], str]]) -> None:
        self.problems = problems
        super().__init__("; ".join(sentence for _where, sentence in problems))


def checked(content: Content) -> PolicyEntry:
    """The content as the file's own entry. Raises BadContent."""
    try:
        return PolicyEntry.model_validate({"workflow": DEFAULT, **content})
    except ValidationError as error:
        raise BadContent([(tuple(one["loc"]), _said(one)) for one in error.errors()]) from error


def canonical(content: Content) -> Content:
    """The same content, written in the one way. Raises BadContent."""
    written = checked(content).canonical()
    return {"matrix": written["matrix"], "rules": written.get("rules", [])}


def digest(content: Content) -> str:
    """SHA-256 of its canonical JSON, 64 hex digits: what was tried is what is published."""
    return hashlib.sha256(json_bytes(content)).hexdigest()


def cells_of(content: Content) -> Iterable[tuple[Consequence, Reversibility, dict[str, Any]]]:
    """(consequence, reversibility, cell) in the order of the grid."""
    for which in Consequence:
        for how in Reversibility:
            yield which, how, content["matrix"][which.value][how.value]


def _said(error: Any) -> str:
    """Pydantic's sentence without its prefix."""
    message = str(error["msg"])
    return message.removeprefix("Value error, ").strip() or _("This cannot be.")
