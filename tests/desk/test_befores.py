"""Which value an argument replaces: said by the schema, by its partner, or by a record about the same thing."""

import json

from apps.desk.befores import Before, Record, befores


def _found(
    args: dict[str, object], *, marked: dict[str, str] | None = None, record: object = None, subject: str = ""
):
    records = [Record("the record", json.dumps(record))] if record is not None else []
    return befores(args, marked=marked or {}, records=records, subject_id=subject)


def test_partners_among_the_arguments() -> None:
    assert _found({"old_city": "Lyon", "new_city": "Nice"}) == {
        "new_city": Before("Lyon", argument="old_city")
    }
    assert _found({"price_before": 3, "price_after": 4.5}) == {
        "price_after": Before(3, argument="price_before")
    }
    assert _found({"from": "a", "to": "b"}) == {"to": Before("a", argument="from")}
    assert _found({"from_date": "2027-01-01", "percent": 3}) == {}
    assert _found({"old_city": "Lyon", "new_city": 7}) == {}


def test_the_schema_says_so() -> None:
    assert _found({"was": 1, "is": 2}, marked={"is": "was"}) == {"is": Before(1, argument="was")}
    assert _found({"is": 2}, marked={"is": "was"}) == {}


def test_a_record_about_the_same_thing() -> None:
    args = {"supplier_id": "S-1", "city": "Nice", "country": "FR"}
    record = {"supplier_id": "S-1", "address": {"city": "Lyon", "country": "FR"}}
    assert _found(args, record=record) == {
        "city": Before("Lyon", record="the record"),
        "country": Before("FR", record="the record"),
    }
    assert _found(args, record=record | {"supplier_id": "S-2"}) == {}
    assert _found({"city": "Nice"}, record={"key": "S-1", "city": "Lyon"}, subject="S-1")
    assert _found({"city": "Nice"}, record={"city": "Lyon"}) == {}


def test_what_a_record_holds_twice_or_in_another_form_is_not_taken() -> None:
    args = {"order_id": "W1", "price": 5, "gift": True}
    record = {"order_id": "W1", "items": [{"price": 3}, {"price": 4}], "gift": "no"}
    assert _found(args, record=record) == {}


def test_what_is_no_record_is_no_reason_to_fail() -> None:
    for text in ("", "{", "[1]", "{'a': 1}", '{"a": ' + "[" * 3000):
        assert befores({"a": 1}, marked={}, records=[Record("r", text)], subject_id="") == {}
