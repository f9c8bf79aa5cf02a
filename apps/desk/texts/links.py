"""Where does a link really lead?

The host as the browser will ask for it, and why it may not be the one it looks like. What a browser could read in
another way than this module is no link at all: it is shown as text.
"""

import ipaddress
import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from django.utils.translation import gettext as _

from apps.desk.texts.lookalikes import poses

_IN_TEXT = re.compile(r"https?://[^\s<>\"'`]{3,2000}", re.IGNORECASE)
_AMBIGUOUS = re.compile(r"[\x00-\x20\x7f-\x9f\\]|[\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


# What browsers take for a dot.
_DOTS = {0x3002: ".", 0xFF61: "."}
_READABLE = re.compile(r"[\w.:-]+")


@dataclass(frozen=True, slots=True)
class Link:
    """A link to follow: `href` has the very `host` that is shown; `looks` how it is written, where that differs."""

    href: str
    host: str
    looks: str
    doubts: tuple[str, ...]


def link(uri: str) -> Link | None:
    """The link an http(s) address makes; None for anything else and for what cannot be read in one way only."""
    if _AMBIGUOUS.search(uri):
        return None
    try:
        parts = urlsplit(uri)
        written, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    host = _asked_for(written)
    if parts.scheme.lower() not in ("http", "https") or not host:
        return None
    spoken = _spoken(host)
    place = f"[{host}]" if ":" in host else host
    href = SplitResult(
        parts.scheme.lower(), f"{place}:{port}" if port else place, parts.path, parts.query, parts.fragment
    ).geturl()
    return Link(href, host, spoken if spoken != host else "", tuple(_doubts(parts, host, spoken)))


def links_in(text: str) -> list[Link]:
    """Every readable link in a text, each host once."""
    found: dict[str, Link] = {}
    for match in _IN_TEXT.finditer(text):
        one = link(match.group().rstrip(".,;:!?)]}"))
        if one is not None:
            found.setdefault(one.host, one)
    return list(found.values())


def _asked_for(host: str) -> str:
    """The host in ASCII, as it goes over the wire; empty for one that cannot."""
    plain = unicodedata.normalize("NFKC", host.translate(_DOTS)).lower()
    if not _READABLE.fullmatch(plain):
        return ""
    try:
        return ".".join(
            label if label.isascii() else f"xn--{label.encode('punycode').decode()}"
            for label in plain.split(".")
        )
    except UnicodeError:
        return ""


def _spoken(host: str) -> str:
    labels = []
    for label in host.split("."):
        spoken = label
        if label.startswith("xn--"):
            with suppress(UnicodeError):
                spoken = label[4:].encode().decode("punycode")
        labels.append(spoken)
    return ".".join(labels)


def _doubts(parts: SplitResult, host: str, spoken: str) -> list[str]:
    found = []
    if "@" in parts.netloc:
        found.append(_("what stands before the @ is not the host"))
    if any(map(poses, spoken.split("."))):
        found.append(_("its name is written with letters that look like others"))
    with suppress(ValueError):
        ipaddress.ip_address(host)
        found.append(_("it is a bare address without a name"))
    return found
