"""A text that a name can never be is found where it is compared with it, and nowhere else."""

import pytest

from apps.registry.conditions.comparing import unmatched

KNOWN = {"action.name": ["cancel_order", "refund"], "calendar.weekday": ["saturday", "sunday"]}


@pytest.mark.parametrize(
    ("when", "found"),
    [
        ('action.name == "refnd"', [("action.name", "refnd")]),
        ("'refnd' != action.name", [("action.name", "refnd")]),
        ('action.name == "refund" && impact.amount > 5', []),
        (
            'calendar.weekday in ["Sunday", "sunday", "Monday"]',
            [("calendar.weekday", "Sunday"), ("calendar.weekday", "Monday")],
        ),
        (
            '!(calendar.weekday in ["Sunday"]) || calendar.weekday == "Sunday"',
            [("calendar.weekday", "Sunday")],
        ),
        ('args.x == "action.name == \\"refnd\\""', []),
        ('action.name == "refund" // not "refnd"', []),
        ('agent.model == "anything"', []),
        ("action.name in args.list", []),
        ("action.name ==", []),
        ("in in in [", []),
        ('"refnd" == "refnd"', []),
    ],
)
def test_what_is_compared_with_a_text_it_can_never_be(when: str, found: list[tuple[str, str]]) -> None:
    assert [(one.name, one.text) for one in unmatched(when, KNOWN)] == found


def test_the_nearest_is_said_first() -> None:
    (one,) = unmatched('action.name == "refnd"', KNOWN)
    assert str(one) == "action.name is never “refnd”. It is one of: refund, cancel_order."
