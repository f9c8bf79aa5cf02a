"""The words of the messages people get: subject and text of one notification, or of a digest of many. Pure."""

from collections.abc import Sequence
from typing import Protocol

from django.utils.translation import gettext as _

from apps.delivery.lines import one_line

# A digest names this many; the web page has all.
_MOST_NAMED = 50


class Told(Protocol):
    """What a letter needs of a notification."""

    title: str
    text: str
    link: str


def subject_of(told: Sequence[Told]) -> str:
    """The subject of a message with these notifications."""
    if len(told) == 1:
        return one_line(told[0].title)
    return _("{count} notifications").format(count=len(told))


def text_of(told: Sequence[Told], *, base_url: str) -> str:
    """The plain text of one notification; of several, their titles and links."""
    if len(told) == 1:
        (one,) = told
        return "\n\n".join(filter(None, [one.text.strip(), _address(one, base_url)]))
    named = [
        "\n".join(filter(None, [f"- {one.title}", _address(one, base_url)])) for one in told[:_MOST_NAMED]
    ]
    if len(told) > _MOST_NAMED:
        named.append(
            _("And {count} more: {address}").format(
                count=len(told) - _MOST_NAMED, address=f"{base_url}/notifications/"
            )
        )
    return "\n\n".join([_("Much happened, so this comes in one message."), *named])


def _address(one: Told, base_url: str) -> str:
    return f"{base_url}{one.link}" if one.link else ""
