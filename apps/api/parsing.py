"""Is the body a JSON text, as it must be? Says precisely what is wrong and where.

Numbers that are too large or not finite get through here on purpose: the check of the field they stand in
names it.
"""

import json
from collections import Counter
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.parser import Parser

from apps.api.problems import Problem

_LONGEST_NAME = 100


class StrictParser(Parser):
    """UTF-8 JSON only, announced as such."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The JSON value of the body. Raises Problem."""
        check_content_type(request)
        return parsed(request.body)


def check_content_type(request: HttpRequest) -> None:
    """JSON in UTF-8, whatever else the header says. Raises Problem."""
    kind = request.content_type or ""
    charset = (request.content_params or {}).get("charset", "utf-8").lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise Problem(
            "unsupported-media-type", _("The body is sent as {kind}.").format(kind=kind or _("nothing"))
        )
    if charset not in ("utf-8", "utf8", "us-ascii"):
        raise Problem("unsupported-media-type", _("The body is sent in {charset}.").format(charset=charset))


def parsed(body: bytes) -> Any:
    """The JSON value of these bytes. Raises Problem."""
    try:
        return json.loads(body.decode(), object_pairs_hook=_named_once)
    except UnicodeDecodeError as error:
        raise Problem(
            "malformed-json", _("Byte {position} is not UTF-8.").format(position=error.start)
        ) from error
    except json.JSONDecodeError as error:
        where = _("line {line}, column {column}").format(line=error.lineno, column=error.colno)
        raise Problem("malformed-json", f"{error.msg} ({where}).") from error
    except _NamedTwice as error:
        name = str(error)[:_LONGEST_NAME]
        raise Problem(
            "malformed-json",
            _("“{name}” stands twice in one object; readers would differ on which one counts.").format(
                name=name
            ),
        ) from error
    except RecursionError as error:
        raise Problem("malformed-json", _("It is nested too deep.")) from error
    except ValueError as error:
        raise Problem("malformed-json", _("A number has too many digits.")) from error


class _NamedTwice(ValueError):
    """An object has this name twice."""


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        ((name, _times),) = Counter(name for name, _value in pairs).most_common(1)
        raise _NamedTwice(name)
    return made
