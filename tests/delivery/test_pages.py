from collections.abc import Callable
from datetime import datetime
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from apps.delivery.fanning import fan_out
from apps.delivery.models import Delivery, WebhookEndpoint
from tests.delivery.conftest import Receiver, Register, happened, letter
from tests.factories import House

HOSTILE = "<script>alert(1)</script>\u202e" + "x" * 400


def as_(person: object) -> Client:
    client = Client()
    client.force_login(person)  # type: ignore[arg-type]
    return client


@pytest.fixture
def sent(house: House, receiver: Receiver, register: Register, now: datetime) -> Delivery:
    """One message that was given up."""
    register(house, receiver.url(), name="orders hook")
    happened(now)
    fan_out(now=now)
    Delivery.objects.update(status="dead", attempts=10, last_error=HOSTILE[:300])
    return Delivery.objects.get()


def pages(delivery: Delivery) -> list[str]:
    return [
        reverse("delivery:delivery_list"),
        reverse("delivery:delivery_list") + "?status=dead&endpoint=1",
        reverse("delivery:delivery_detail", args=[delivery.pk]),
        reverse("delivery:endpoint_list"),
        reverse("delivery:endpoint_edit", args=[delivery.endpoint_id]),
    ]


@pytest.mark.parametrize(
    ("who", "status"), [("adam", 200), ("gina", 200), ("alice", 403), ("olga", 403), ("charlie", 403)]
)
def test_who_reads_deliveries(house: House, sent: Delivery, who: str, status: int) -> None:
    client = as_(getattr(house, who))
    assert {client.get(page).status_code for page in pages(sent)} == {status}


def test_nobody_reads_without_signing_in(house: House, sent: Delivery) -> None:
    for page in pages(sent):
        response = Client().get(page)
        assert response.status_code == 302
        assert "login" in response["location"]


def test_governance_sees_no_button_and_cannot_press_it(house: House, sent: Delivery) -> None:
    client = as_(house.gina)
    page = client.get(reverse("delivery:delivery_detail", args=[sent.pk])).content.decode()
    assert "Send again" not in page
    assert client.post(reverse("delivery:delivery_replay", args=[sent.pk])).status_code == 403
    assert (
        "Save" not in client.get(reverse("delivery:endpoint_edit", args=[sent.endpoint_id])).content.decode()
    )
    assert client.get(reverse("delivery:endpoint_add")).status_code == 403


def test_text_from_outside_is_only_text(house: House, sent: Delivery) -> None:
    client = as_(house.adam)
    for page in pages(sent):
        assert "<script>alert" not in client.get(page).content.decode()


def test_the_list_filters_by_status_and_pages_by_key(house: House, sent: Delivery, now: datetime) -> None:
    for number in range(120):
        letter(now, subject=f"letter {number}")
    client = as_(house.adam)
    first = client.get(reverse("delivery:delivery_list"), {"status": "waiting"})
    assert "120 waiting, 1 given up" in first.content.decode()
    seen = [row.pk for row in first.context["rows"]]
    page = first
    while page.context["older_url"]:
        page = client.get(reverse("delivery:delivery_list") + page.context["older_url"])
        seen += [row.pk for row in page.context["rows"]]
    assert len(seen) == len(set(seen)) == 120
    assert seen == sorted(seen, reverse=True)
    dead = client.get(reverse("delivery:delivery_list"), {"status": "dead"})
    assert [row.pk for row in dead.context["rows"]] == [sent.pk]
    strange = client.get(reverse("delivery:delivery_list"), {"status": "x", "before": "x", "endpoint": "x"})
    assert strange.status_code == 200


def test_the_list_costs_the_same_however_much_is_in_it(
    house: House, sent: Delivery, now: datetime, django_assert_max_num_queries: Callable[..., object]
) -> None:
    for number in range(60):
        letter(now, subject=f"letter {number}")
    client = as_(house.adam)
    with django_assert_max_num_queries(8):  # type: ignore[attr-defined]
        client.get(reverse("delivery:delivery_list"))


