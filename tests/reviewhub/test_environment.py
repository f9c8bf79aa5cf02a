"""A value that cannot be read is remembered with its name, and the default is used."""

from collections.abc import Callable

import pytest

from reviewhub.settings import environment as env


@pytest.fixture(autouse=True)
def _fresh_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(env, "wrong", [])
    monkeypatch.setattr(env, "known", set())


WRONG: list[tuple[str, Callable[[], object], object]] = [
    ("maybe", lambda: env.flag("X_TEST", True), True),
    ("12.5", lambda: env.number("X_TEST", 3, low=1, high=9), 3),
    ("10", lambda: env.number("X_TEST", 3, low=1, high=9), 3),
    ("٣", lambda: env.number("X_TEST", 3, low=1, high=9), 3),
    ("-", lambda: env.number("X_TEST", 3, low=1, high=9), 3),
    ("--5", lambda: env.number("X_TEST", 3, low=-9, high=9), 3),
    ("loud", lambda: env.choice("X_TEST", "INFO", ("INFO", "ERROR")), "INFO"),
    ("Mars/Base", lambda: env.time_zone("X_TEST", "UTC"), "UTC"),
    ("../../etc/passwd", lambda: env.time_zone("X_TEST", "UTC"), "UTC"),
]


@pytest.mark.parametrize(("value", "read", "default"), WRONG)
def test_an_unusable_value_is_named_and_the_default_used(
    value: str, read: Callable[[], object], default: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("X_TEST", value)
    assert read() == default
    assert [wrong.name for wrong in env.wrong] == ["X_TEST"]


@pytest.mark.parametrize(
    ("value", "meant"), [("1", True), ("Yes", True), ("on", True), ("0", False), ("OFF", False)]
)
def test_yes_and_no_are_understood(value: str, meant: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X_TEST", value)
    assert env.flag("X_TEST", not meant) is meant
    assert env.wrong == []


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u@h/db",
        "postgres://h",
        "postgres://h:port/db",
        "postgres://[::1/db",
        "nonsense",
        "postgres:///",
    ],
)
def test_a_database_address_that_is_none_is_named(url: str) -> None:
    env.database(url)
    assert {wrong.name for wrong in env.wrong} == {"DATABASE_URL"}


def test_a_database_address_is_taken_apart() -> None:
    settings = env.database("postgres://ann%40x:p%2Fw@db.example:6432/hub?sslmode=require")
    assert (settings["USER"], settings["PASSWORD"], settings["HOST"]) == ("ann@x", "p/w", "db.example")
    assert (settings["PORT"], settings["NAME"], settings["OPTIONS"]) == (
        "6432",
        "hub",
        {"sslmode": "require"},
    )
    assert env.wrong == []
