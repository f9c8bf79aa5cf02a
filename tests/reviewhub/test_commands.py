"""What a management command says when it finds no database."""

import os
import subprocess
import sys
from pathlib import Path

from django.db import OperationalError

from reviewhub.embedded.given import unreachable

MANAGE = Path(__file__).parents[2] / "manage.py"


def test_a_command_without_a_database_says_in_one_sentence_what_to_start_or_set() -> None:
    environment = os.environ | {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}
    ended = subprocess.run(
        [sys.executable, str(MANAGE), "config_export"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 1
    (told,) = ended.stderr.splitlines()
    assert told.startswith("The database does not answer: start ReviewHub (make run, make demo)")
    assert "set DATABASE_URL" in told


def test_other_trouble_with_a_database_is_not_called_so() -> None:
    assert unreachable(OperationalError("deadlock detected")) == ""
