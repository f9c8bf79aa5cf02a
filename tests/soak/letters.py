"""A post office that remembers the ids of the letters it was given, as a real one may have sent each of them."""

import os
from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class LetterBox(BaseEmailBackend):
    """Appends each Message-ID to the file SOAK_LETTERS."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        file = os.open(os.environ["SOAK_LETTERS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        for letter in email_messages:
            os.write(file, f"{letter.extra_headers['Message-ID']}\n".encode())
        os.close(file)
        return len(email_messages)
