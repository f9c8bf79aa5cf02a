"""The command that makes the first person."""

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from apps.accounts.models import User


def test_it_prints_a_password_that_works_and_then_refuses(db):
    out = StringIO()
    call_command("first_admin", "Root@Example.org", stdout=out)
    password = re.search(r"Password: (\S+)", out.getvalue())[1]
    assert User.objects.get(email="root@example.org").check_password(password)
    with pytest.raises(CommandError, match="people already"):
        call_command("first_admin", "second@example.org")
    assert User.objects.count() == 1


def test_a_wrong_address_makes_nobody(db):
    with pytest.raises(CommandError, match="valid email"):
        call_command("first_admin", "nonsense")
    assert not User.objects.exists()


def test_djangos_own_changepassword_works(db, monkeypatch):
    call_command("first_admin", "root@example.org", stdout=StringIO())
    monkeypatch.setattr("getpass.getpass", lambda prompt="": "another long password")
    call_command("changepassword", "root@example.org", stdout=StringIO())
    assert User.objects.get().check_password("another long password")
