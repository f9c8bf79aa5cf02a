"""JSON that every reader reads alike: UTF-8, and no name twice in one object. Pure.

Numbers that are too large or not finite get through here on purpose: whoever knows what they should be names them.
"""

import json
from collections import Counter
from typing import Any

from django.utils.translation import gettext as _

_LONGEST_NAME = 100


class NotStrict(ValueError):
    """It is no such JSON; the message says what is wrong and where."""


def read(text: bytes) -> Any:
    """The value of these bytes. Raises NotStrict."""
    try:
        return json.loads(text.decode(), object_pairs_hook=_named_once)
    except NotStrict:
        raise
    except UnicodeDecodeError as error:
        raise NotStrict(_("Byte {position} is not UTF-8.").format(position=error.start)) from error
    except json.JSONDecodeError as error:
        where = _("line {line}, column {column}").format(line=error.lineno, column=error.colno)
        raise NotStrict(f"{error.msg} ({where}).") from error
    except RecursionError as error:
        raise NotStrict(_("It is nested too deep.")) from error
    except ValueError as error:
        raise NotStrict(_("A number has too many digits.")) from error


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        ((name, _times),) = Counter(name for name, _value in pairs).most_common(1)
        said = _("“{name}” stands twice in one object; readers would differ on which one counts.")
        raise NotStrict(said.format(name=name[:_LONGEST_NAME]))
    return made
