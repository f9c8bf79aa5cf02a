"""Reads settings from the environment. A wrong value is remembered here and reported by a system check.

Nothing here raises: `manage.py check` must be able to start and name every wrong setting at once.
"""

import os
import re
import zoneinfo
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

BASE_DIR = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class WrongSetting:
    """A setting whose value cannot be used: its name, what is wrong, what to do."""

    name: str
    problem: str
    hint: str


wrong: list[WrongSetting] = []
known: set[str] = set()


def text(name: str, default: str = "") -> str:
    """The value of `name`, or `default` when unset or empty."""
    known.add(name)
    return os.environ.get(name, "") or default


def choice(name: str, default: str, allowed: Collection[str]) -> str:
    """One of `allowed`, written in any case."""
    value = text(name).strip()
    for word in allowed:
        if value.lower() == word.lower():
            return word
    if value:
        wrong.append(WrongSetting(name, f"{value!r} is not known.", f"Use one of {', '.join(allowed)}."))
    return default


def time_zone(name: str, default: str) -> str:
    """A time zone this machine knows."""
    value = text(name, default).strip()
    try:
        zoneinfo.ZoneInfo(value)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        hint = "Use a name like Europe/Berlin or UTC."
        wrong.append(WrongSetting(name, f"{value!r} is not a time zone.", hint))
        return default
    return value


def flag(name: str, default: bool) -> bool:
    """True for 1/true/yes/on, False for 0/false/no/off (any case)."""
    value = text(name).strip().lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    if value:
        wrong.append(WrongSetting(name, f"{value!r} is not a yes or a no.", "Use 1 or 0."))
    return default


def number(name: str, default: int, *, low: int, high: int) -> int:
    """A whole number between `low` and `high`, both included."""
    value = text(name).strip()
    if not value:
        return default
    if re.fullmatch(r"-?[0-9]{1,12}", value) and low <= int(value) <= high:
        return int(value)
    wrong.append(WrongSetting(name, f"{value!r} is not usable.", f"Use a whole number from {low} to {high}."))
    return default


def words(name: str, default: list[str]) -> list[str]:
    """A comma-separated list."""
    return [word.strip() for word in text(name).split(",") if word.strip()] or default


def hex_words(name: str, *, digits: int) -> list[str]:
    """A comma-separated list of values of so many hex digits, in small letters."""
    found = [word.lower() for word in words(name, [])]
    if all(re.fullmatch(rf"[0-9a-f]{{{digits}}}", word) for word in found):
        return found
    hint = f"Write {digits} hex digits each, separated by commas."
    wrong.append(WrongSetting(name, "One of them is not usable.", hint))
    return []


def database(url: str, *, name: str = "DATABASE_URL", **defaults: object) -> dict[str, object]:
    """Django's database settings for `postgres://user:password@host:port/name?option=value`.

    A socket folder is given as `?host=/folder`, as libpq writes it. `defaults` are options the address may change.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    options: dict[str, object] = {**defaults, **dict(parse_qsl(parts.query))}
    host = str(options.pop("host", "") or unquote(parts.hostname or ""))
    if parts.scheme not in {"postgres", "postgresql"} or len(parts.path) < 2:
        wrong.append(
            WrongSetting(
                name,
                "It is not the address of a PostgreSQL database.",
                "Write postgres://user:password@host:5432/database, or leave it unset for the embedded one.",
            )
        )
    try:
        port = parts.port or ""
    except ValueError:
        port = ""
        wrong.append(WrongSetting(name, "Its port is not a number.", "Write host:5432."))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path[1:]) or "postgres",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(port),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }
