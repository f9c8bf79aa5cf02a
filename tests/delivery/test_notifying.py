"""Telling people: rows in the caller's transaction, made into messages afterwards, each exactly once."""

from datetime import datetime, time, timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import User
from apps.delivery import channel_actions, inbox_actions
from apps.delivery.digesting import MOST, WINDOW
from apps.delivery.dispatch import run
from apps.delivery.inbox_actions import Wishes
from apps.delivery.kinds import FIRST_PRESSING_TIER, KINDS
from apps.delivery.models import Delivery, DeliveryStatus, Notification, Preferences
from apps.delivery.notifying import notify
from apps.delivery.packing import pack
from tests.delivery.conftest import Receiver
from tests.factories import House

LOW, HIGH = FIRST_PRESSING_TIER - 1, FIRST_PRESSING_TIER


def tell(
    now: datetime, *people: User, kind: str = "warning", tier: int = LOW, title: str = "A task waits"
) -> int:
    return notify(
        people=people, kind=kind, title=title, text="Cancel order #W1", link="/tasks/1/", tier=tier, now=now
    )


def subjects() -> list[str]:
    return [letter.subject for letter in mail.outbox]


def test_each_person_has_one_row_and_one_letter(house: House, now: datetime) -> None:
    assert tell(now, house.alice, house.bob, house.alice) == 2
    assert set(Notification.objects.values_list("person__short", flat=True)) == {"alice", "bob"}
    run(now=now)
    run(now=now + timedelta(hours=1))
    assert sorted(letter.to[0] for letter in mail.outbox) == [house.alice.email, house.bob.email]
    letter = mail.outbox[0]
    assert letter.subject == "A task waits"
    assert "Cancel order #W1\n\nhttp://localhost:8000/tasks/1/" in letter.body
    assert letter.message().get_content_type() == "text/plain"


def test_the_caller_waits_for_nobody_and_reads_no_preference(house: House, now: datetime) -> None:
    people = list(User.objects.all())
    with CaptureQueriesContext(
        connection,
    ) as few:
        tell(now, people[0])
    with CaptureQueriesContext(connection) as many:
        tell(now, *people)
    assert len(few) == len(many) == 2
    assert all("preferences" not in query["sql"] for query in many)


def test_what_replaces_an_unread_one_leaves_one_to_read(house: House, now: datetime) -> None:
    def warn(link: str, *, replaces: bool) -> None:
        notify(
            people=[house.alice, house.bob],
            kind="warning",
            title="A task waits",
            text="",
            link=link,
            tier=LOW,
            now=now,
            replaces=replaces,
        )

    warn("/tasks/1/", replaces=False)
    warn("/tasks/2/", replaces=False)
    warn("/tasks/1/", replaces=True)
    for person in (house.alice, house.bob):
        unread = Notification.objects.unread().filter(person=person).order_by("pk")
        assert [row.link for row in unread] == ["/tasks/2/", "/tasks/1/"]
    assert Notification.objects.count() == 6


def test_it_is_rolled_back_with_its_verb(live_house: House, now: datetime) -> None:
    with transaction.atomic():
        tell(now, live_house.alice)
        transaction.set_rollback(True)
    assert not Notification.objects.exists()


def test_who_may_not_sign_in_is_not_told(house: House, now: datetime) -> None:
    house.bob.is_active = False
    assert tell(now, house.alice, house.bob) == 1


@pytest.mark.parametrize(
    "link", ["https://evil.example/", "//evil.example", "/\\evil.example", "tasks/1/", "/a b", "/a\n"]
)
def test_a_link_leads_into_the_house(house: House, now: datetime, link: str) -> None:
    with pytest.raises(ValueError, match="page of this installation"):
        notify(people=[house.alice], kind="warning", title="", text="", link=link, tier=0, now=now)
    notify(
        people=[house.alice],
        kind="warning",
        title="",
        text="",
        link="http://localhost:8000/x/",
        tier=0,
        now=now,
    )
    assert Notification.objects.get().link == "/x/"


def test_an_unknown_kind_is_a_mistake(house: House, now: datetime) -> None:
    with pytest.raises(ValueError, match="kinds"):
        tell(now, house.alice, kind="gossip")


def test_hostile_text_is_stored_as_text(house: House, now: datetime) -> None:
    notify(
        people=[house.alice],
        kind="warning",
        title="Hi\r\nBcc: all@example.org\x00" + "x" * 300,
        text="a\x00b" + "y" * 10_000,
        link="",
        tier=0,
        now=now,
    )
    run(now=now)
    (letter,) = mail.outbox
    assert letter.subject.startswith("Hi Bcc: all@example.org")
    assert letter.message()["Bcc"] is None


