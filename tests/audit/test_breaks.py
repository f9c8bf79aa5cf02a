"""Whatever is done to sealed rows, the first one that is not as it was is named, and rightly."""

from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from apps.audit.breaks import Break, Kind, Sealed, row_break, seal_break
from apps.audit.chaining import NOTHING, head_of
from apps.audit.merkle import leaf_hash, root

NOW = datetime(2026, 11, 17, 10, tzinfo=UTC)
KEY = bytes(range(32))
# Even numbers are sealed, so that odd ones can come between them.
stored = st.lists(
    st.integers(1, 200).map(lambda number: 2 * number), min_size=1, max_size=30, unique=True
).map(lambda numbers: {UUID(int=number): leaf_hash(str(number).encode()) for number in sorted(numbers)})


def sealed(rows: dict[UUID, bytes]) -> Sealed:
    ids, leaves = list(rows), list(rows.values())
    top = root(leaves)
    head = head_of(number=1, ids=ids, root=top, previous=NOTHING, key=KEY, sealed_at=NOW)
    return Sealed(1, NOW, ids[0], ids[-1], len(ids), ids, leaves, top, NOTHING, head, KEY)


def look(seal: Sealed, rows: dict[UUID, bytes]) -> Break | None:
    """As the walk does: at most one more than there should be."""
    return row_break(seal, sorted(rows.items())[: seal.count + 1])


@given(stored)
def test_what_was_sealed_is_as_it_was(rows: dict[UUID, bytes]) -> None:
    assert seal_break(sealed(rows), number=1, previous=NOTHING) is None
    assert look(sealed(rows), rows) is None


@given(stored, st.data())
def test_the_first_of_any_number_of_forgeries_is_named(rows: dict[UUID, bytes], drawn: st.DataObject) -> None:
    seal, forged, expected = sealed(rows), dict(rows), {}
    for ident in drawn.draw(st.sets(st.sampled_from(list(rows)))):
        kind = drawn.draw(st.sampled_from([Kind.CHANGED_ROW, Kind.MISSING_ROW, Kind.ADDED_ROW]))
        if kind == Kind.CHANGED_ROW:
            forged[ident] = leaf_hash(b"forged")
        elif kind == Kind.MISSING_ROW:
            del forged[ident]
        else:
            # Below it; at its end the range of the seal ends too.
            ident = UUID(int=ident.int - 1)
            forged[ident] = leaf_hash(b"added")
        expected[ident] = kind
    first = min(expected, default=None)
    assert look(seal, forged) == (Break(expected[first], 1, first) if first else None)


@given(stored, st.data())
def test_two_rows_that_change_places_are_both_changed(rows: dict[UUID, bytes], drawn: st.DataObject) -> None:
    one, other = sorted([drawn.draw(st.sampled_from(list(rows))), drawn.draw(st.sampled_from(list(rows)))])
    swapped = rows | {one: rows[other], other: rows[one]}
    assert look(sealed(rows), swapped) == (Break(Kind.CHANGED_ROW, 1, one) if one != other else None)


@given(stored, st.data())
def test_a_change_of_anything_in_a_seal_is_found(rows: dict[UUID, bytes], drawn: st.DataObject) -> None:
    seal = sealed(rows)
    other = sealed({UUID(int=ident.int + 1): leaf_hash(leaf) for ident, leaf in rows.items()})
    names = [
        name for name in Sealed.__dataclass_fields__ if name not in ("number", "count", "previous", "key")
    ]
    changes = {
        "number": 2,
        "count": seal.count + 1,
        "previous": KEY,
        "key": NOTHING,
        "sealed_at": datetime(2026, 11, 17, 11, tzinfo=UTC),
        **{name: getattr(other, name) for name in names if name != "sealed_at"},
    }
    name = drawn.draw(st.sampled_from(sorted(changes)))
    forged = Sealed(**{**seal.__dict__, name: changes[name]})
    kind = Kind.SEAL_MISSING if name == "number" else Kind.SEAL_CHANGED
    assert seal_break(forged, number=1, previous=NOTHING) == Break(kind, 1)


def test_a_seal_of_nothing_and_one_that_was_cut_are_changed_ones() -> None:
    seal = sealed({UUID(int=2): leaf_hash(b"2"), UUID(int=4): leaf_hash(b"4")})
    for changes in (
        {"ids": [], "leaves": [], "count": 0},
        {"leaves": seal.leaves[:1]},
        {"ids": seal.ids[:1]},
    ):
        assert seal_break(Sealed(**{**seal.__dict__, **changes}), number=1, previous=NOTHING) is not None
