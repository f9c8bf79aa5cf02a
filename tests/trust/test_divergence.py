"""How what people did differs from what was proposed."""

from typing import Any

import pytest

from apps.trust.divergence import Diverged, divergence
from apps.trust.states import Divergence

PROPOSED = ("refund", {"order": "7", "amount": 20, "note": None})


@pytest.mark.parametrize(
    ("name", "args", "kind", "fields"),
    [
        ("refund", {"amount": 20, "order": "7", "note": None}, Divergence.SAME, ()),
        ("refund", {"order": "7", "amount": 25, "note": None}, Divergence.OTHER_VALUES, ("amount",)),
        ("refund", {"order": "7", "amount": 20}, Divergence.OTHER_VALUES, ("note",)),
        ("refund", {"order": "7", "amount": 15, "note": None}, Divergence.ALTERNATIVE, ("amount",)),
        ("replace", {"order": "7"}, Divergence.ALTERNATIVE, ()),
        ("replace", {"order": "8"}, Divergence.OTHER_ACTION, ()),
        ("", None, Divergence.NOTHING, ()),
    ],
)
def test_kinds(name: str, args: dict[str, Any] | None, kind: Divergence, fields: tuple[str, ...]) -> None:
    others = [
        ("refund", {"order": "7", "amount": 15, "note": None}),
        ("replace", {"order": "7"}),
        ("", None),
    ]
    assert divergence(PROPOSED, (name, args), others) == Diverged(kind, fields)


def test_true_is_not_one() -> None:
    assert divergence(("a", {"x": 1}), ("a", {"x": True})).kind is Divergence.OTHER_VALUES
