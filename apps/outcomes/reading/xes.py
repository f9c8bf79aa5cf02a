"""Event logs as XES (IEEE 1849-2023), streamed: only finished events, since a start is no event of its own here."""

from collections.abc import Iterator, Mapping
from typing import IO
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse
from django.utils.translation import gettext as _

from apps.outcomes.reading.rows import Bad, LogError, Row, row_reader


def rows(stream: IO[bytes], mapping: Mapping[str, str]) -> Iterator[Row | Bad]:
    """Every finished event. Lines count events. Raises LogError for what is no XES."""
    read = row_reader("iso", mapping["zone"])
    number, root = 0, None
    try:
        for kind, element in iterparse(stream, events=("start", "end"), forbid_dtd=True):
            name = _local(element)
            if root is None:
                root = element
                if name != "log":
                    raise LogError(_("This is no XES: its first element is {name}.").format(name=name[:60]))
            if kind == "end" and name == "trace":
                case = _value(element, "concept:name")
                for event in element:
                    if _local(event) != "event":
                        continue
                    number += 1
                    if _value(event, "lifecycle:transition").lower() in ("", "complete"):
                        yield read(
                            number,
                            case,
                            _value(event, "concept:name"),
                            _value(event, "time:timestamp"),
                            _value(event, "org:resource"),
                            _value(event, "cost:total"),
                        )
                # Traces that were read are let go: the memory stays flat.
                root.clear()
    except (ParseError, DefusedXmlException) as error:
        raise LogError(_("This is no XES that can be read: {reason}.").format(reason=error)) from None
    if not number:
        raise LogError(_("There is no event in this file."))


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _value(element: Element, key: str) -> str:
    for child in element:
        if child.get("key") == key:
            return (child.get("value") or "").strip()
    return ""