def test_sending_again_from_the_page(house: House, sent: Delivery) -> None:
    client = as_(house.adam)
    response = client.post(reverse("delivery:delivery_replay", args=[sent.pk]), follow=True)
    assert "will be sent again" in response.content.decode()
    sent.refresh_from_db()
    assert (sent.status, sent.attempts) == ("waiting", 0)


def test_sending_all_again_from_the_webhooks_page(house: House, sent: Delivery) -> None:
    client = as_(house.adam)
    response = client.post(reverse("delivery:endpoint_replay", args=[sent.endpoint_id]), follow=True)
    assert "1 message will be sent again" in response.content.decode()


def test_registering_shows_the_secret_once(house: House, receiver: Receiver) -> None:
    client = as_(house.adam)
    form = {"name": "hook", "url": receiver.url(), "types": ["reviewhub.proposal.decided.v1"]}
    page = client.post(reverse("delivery:endpoint_add"), form)
    row = WebhookEndpoint.objects.get()
    assert row.secret in page.content.decode()
    assert "no-store" in page["cache-control"]
    for url in (reverse("delivery:endpoint_list"), reverse("delivery:endpoint_edit", args=[row.pk])):
        assert "whsec_" not in client.get(url).content.decode()
    rotated = client.post(reverse("delivery:endpoint_rotate", args=[row.pk]))
    row.refresh_from_db()
    assert row.secret in rotated.content.decode()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://169.254.169.254/", "not a public address"),
        ("http://8.8.8.8/", "Use https"),
        ("https://user:pw@8.8.8.8/", "Leave user name"),
        ("nonsense", "Enter a valid URL"),
    ],
)
def test_a_wrong_address_comes_back_with_the_reason_and_what_was_typed(
    house: House, receiver: Receiver, url: str, said: str
) -> None:
    response = as_(house.adam).post(reverse("delivery:endpoint_add"), {"name": "my hook", "url": url})
    text = response.content.decode()
    assert response.status_code == 422
    assert said in text
    assert "my hook" in text
    assert not WebhookEndpoint.objects.exists()


def test_changing_and_switching_from_the_page(house: House, receiver: Receiver, register: Register) -> None:
    row = register(house, receiver.url())
    client = as_(house.adam)
    edit = reverse("delivery:endpoint_edit", args=[row.pk])
    assert client.post(edit, {"name": "renamed", "url": receiver.url(), "agent_id": "3"}).status_code == 302
    row.refresh_from_db()
    assert (row.name, row.agent_id) == ("renamed", 3)
    refused = client.post(edit, {"name": "renamed", "url": "https://10.0.0.1/"})
    assert refused.status_code == 422
    switch = reverse("delivery:endpoint_switch", args=[row.pk])
    client.post(switch, {"to": "off"})
    row.refresh_from_db()
    assert not row.is_active
    assert "switched off" in client.get(edit).content.decode()
    client.post(switch, {"to": "on"})
    row.refresh_from_db()
    assert row.is_active
    client.post(reverse("delivery:endpoint_delete", args=[row.pk]))
    assert not WebhookEndpoint.objects.exists()


def test_a_used_webhook_is_not_deleted_and_the_page_says_why(house: House, sent: Delivery) -> None:
    client = as_(house.adam)
    response = client.post(reverse("delivery:endpoint_delete", args=[sent.endpoint_id]), follow=True)
    assert "Switch it off instead" in response.content.decode()


def test_a_get_changes_nothing(house: House, sent: Delivery) -> None:
    client = as_(house.adam)
    for name in ("endpoint_rotate", "endpoint_switch", "endpoint_delete", "endpoint_replay"):
        assert client.get(reverse(f"delivery:{name}", args=[sent.endpoint_id])).status_code == 405
    assert client.get(reverse("delivery:delivery_replay", args=[sent.pk])).status_code == 405


def test_what_is_not_there_is_a_calm_404(house: House) -> None:
    client = as_(house.adam)
    assert client.get(reverse("delivery:delivery_detail", args=[uuid4()])).status_code == 404
    assert client.post(reverse("delivery:delivery_replay", args=[uuid4()])).status_code == 404
    assert client.get(reverse("delivery:endpoint_edit", args=[99])).status_code == 404
