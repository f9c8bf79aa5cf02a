"""Which signs of a text does a reader not see, and what do they spell?

Characters without a width or a shape, controls, and those that turn the direction of what follows. Some are part of
honest writing: joiners inside emoji and in scripts that need them, direction marks beside right-to-left letters, a byte
order mark at the start. Everything else is shown as what it is. Knows no meaning of words: that is `instructions`.
"""

import re
import unicodedata
from dataclasses import dataclass

_UNSEEN = re.compile(
    "["
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    "]+"
)
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_JOINERS = frozenset("\u200c\u200d")
_MARKS = frozenset("\u200e\u200f\u061c")
_EMOJI_STYLES = frozenset("\ufe0e\ufe0f")
_FLAG = "\U0001f3f4"
_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text, or (with `sign`) one of signs nobody sees, and what they are called."""

    text: str
    sign: str = ""


def pieces(text: str) -> list[Piece]:
    """The text cut where it holds signs nobody sees; those that belong there stay in the text."""
    if text.isascii() and text.isprintable():
        return [Piece(text)]
    found: list[Piece] = []
    last = 0
    for match in _UNSEEN.finditer(text):
        if _belongs(text, match.start(), match.end()):
            continue
        if match.start() > last:
            found.append(Piece(text[last : match.start()]))
        found.append(Piece(match.group(), _named(match.group())))
        last = match.end()
    if last < len(text) or not found:
        found.append(Piece(text[last:]))
    return found


def seen(text: str) -> str:
    """The text without what nobody sees."""
    return "".join(piece.text for piece in pieces(text) if not piece.sign)


def readable(text: str) -> str:
    """What of it says something to a reader: without any sign nobody sees, whatever it is for, and space around it."""
    return _UNSEEN.sub("", text).strip()


def turns(text: str) -> bool:
    """Whether signs in it turn the direction of the text around them."""
    return _TURNING.search(text) is not None


def smuggled(text: str) -> str:
    """What its invisible tag characters or variation selectors spell; empty when they spell nothing."""
    spelled = []
    for sign in text:
        code = ord(sign)
        if 0xE0020 <= code <= 0xE007E:
            spelled.append(chr(code - 0xE0000))
        elif 0xE0100 <= code <= 0xE01EF:
            spelled.append(chr(code - 0xE0100 + 16))
    said = "".join(spelled)
    return said if said.isprintable() else ""


def _belongs(text: str, start: int, end: int) -> bool:
    """Whether these signs are honest writing where they stand."""
    signs = text[start:end]
    before, after = text[start - 1 : start], text[end : end + 1]
    if signs == "\ufeff":
        return start == 0
    if set(signs) <= _EMOJI_STYLES:
        return len(signs) == 1 and (_is_picture(before) or before in "0123456789#*©®") and before != ""
    if set(signs) <= _JOINERS | _EMOJI_STYLES and "\u200d" in signs and len(signs) <= 2:
        if _is_picture(before) and _is_picture(after):
            return True
        return len(signs) == 1 and _needs_joiners(before, after)
    if signs == "\u200c":
        return _needs_joiners(before, after)
    if set(signs) <= _MARKS:
        return any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in text)
    return before == _FLAG and signs[-1] == "\U000e007f" and len(signs) <= 7


def _is_picture(sign: str) -> bool:
    return sign != "" and unicodedata.category(sign) in ("So", "Sk", "Mn", "Sm", "Po")


def _needs_joiners(before: str, after: str) -> bool:
    return all("\u0600" <= letter <= "\u0fff" for letter in (before, after) if letter) and before != ""


def _named(signs: str) -> str:
    said = smuggled(signs)
    if said:
        return f"hidden: {said}"
    different = list(dict.fromkeys(signs))
    names = ", ".join(_name(sign) for sign in different[:_MOST_NAMED])
    if len(different) > _MOST_NAMED:
        names += " …"
    return names if len(signs) == len(different) else f"{len(signs)} \N{MULTIPLICATION SIGN} {names}"


def _name(sign: str) -> str:
    return f"U+{ord(sign):04X} {unicodedata.name(sign, 'CONTROL').lower()}"
