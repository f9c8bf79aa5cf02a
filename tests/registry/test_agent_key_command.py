"""Keys from the command line: only the token goes to standard output."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from apps.registry import queries


def run(*words):
    out, err = StringIO(), StringIO()
    call_command("agent_key", *words, stdout=out, stderr=err)
    return out.getvalue().strip()


def test_a_key_is_issued_rotated_listed_and_revoked(house):
    token = run("issue", "order-bot", "--scopes", "read", "report", "--days", "30")
    assert queries.authenticate(token, timezone.now()).scopes == ["read", "report"]
    prefix = token.split("_")[1]
    successor = run("rotate", prefix, "--overlap-hours", "2")
    assert queries.authenticate(token, timezone.now())
    assert queries.authenticate(successor, timezone.now())
    assert run("revoke", token[:15], "--reason", "leaked") == ""
    assert queries.authenticate(token, timezone.now()) is None
    listed = run("list", "order-bot").splitlines()
    assert [line.split()[2] for line in listed] == ["revoked", "live"]
    assert token not in "".join(listed)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("issue", "nobody"), "no agent nobody"),
        (("issue", "order-bot", "--days", "0"), "two years"),
        (("issue", "order-bot", "--days", "999999999999"), "two years"),
        (("rotate", "abc"), "no key abc"),
        (("revoke", "abc"), "no key abc"),
    ],
)
def test_what_cannot_be_is_said(house, words, says):
    with pytest.raises(CommandError, match=says):
        run(*words)
