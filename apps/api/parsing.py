"""Is the body a JSON text, as it must be? Says precisely what is wrong and where.

Numbers that are too large or not finite get through here on purpose: the check of the field they stand in
names it.
"""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.parser import Parser

from apps.api.problems import Problem
from apps.audit import strict_json


class StrictParser(Parser):
    """UTF-8 JSON only, announced as such."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The JSON value of the body. Raises Problem."""
        check_content_type(request)
        return parsed(request.body)


def check_content_type(request: HttpRequest) -> None:
    """JSON in UTF-8, whatever else the header says. Raises Problem."""
    kind = request.content_type or ""
    charset = (request.content_params or {}).get("charset", "utf-8").lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise Problem(
            "unsupported-media-type", _("The body is sent as {kind}.").format(kind=kind or _("nothing"))
        )
    if charset not in ("utf-8", "utf8", "us-ascii"):
        raise Problem("unsupported-media-type", _("The body is sent in {charset}.").format(charset=charset))


def parsed(body: bytes) -> Any:
    """The JSON value of these bytes. Raises Problem."""
    try:
        return strict_json.read(body)
    except strict_json.NotStrict as error:
        raise Problem("malformed-json", str(error)) from error
