from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from pytest_django import Settings

from apps.delivery import actions
from apps.delivery.dispatch import run
from apps.delivery.models import DeliveryStatus


def test_an_email_leaves_once_as_plain_text(db: None, now: datetime) -> None:
    row = actions.send_email(
        to="alice@example.org", subject="A task waits", body="<b>Look</b> & decide", now=now
    )
    run(now=now)
    run(now=now + timedelta(hours=1))
    (letter,) = mail.outbox
    assert (letter.to, letter.subject) == (["alice@example.org"], "A task waits")
    assert letter.body.startswith("<b>Look</b> & decide")
    assert str(row.id) in letter.extra_headers["Message-ID"]
    row.refresh_from_db()
    assert row.status == DeliveryStatus.SENT


def test_no_text_can_add_a_header(db: None, now: datetime) -> None:
    actions.send_email(
        to="a@example.org", subject="Hi\r\nBcc: all@example.org\x00" + "x" * 300, body="\x00", now=now
    )
    run(now=now)
    (letter,) = mail.outbox
    headers = letter.message()
    assert headers["Bcc"] is None
    assert letter.recipients() == ["a@example.org"]
    assert letter.subject.startswith("Hi Bcc: all@example.org")


@pytest.mark.parametrize(
    "to", ["", "nobody", "a@example.org,b@example.org", "a@example.org\nBcc: b@example.org"]
)
def test_only_one_address_at_a_time(db: None, now: datetime, to: str) -> None:
    with pytest.raises(ValidationError):
        actions.send_email(to=to, subject="s", body="b", now=now)


def test_a_mail_server_that_is_down_is_tried_again(db: None, now: datetime, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    row = actions.send_email(to="a@example.org", subject="s", body="b", now=now)
    run(now=now)
    row.refresh_from_db()
    assert (row.status, row.attempts) == (DeliveryStatus.WAITING, 1)
    assert "Connection refused" in row.last_error
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    run(now=row.next_at)
    row.refresh_from_db()
    assert row.status == DeliveryStatus.SENT
    assert row.last_error == ""


def test_one_bad_letter_does_not_stop_the_others(db: None, now: datetime) -> None:
    good = actions.send_email(to="good@example.org", subject="s", body="b", now=now)
    bad = actions.send_email(to="bad@example.org", subject="s", body="b", now=now)
    type(bad).objects.filter(pk=bad.pk).update(subject="two\nlines")
    run(now=now)
    good.refresh_from_db()
    bad.refresh_from_db()
    assert (good.status, bad.status) == (DeliveryStatus.SENT, DeliveryStatus.WAITING)
    assert "BadHeaderError" in bad.last_error
