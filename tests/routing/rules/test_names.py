"""Every documented name has a value of its kind, and nothing else has one."""

from dataclasses import replace

from cel_expr_python import cel

from apps.registry.conditions.names import Kind
from apps.routing.rules.expressions import RULES
from apps.routing.rules.names import NAMES, values
from tests.routing.rules.values import AROUND, FACTS, plain_values

BY_NAME = {one.name: one for one in NAMES}
KINDS = {
    Kind.NUMBER: float,
    Kind.WHOLE: int,
    Kind.TEXT: str,
    Kind.YES_NO: bool,
    Kind.TEXTS: list,
    Kind.VALUES: dict,
}


def test_every_name_has_a_value_of_its_kind_and_a_sentence() -> None:
    found = plain_values()
    assert found.keys() == BY_NAME.keys()
    assert len(BY_NAME) == len(NAMES)
    for name, value in found.items():
        assert type(value) is KINDS[BY_NAME[name].kind], name
    assert all(str(one.help) for one in NAMES)


def test_only_what_may_be_missing_is_missing() -> None:
    bare = replace(FACTS, amount=None, evidence=())
    found = values(bare, AROUND, consequence="low", reversibility="reversible")
    missing = BY_NAME.keys() - found.keys()
    assert missing == {"impact.amount", "evidence.oldest_hours"}
    assert all("May be missing" in str(BY_NAME[name].help) for name in missing)


def test_an_amount_is_its_size_and_a_huge_whole_number_a_fraction() -> None:
    found = plain_values()
    assert found["impact.amount"] == 129.9
    assert RULES.compiled("args.huge > 1e20").ask(RULES.given(found)).holds
    assert RULES.compiled("args.parts.exists(one, one.n == 1)").ask(RULES.given(found)).holds


def test_the_calendar_is_read_in_the_installations_zone() -> None:
    here = replace(FACTS, zone="Pacific/Kiritimati")
    found = values(here, AROUND, consequence="low", reversibility="reversible")
    assert (found["calendar.date"], found["calendar.weekday"], found["calendar.hour"]) == (
        "2026-11-18",
        "wednesday",
        0,
    )


def test_every_name_can_be_written_in_a_condition() -> None:
    given = RULES.given(plain_values())
    for one in NAMES:
        answer = RULES.compiled(f"{one.name} == {one.name}").ask(given)
        assert answer.holds, (one.name, answer, cel.__name__)
