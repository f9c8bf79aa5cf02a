from datetime import datetime, timedelta

from django.core import mail
from pytest_django import Settings

from apps.delivery.dispatch import run
from apps.delivery.models import DeliveryStatus
from tests.delivery.conftest import letter


def test_an_email_leaves_once_as_plain_text(db: None, now: datetime) -> None:
    row = letter(now, "alice@example.org", "A task waits", "<b>Look</b> & decide")
    run(now=now)
    run(now=now + timedelta(hours=1))
    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == (["alice@example.org"], "A task waits")
    assert sent.body.startswith("<b>Look</b> & decide")
    assert str(row.id) in sent.extra_headers["Message-ID"]
    row.refresh_from_db()
    assert row.status == DeliveryStatus.SENT


def test_a_mail_server_that_is_down_is_tried_again(db: None, now: datetime, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    row = letter(now)
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
    good = letter(now, "good@example.org")
    bad = letter(now, "bad@example.org")
    type(bad).objects.filter(pk=bad.pk).update(subject="two\nlines")
    run(now=now)
    good.refresh_from_db()
    bad.refresh_from_db()
    assert (good.status, bad.status) == (DeliveryStatus.SENT, DeliveryStatus.WAITING)
    assert "BadHeaderError" in bad.last_error