class TestQuietHours:
    """From 09:00 to 12:00 in UTC; it is 10:00."""

    @pytest.fixture(autouse=True)
    def _quiet(self, house: House, now: datetime) -> None:
        wishes = Wishes(zone="UTC", quiet_starts=time(9), quiet_ends=time(12))
        inbox_actions.save_preferences(wishes=wishes, by=house.alice, now=now)

    def test_what_may_wait_leaves_when_they_end(self, house: House, now: datetime) -> None:
        tell(now, house.alice)
        run(now=now)
        run(now=now + timedelta(hours=1, minutes=59))
        assert subjects() == []
        assert Notification.objects.filter(person=house.alice).unread().count() == 1
        run(now=now + timedelta(hours=2))
        run(now=now + timedelta(hours=3))
        assert subjects() == ["A task waits"]

    @pytest.mark.parametrize(
        ("kind", "tier"), [("warning", HIGH), ("warning", 11), ("accountable", 0), ("incident", 0)]
    )
    def test_what_presses_leaves_at_once(self, house: House, now: datetime, kind: str, tier: int) -> None:
        tell(now, house.alice, kind=kind, tier=tier)
        run(now=now)
        assert subjects() == ["A task waits"]

    def test_the_other_people_are_not_asked_to_wait(self, house: House, now: datetime) -> None:
        tell(now, house.alice, house.bob)
        run(now=now)
        assert [letter.to for letter in mail.outbox] == [[house.bob.email]]

    def test_switching_them_off_lets_go_what_waits(self, house: House, now: datetime) -> None:
        tell(now, house.alice)
        run(now=now)
        inbox_actions.save_preferences(wishes=Wishes(), by=house.alice, now=now)
        run(now=now)
        assert subjects() == ["A task waits"]


def test_a_flood_becomes_one_digest_and_the_list_has_everything(house: House, now: datetime) -> None:
    for number in range(60):
        tell(now, house.alice, title=f"task {number}")
    tell(now, house.alice, title="critical", tier=11)
    run(now=now)
    assert subjects() == ["critical"]
    run(now=now + WINDOW)
    run(now=now + 2 * WINDOW)
    assert subjects() == ["critical", "60 notifications"]
    digest = mail.outbox[1].body
    assert all(f"- task {number}\n" in digest for number in range(50))
    assert "And 10 more: http://localhost:8000/notifications/" in digest
    assert Notification.objects.filter(person=house.alice).count() == 61
    assert set(Notification.objects.filter(tier=LOW).values_list("parcel", flat=True).distinct()) != {None}
    assert Notification.objects.filter(tier=LOW).values("parcel").distinct().count() == 1


def test_a_few_are_no_flood(house: House, now: datetime) -> None:
    for number in range(MOST):
        tell(now, house.alice, title=f"task {number}")
    run(now=now)
    assert len(subjects()) == MOST


def test_switched_off_means_the_list_only_unless_it_presses(house: House, now: datetime) -> None:
    wishes = Wishes(email_off=list(KINDS), chat_off=list(KINDS))
    inbox_actions.save_preferences(wishes=wishes, by=house.alice, now=now)
    for kind in KINDS:
        tell(now, house.alice, kind=kind, title=kind, tier=0)
        tell(now, house.alice, kind=kind, title=f"{kind} that presses", tier=HIGH)
    while run(now=now):
        pass
    always = [kind for kind, known in KINDS.items() if known.presses]
    assert sorted(subjects()) == sorted([*always, *(f"{kind} that presses" for kind in KINDS)])
    assert Notification.objects.filter(person=house.alice).count() == 2 * len(KINDS)
    # Nothing of it comes up again, not even after the switches are back.
    inbox_actions.save_preferences(wishes=Wishes(), by=house.alice, now=now)
    while run(now=now + timedelta(days=1)):
        pass
    assert len(subjects()) == len(always) + len(KINDS)


def test_ones_own_chat_gets_it_too(house: House, receiver: Receiver, now: datetime) -> None:
    channel_actions.save_own(url=receiver.url("/own"), by=house.alice, now=now)
    tell(now, house.alice, title="<!channel> now")
    run(now=now)
    (request,) = receiver.received
    assert request.path == "/own"
    assert "&lt;!channel&gt; now" in request.body.decode()
    assert "<http://localhost:8000/tasks/1/|Open in ReviewHub>" in request.body.decode()
    by_chat, by_email = Delivery.objects.order_by("email")
    assert by_chat.parcel == by_email.parcel == Notification.objects.get().parcel
    assert request.headers["webhook-id"] == str(by_chat.pk)


def test_a_parcel_goes_out_once_by_each_way(house: House, now: datetime) -> None:
    tell(now, house.alice)
    pack(now=now)
    row = Delivery.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Delivery.objects.create(email=row.email, parcel=row.parcel, next_at=now, created_at=now)


def test_one_persons_poison_does_not_stop_the_others(house: House, now: datetime) -> None:
    tell(now, house.alice, house.bob)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF NEW.email = '{house.alice.email}' THEN RAISE EXCEPTION 'poison'; END IF; RETURN NEW; END $$;
            CREATE TRIGGER poison BEFORE INSERT ON delivery_delivery FOR EACH ROW EXECUTE FUNCTION poison();"""
        )
    run(now=now)
    assert [letter.to for letter in mail.outbox] == [[house.bob.email]]
    assert Notification.objects.get(parcel__isnull=True).person == house.alice


def test_who_was_shut_out_meanwhile_gets_no_letter(house: House, now: datetime) -> None:
    tell(now, house.alice)
    User.objects.filter(pk=house.alice.pk).update(is_active=False)
    run(now=now)
    assert subjects() == []
    assert Notification.objects.get().parcel is not None


def test_a_letter_the_server_refuses_is_tried_again_under_the_same_id(
    house: House, now: datetime, settings
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    tell(now, house.alice)
    run(now=now)
    row = Delivery.objects.get()
    assert (row.status, row.attempts) == (DeliveryStatus.WAITING, 1)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    run(now=row.next_at)
    assert str(row.pk) in mail.outbox[0].extra_headers["Message-ID"]


def test_preferences_are_made_for_who_never_had_any(house: House, now: datetime) -> None:
    tell(now, house.alice)
    assert pack(now=now) == 1
    assert pack(now=now) == 0
    assert Preferences.objects.get().recent == [now]
