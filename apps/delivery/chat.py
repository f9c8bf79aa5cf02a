"""What a chat message looks like on the wire: Slack's incoming webhook, `{"text": …}`. Pure.

Titles and texts may come from agents, so nothing in them may call a whole channel, pose as a link or fetch a picture:
Slack's control characters are escaped, and what Slack-compatible servers read as a mention, an address or Markdown's
link is broken by an invisible space.
"""

import json
import re

_MOST_TEXT = 3000
_GAP = "\N{ZERO WIDTH SPACE}"
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
# A mention, the middle of a Markdown link, and the middle of an address.
_LIVE = re.compile(r"@|\](?=[(\[:])|:(?=//)|(?<=www)\.", re.IGNORECASE)


def escaped(text: str) -> str:
    """`text` as a chat shows it literally; line breaks stay, other control characters do not."""
    plain = "".join(character for character in text if character.isprintable() or character == "\n")
    return _LIVE.sub(lambda found: found[0] + _GAP, plain).translate(_ESCAPES)


def message(*, title: str, text: str, link: str, link_text: str) -> str:
    """A whole message. `link` is an absolute address of this installation, or empty."""
    lines = [f"*{escaped(' '.join(title.split())).replace('*', '')}*", escaped(text.strip()[:_MOST_TEXT])]
    if link:
        lines.append(f"<{link.translate(_ESCAPES).replace('|', '%7C')}|{escaped(link_text)}>")
    return "\n".join(filter(None, lines))


def body_of(message: str) -> bytes:
    """The request's body; the same bytes on every attempt."""
    return json.dumps({"text": message}, separators=(",", ":"), ensure_ascii=False).encode()


def headers_of(ident: object) -> dict[str, str]:
    """The request's headers; the id stays the same on every attempt."""
    return {"content-type": "application/json; charset=utf-8", "webhook-id": str(ident)}
