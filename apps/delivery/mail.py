"""Hands e-mails to the mail server over one connection. One bad letter does not stop the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string


@dataclass(frozen=True)
class Letter:
    """One e-mail; `ident` makes its Message-ID, the same on every attempt."""

    ident: str
    to: str
    subject: str
    body: str


def send(letters: Sequence[Letter]) -> list[str | None]:
    """What went wrong with each letter, in order; None where the mail server took it."""
    server = get_connection()
    try:
        server.open()
    except Exception as error:  # any backend, any failure: all letters wait
        return [f"{type(error).__name__}: {error}"] * len(letters)
    try:
        return [_send_one(letter, server) for letter in letters]
    finally:
        server.close()


def _send_one(letter: Letter, server: BaseEmailBackend) -> str | None:
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    text = render_to_string("delivery/email.txt", {"body": letter.body, "base_url": settings.BASE_URL})
    message = EmailMessage(
        letter.subject,
        text,
        to=[letter.to],
        headers={"Message-ID": f"<{letter.ident}@{host}>"},
        connection=server,
    )
    try:
        message.send()
    except Exception as error:  # a letter the server refuses, or a server that left
        return f"{type(error).__name__}: {error}"
    return None
