"""A person's own notifications: the bell, the list, the preferences. Nobody sees another's."""

from datetime import datetime, time, timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from apps.delivery.kinds import KINDS
from apps.delivery.models import ChatChannel, Delivery, Notification, Preferences
from apps.delivery.notifying import notify
from tests.delivery.conftest import Receiver
from tests.factories import House

LIST = "/notifications/"
WISHES = "/notifications/preferences/"
HOSTILE = "<script>alert(1)</script>\u202e" + "x" * 400


def as_(person: object) -> Client:
    client = Client()
    client.force_login(person)  # type: ignore[arg-type]
    return client


def told(house: House, now: datetime, count: int = 1, title: str = "A task waits") -> list[Notification]:
    """Alice's notifications, oldest first."""
    for number in range(count):
        notify(
            people=[house.alice],
            kind="warning",
            title=f"{title} {number}",
            text="Cancel order #W1",
            link="/queues/",
            tier=0,
            now=now + timedelta(seconds=number),
        )
    return list(Notification.objects.order_by("id"))


def test_the_bell_counts_what_is_unread_on_every_page(house: House, now: datetime) -> None:
    client = as_(house.alice)
    assert '<span class="bell-number">' not in client.get("/").content.decode()
    told(house, now, 3)
    for page in ("/", "/queues/", LIST):
        assert '<span class="bell-number">3</span>' in client.get(page).content.decode()
    assert '<span class="bell-number">' not in as_(house.bob).get("/").content.decode()
    count = client.get("/notifications/bell/")
    assert count.content.decode().strip().startswith('<span class="bell-number">3</span>')
    assert "no-store" in count["cache-control"]


def test_the_bell_counts_no_further_than_it_can_show(house: House, now: datetime) -> None:
    told(house, now, 101)
    assert ">99+<" in as_(house.alice).get("/notifications/bell/").content.decode()


def test_every_page_listens(house: House) -> None:
    page = as_(house.charlie).get("/people/").content.decode()
    assert 'data-live-url="/live/notifications/" data-live-events="person"' in page
    assert 'hx-get="/notifications/bell/"' in page
    assert "data-live-url" not in Client().get("/accounts/login/").content.decode()


def test_the_list_shows_ones_own_newest_first_and_pages_by_key(house: House, now: datetime) -> None:
    rows = told(house, now, 120)
    client = as_(house.alice)
    page = client.get(LIST)
    seen = [row.pk for row in page.context["rows"]]
    while page.context["older_url"]:
        page = client.get(LIST + page.context["older_url"])
        seen += [row.pk for row in page.context["rows"]]
    assert seen == [row.pk for row in reversed(rows)]
    assert list(as_(house.bob).get(LIST).context["rows"]) == []
    assert client.get(LIST, {"before": "x", "show": "y"}).status_code == 200


def test_marking_one_takes_it_off_the_unread_ones_and_off_no_list(house: House, now: datetime) -> None:
    first, second = told(house, now, 2)
    client = as_(house.alice)
    assert client.post(f"/notifications/{first.pk}/read/").status_code == 302
    assert [row.pk for row in client.get(LIST).context["rows"]] == [second.pk]
    assert len(client.get(LIST + "?show=all").context["rows"]) == 2
    assert (
        client.post(f"/notifications/{second.pk}/read/", headers={"X-Requested-With": "fetch"}).status_code
        == 204
    )
    assert not Notification.objects.unread().exists()


def test_nobody_marks_anothers(house: House, now: datetime) -> None:
    (row,) = told(house, now)
    as_(house.bob).post(f"/notifications/{row.pk}/read/")
    as_(house.bob).post("/notifications/read/", {"up_to": row.pk})
    assert Notification.objects.unread().count() == 1


def test_marking_all_leaves_what_came_after_the_page(house: House, now: datetime) -> None:
    told(house, now, 3)
    client = as_(house.alice)
    newest = client.get(LIST).context["newest"]
    told(house, now, 1, title="later")
    answer = client.post("/notifications/read/", {"up_to": newest}, follow=True)
    assert "3 notifications were marked as read" in answer.content.decode()
    assert [row.title for row in Notification.objects.unread()] == ["later 0"]
    assert (
        "Nothing was marked"
        in client.post("/notifications/read/", {"up_to": "x"}, follow=True).content.decode()
    )


