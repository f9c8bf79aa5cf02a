"""What may a person be called? What others can read, on one line, and what leaves the text around it alone.

A name stands in lists, messages and the audit log beside other people's: an invisible one says that nobody did it, and
a mark that turns the direction of writing makes the words after it say something else. Pure.
"""

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# Signs that turn the direction of what follows; the letters of every script carry their own.
_TURNING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
_CONTROLS = {"Cc", "Zl", "Zp"}


def check_name(name: str) -> None:
    """Raises ValidationError, at the field `name`. An empty one is the form's and the model's to refuse."""
    if name and not any(sign.isalnum() for sign in name):
        raise ValidationError({"name": _("Write a name that others can read.")})
    if any(
        unicodedata.category(sign) in _CONTROLS or unicodedata.bidirectional(sign) in _TURNING
        for sign in name
    ):
        raise ValidationError({"name": _("Leave out line breaks and invisible control characters.")})
