"""The same name, however it was typed: without blanks around it, and in one normal form of Unicode.

As a function, and as an expression for indexes and conditions, which says the same.
"""

import unicodedata

from django.db import models
from django.db.models import F, Func, Q

# What str.strip takes away.
_BLANKS = (
    r"\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009"
    r"\u200a\u2028\u2029\u202f\u205f\u3000"
)


def plain(name: str) -> str:
    """The name as it is meant."""
    return unicodedata.normalize("NFC", name).strip()


class Plain(Func):
    """The same of a column."""

    template = f"btrim(normalize(%(expressions)s, NFC), E'{_BLANKS}')"
    output_field = models.CharField()


def is_odd(column: str) -> Q:
    """Typed in another way than it is meant. Few rows are, so an index with this condition is small."""
    return ~Q(**{column: Plain(F(column))})
