"""A name is the same, however it was typed; Python and the database agree on that."""

import pytest
from django.db.models import Value
from hypothesis import given
from hypothesis import strategies as st

from apps.audit.models import SealMark
from apps.audit.spelling import Plain, plain


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_plain_stays_so(name: str) -> None:
    assert plain(f" {name}\u3000") == plain(plain(name)) == plain(name)


@pytest.mark.django_db
def test_the_database_takes_the_same_blanks_away_and_composes_the_same() -> None:
    SealMark.objects.get_or_create(pk=SealMark.ONLY)
    blanks = [char for char in map(chr, range(1, 0x11000)) if char.isspace()]
    for name in (
        *(f"{one}Zoe\u0308{one}{one}" for one in blanks),
        "\u200bZoë",
        "a b",
        "",
        "\u1e9b\u0323",
        "\u212b",
    ):
        (made,) = SealMark.objects.values_list(Plain(Value(name)), flat=True)
        assert made == plain(name), ascii(name)
