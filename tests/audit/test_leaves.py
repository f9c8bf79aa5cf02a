"""The leaf of an event changes with every column, and stays when parts of it are erased."""

import json
from hashlib import sha256
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from apps.audit.leaves import EMPTY, ERASABLE, Columns, erasure, leaf
from apps.audit.models import Event

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
numbers = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
data = st.dictionaries(texts, values, max_size=4).map(json.dumps)
columns = st.builds(
    Columns,
    id=st.uuids(),
    at=st.decimals(0, 10**10, places=6).map(str),
    verb=texts,
    actor_kind=texts,
    actor_id=texts,
    actor_name=texts,
    subject_kind=texts,
    subject_id=texts,
    subject_label=texts,
    workflow_id=st.none() | st.integers(0, 2**63).map(str),
    proposal_id=st.none() | st.uuids().map(str),
    data=data,
    salt=st.uuids(),
    erased=st.none(),
)
parts = st.sets(st.sampled_from(ERASABLE))


def erased(one: Columns, gone: set[str]) -> Columns:
    return one._replace(
        **{part: EMPTY[part] for part in gone}, salt=None, erased=json.dumps(erasure(one, gone))
    )


def test_every_column_of_an_event_is_in_its_leaf() -> None:
    assert set(Columns._fields) == {field.column for field in Event._meta.concrete_fields}


@given(columns, columns, st.sampled_from([name for name in Columns._fields if name != "erased"]))
def test_a_change_of_any_column_changes_the_leaf(one: Columns, other: Columns, name: str) -> None:
    value = getattr(other, name)
    if name == "data":
        assume(json.loads(one.data) != json.loads(value))
    assume(getattr(one, name) != value)
    assert leaf(one._replace(**{name: value})) != leaf(one)


@given(columns)
def test_how_json_is_spaced_and_ordered_makes_no_difference(one: Columns) -> None:
    content = json.loads(one.data)
    assume(all(not isinstance(value, int) or abs(value) < 2**53 for value in _inside(content)))
    other = json.dumps(dict(reversed(content.items())), indent=2, ensure_ascii=False)
    assert leaf(one._replace(data=other)) == leaf(one)


def _inside(value: object) -> list[object]:
    if isinstance(value, dict):
        return [leaf for inner in value.values() for leaf in _inside(inner)]
    if isinstance(value, list):
        return [leaf for inner in value for leaf in _inside(inner)]
    return [value]


@given(columns, parts, parts)
def test_the_leaf_stays_when_parts_are_erased_and_when_more_are(
    one: Columns, first: set[str], second: set[str]
) -> None:
    assert leaf(erased(one, first)) == leaf(one)
    assert leaf(erased(erased(one, first), second)) == leaf(one)


@given(columns, parts, st.data())
def test_what_was_not_erased_is_still_sealed_and_what_was_cannot_be_filled_again(
    one: Columns, gone: set[str], drawn: st.DataObject
) -> None:
    part = drawn.draw(st.sampled_from(ERASABLE))
    forged = erased(one, gone)
    value = drawn.draw(data if part == "data" else texts)
    assume(json.loads(value) != json.loads(getattr(forged, part)) if part == "data" else True)
    assume(value != getattr(forged, part))
    assert leaf(forged._replace(**{part: value})) != leaf(one)


@given(columns, parts)
def test_what_is_kept_of_an_erased_part_does_not_let_values_be_tried(one: Columns, gone: set[str]) -> None:
    assume(gone)
    other = one._replace(salt=UUID(int=one.salt.int ^ 1))  # type: ignore[union-attr]  # drawn with one
    kept, again = erasure(one, gone), erasure(other, gone)
    assert all(set(kept[part]) == {"digest"} for part in gone)
    assert all(kept[part] != again[part] for part in gone), "it depends on a salt that is nowhere any more"


@pytest.mark.parametrize(
    "nonsense", ["1", "", '"x"', "[]", "{}", '{"data": 1}', '{"data": {"digest": "zz"}}', "nothing"]
)
def test_nonsense_in_what_was_erased_is_a_leaf_that_fits_nothing(nonsense: str) -> None:
    one = Columns(
        UUID(int=1), "0", "v", "person", "1", "A", "task", "1", "", None, None, "{}", UUID(int=2), None
    )
    assert leaf(one._replace(salt=None, erased=nonsense)) != leaf(one)


@pytest.mark.parametrize("part", ["verb", "actor_name"])
def test_only_labels_and_data_can_be_erased(part: str) -> None:
    one = Columns(
        UUID(int=1), "0", "v", "person", "1", "A", "task", "1", "", None, None, "{}", UUID(int=2), None
    )
    with pytest.raises(KeyError):
        erasure(one, [part])


@given(columns, parts)
def test_an_event_without_the_name_of_who_acted_is_no_erased_one(one: Columns, gone: set[str]) -> None:
    assert one.salt is not None
    digest = sha256(sha256(one.salt.bytes + b"actor_name").digest() + one.actor_name.encode()).hexdigest()
    forged = json.dumps(erasure(one, gone) | {"actor_name": {"digest": digest}})
    assert leaf(erased(one, gone)._replace(actor_name="", erased=forged)) != leaf(one)


def test_a_leaf_by_hand() -> None:
    """Whatever else changes, this must not: every seal ever made rests on it."""
    salt = UUID("11111111-2222-4333-8444-555555555555")
    one = Columns(
        id=UUID("0192f0c1-2345-7abc-8def-0123456789ab"),
        at="1795946400.000001",
        verb="task.claimed",
        actor_kind="person",
        actor_id="7",
        actor_name="José",
        subject_kind="task",
        subject_id="42",
        subject_label="Refund €12.90",
        workflow_id=None,
        proposal_id="0192f0c1-2345-7abc-8def-0123456789ac",
        data='{"b": 1.0, "a": [true, null]}',
        salt=salt,
        erased=None,
    )

    def part(name: str, written: str) -> str:
        own_salt = sha256(salt.bytes + name.encode()).digest()
        return sha256(own_salt + written.encode()).hexdigest()

    content = '{"a":[true,null],"b":1}'
    written = (
        '{"actor_id":"7","actor_kind":"person",'
        f'"actor_name":"{part("actor_name", "José")}",'
        '"at":"1795946400.000001",'
        f'"data":"{part("data", content)}",'
        '"id":"0192f0c1-2345-7abc-8def-0123456789ab",'
        '"proposal_id":"0192f0c1-2345-7abc-8def-0123456789ac",'
        '"subject_id":"42","subject_kind":"task",'
        f'"subject_label":"{part("subject_label", "Refund €12.90")}",'
        '"verb":"task.claimed","workflow_id":null}'
    )
    assert leaf(one) == sha256(b"\x00" + written.encode()).digest()
    assert leaf(one).hex() == "af4e7d5abe5538f11bac4554224118b8860a3b66e6446f3a249d062d68f0105e"