def test_hostile_text_is_only_text(house: House, now: datetime) -> None:
    notify(people=[house.alice], kind="warning", title=HOSTILE, text=HOSTILE, link="/", tier=0, now=now)
    assert "<script>alert" not in as_(house.alice).get(LIST).content.decode()


def test_a_get_marks_nothing_and_saves_nothing(house: House, now: datetime) -> None:
    (row,) = told(house, now)
    client = as_(house.alice)
    for page in (LIST, LIST + "?show=all", "/notifications/bell/", WISHES, row.link):
        client.get(page)
    for name in ("chat_save", "chat_switch", "chat_test", "notification_read_all"):
        assert client.get(reverse(f"inbox:{name}")).status_code == 405
    assert client.get(f"/notifications/{row.pk}/read/").status_code == 405
    assert Notification.objects.unread().count() == 1
    assert not Preferences.objects.exists()


def test_nobody_comes_in_without_signing_in(house: House) -> None:
    for page in (LIST, WISHES, "/notifications/bell/"):
        assert "login" in Client().get(page)["location"]


def test_preferences_are_stored_as_what_is_not_wanted(house: House) -> None:
    client = as_(house.alice)
    page = client.get(WISHES).content.decode()
    assert page.count("checked") == 2 * sum(not kind.presses for kind in KINDS.values())
    form = {
        "email_kinds": ["warning"],
        "chat_kinds": [],
        "zone": "Europe/Berlin",
        "quiet_starts": "22:00",
        "quiet_ends": "07:00",
    }
    assert client.post(WISHES, form).status_code == 302
    row = Preferences.objects.get()
    assert (row.zone, row.quiet_starts, row.quiet_ends) == ("Europe/Berlin", time(22), time(7))
    waits = {name for name, kind in KINDS.items() if not kind.presses}
    assert set(row.email_off) == waits - {"warning"}
    assert set(row.chat_off) == waits
    assert 'value="22:00"' in client.get(WISHES).content.decode()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"zone": "Mars/Olympus"}, "No such time zone"),
        ({"quiet_starts": "22:00"}, "Give both times"),
        ({"quiet_starts": "08:00", "quiet_ends": "08:00"}, "At most 16 hours"),
        ({"quiet_starts": "07:00", "quiet_ends": "06:00"}, "At most 16 hours"),
        ({"email_kinds": ["incident"]}, "not one of the available choices"),
        ({"quiet_starts": "25:00", "quiet_ends": "06:00"}, "Enter a valid time"),
    ],
)
def test_wrong_preferences_come_back_with_the_reason(
    house: House, change: dict[str, object], said: str
) -> None:
    answer = as_(house.alice).post(WISHES, change)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Preferences.objects.exists()


def test_ones_own_chat(house: House, receiver: Receiver) -> None:
    client = as_(house.alice)
    save = reverse("inbox:chat_save")
    assert client.post(save, {"url": "https://10.0.0.1/"}).status_code == 422
    page = client.post(save, {"url": receiver.url("/secret-path")}, follow=True).content.decode()
    assert "Your chat was saved" in page
    assert "secret-path" not in page
    assert "on its way" in client.post(reverse("inbox:chat_test"), follow=True).content.decode()
    assert Delivery.objects.get().channel == ChatChannel.objects.get(owner=house.alice)
    client.post(reverse("inbox:chat_switch"), {"to": "off"})
    assert "Switched off by its owner" in client.get(WISHES).content.decode()
    client.post(reverse("inbox:chat_switch"), {"to": "on"})
    assert ChatChannel.objects.get().is_active
    assert as_(house.bob).post(reverse("inbox:chat_test")).status_code == 404


def test_marking_what_is_not_there_is_calm(house: House) -> None:
    assert as_(house.alice).post(f"/notifications/{uuid4()}/read/").status_code == 302
