"""Wrong settings are named by a system check: never a traceback, never a silent default."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from reviewhub.settings import environment

WRONG = {
    "PORT": ("http", "E001"),
    "REVIEWHUB_LOG_LEVEL": ("LOUD", "E001"),
    "REVIEWHUB_TIME_ZONE": ("Mars/Base", "E001"),
    "DATABASE_URL": ("mysql://root@localhost/x", "E001"),
    "REVIEWHUB_SECRET_KEYS": ("short", "E002"),
    "REVIEWHUB_BASE_URL": ("reviews", "E003"),
    "CELERY_BROKER_URL": ("valkey://localhost", "E006"),
    "REVIEWHUB_DATA": ("/dev/null/data", "E009"),
    "REVIEWHUB_SEAL_FILE": ("/dev/null/heads", "E010"),
    "REVIEWHUB_SEAL_KEYS": ("abc", "E001"),
    "REVIEWHUB_ALOWED_HOSTS": ("localhost", "W001"),
    "REVIEWHUB_BIND": ("192.0.2.1", "W002"),
}


def _check(**environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=settings.BASE_DIR,
        env={"PATH": os.environ["PATH"], **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture(scope="module")
def all_wrong() -> str:
    """Every setting wrong at once: the answer names them all."""
    done = _check(**{name: value for name, (value, _id) in WRONG.items()})
    assert done.returncode == 1
    return done.stderr


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_setting_is_named_with_its_id(name: str, all_wrong: str) -> None:
    messages = [line for line in all_wrong.splitlines() if f"reviewhub.{WRONG[name][1]}" in line]
    assert any(name in message for message in messages), all_wrong


def test_no_wrong_setting_is_a_traceback(all_wrong: str) -> None:
    assert "Traceback" not in all_wrong


def test_an_address_must_fit_the_rest(tmp_path: Path) -> None:
    done = _check(REVIEWHUB_DATA=str(tmp_path), REVIEWHUB_DEBUG="1", REVIEWHUB_BASE_URL="https://hub.example")
    assert "reviewhub.E004) REVIEWHUB_DEBUG" in done.stderr
    assert "reviewhub.E005) REVIEWHUB_ALLOWED_HOSTS does not allow hub.example" in done.stderr


def test_nothing_needs_to_be_set(tmp_path: Path) -> None:
    done = _check(REVIEWHUB_DATA=str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")


def test_every_setting_is_in_the_documents_and_no_other() -> None:
    table = (settings.BASE_DIR / "docs" / "settings.md").read_text()
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", table, re.MULTILINE))
    assert documented == environment.known


def test_every_check_is_in_the_documents() -> None:
    table = (settings.BASE_DIR / "docs" / "settings.md").read_text()
    source = (settings.BASE_DIR / "reviewhub" / "checks.py").read_text()
    ids = set(re.findall(r"reviewhub\.[EW]\d{3}", source))
    assert ids
    assert ids == set(re.findall(r"reviewhub\.[EW]\d{3}", table))
