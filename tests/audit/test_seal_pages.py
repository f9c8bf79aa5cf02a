"""The page of seals: who reads it, and what it says."""

from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from apps.audit import queries, sealing
from apps.audit.models import Seal
from apps.audit.seal_keys import public_keys
from tests.audit.conftest import Write
from tests.factories import House

URL = reverse("audit:seal_list")


@pytest.mark.parametrize(("who", "status"), [("adam", 200), ("gina", 200), ("alice", 403), ("charlie", 403)])
def test_who_reads_the_seals(house: House, client: Client, who: str, status: int) -> None:
    client.force_login(getattr(house, who))
    assert client.get(URL).status_code == status


def test_without_a_seal_it_says_when_there_will_be_one(house: House, client: Client) -> None:
    client.force_login(house.adam)
    text = client.get(URL).text
    assert "No seal yet" in text
    assert public_keys()[0].hex() in text
    assert "How to verify" not in text
    assert URL in client.get(reverse("audit:event_list")).text


@pytest.mark.usefixtures("at_once_sealed")
def test_it_shows_the_newest_head_what_is_not_sealed_and_older_seals(
    house: House,
    client: Client,
    write: Write,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
) -> None:
    monkeypatch.setattr(sealing, "BLOCK", 1)
    monkeypatch.setattr(queries.seals, "__kwdefaults__", {"before": None, "size": 2})
    write(3)
    sealing.seal_due(now=now)
    write(2)
    settings.REVIEWHUB_SEAL_FILE = "/mnt/worm/heads"
    client.force_login(house.adam)
    page = client.get(URL)
    newest = Seal.objects.latest("number")
    assert f"audit_verify --head {newest.head_hex}" in page.text
    assert "up to seal 0, in /mnt/worm/heads" in page.text
    assert page.context["page"].unsealed == 2
    assert [seal.number for seal in page.context["page"].seals] == [newest.number, newest.number - 1]
    older = client.get(URL + page.context["older_url"])
    assert [seal.number for seal in older.context["page"].seals] == [newest.number - 2, newest.number - 3]
    last = client.get(URL + "?before=2")
    assert ([seal.number for seal in last.context["page"].seals], last.context["older_url"]) == ([1], "")


@pytest.mark.parametrize("before", ["x", "-1", "9" * 30, "٣", "\x00"])
def test_a_strange_page_is_the_first_one_or_a_calm_one(house: House, client: Client, before: str) -> None:
    client.force_login(house.adam)
    assert client.get(URL, {"before": before}).status_code == 200
