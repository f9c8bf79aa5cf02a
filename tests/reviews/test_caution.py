"""What has to be typed before something that cannot be undone."""

import pytest

from apps.registry.states import Consequence, Reversibility
from apps.reviews.caution import check_typed, is_typed, needs_typing, word_to_type, words_for
from apps.reviews.choosing import Invalid
from tests import factories


@pytest.mark.parametrize("consequence", list(Consequence))
@pytest.mark.parametrize("reversibility", list(Reversibility))
def test_irreversible_or_critical_needs_typing_and_nothing_else_does(
    consequence: Consequence, reversibility: Reversibility
) -> None:
    wanted = consequence is Consequence.CRITICAL or reversibility is Reversibility.IRREVERSIBLE
    assert needs_typing(consequence=consequence, reversibility=reversibility) is wanted


@pytest.mark.parametrize(
    ("subject_id", "word"),
    [
        ("#W123", "#W123"),
        ("", "abcdef01"),
        ("   ", "abcdef01"),
        ("x" * 41, "abcdef01"),
        ("pay\u202egnp", "abcdef01"),
        ("Müller", "abcdef01"),
        ("a\tb", "abcdef01"),
    ],
)
def test_a_subject_that_cannot_be_typed_is_replaced_by_the_digest(subject_id: str, word: str) -> None:
    assert word_to_type(subject_id=subject_id, args_sha256="abcdef0123") == word


def test_case_and_spaces_around_do_not_matter_and_anything_else_does() -> None:
    assert is_typed(" #w123 ", "#W123")
    assert not is_typed("#W12", "#W123")
    assert not is_typed("", "#W123")


def test_what_would_be_granted_decides_what_is_typed_and_doing_nothing_asks_for_nothing(
    house: factories.House,
) -> None:
    order = factories.pending(house)
    assert words_for(order, ["cancel_order", "delete_record", ""]) == {
        "cancel_order": "",
        "delete_record": "#W1",
        "": "",
    }
    record = factories.two_person(house, subject={"kind": "customer", "id": "C-2041"})
    assert words_for(record, ["cancel_order", "delete_record", ""]) == {
        "cancel_order": "",
        "delete_record": "C-2041",
        "": "",
    }


def test_only_the_word_lets_something_irreversible_happen(house: factories.House) -> None:
    record = factories.two_person(house, subject={"kind": "customer", "id": "C-2041"})
    for typed in ("", "C-2042", "yes"):
        with pytest.raises(Invalid, match="This is not C-2041") as refused:
            check_typed(record, name="delete_record", typed=typed)
        assert refused.value.field == "typed"
    check_typed(record, name="delete_record", typed=" c-2041 ")
    check_typed(record, name="cancel_order", typed="")
    check_typed(record, name="", typed="")
