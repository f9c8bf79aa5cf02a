import json
import re
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.delivery import chat

LINK = "https://reviewhub.example.org/tasks/1/"


def said(title: str = "A task waits", text: str = "", link: str = LINK) -> str:
    return chat.message(title=title, text=text, link=link, link_text="Open in ReviewHub")


def test_title_text_and_link() -> None:
    assert said(text="Refund & more") == (f"*A task waits*\nRefund &amp; more\n<{LINK}|Open in ReviewHub>")


@pytest.mark.parametrize(
    "hostile",
    [
        "<!channel>",
        "<!here|x>",
        "<@U123>",
        "<https://evil.example|Open in ReviewHub>",
        "@channel @here @all @everyone",
        "![x](https://evil.example/pixel.png)",
        "[Open in ReviewHub](https://evil.example)",
        "[x]: https://evil.example",
        "www.evil.example",
        "&lt;!channel&gt;",
    ],
)
@pytest.mark.parametrize("place", ["title", "text"])
def test_an_agent_calls_nobody_and_leads_nowhere(hostile: str, place: str) -> None:
    message = said(**{place: hostile})
    assert re.findall(r"<[^>]*>", message) == [f"<{LINK}|Open in ReviewHub>"]
    rest = message.replace(f"<{LINK}|Open in ReviewHub>", "")
    assert not re.search(r"@\w|://|\]\(|\]\[|\]:|www\.\w|&(?!amp;|lt;|gt;)", rest)


@given(st.text(), st.text())
def test_the_only_live_thing_in_any_message_is_its_link(title: str, text: str) -> None:
    message = said(title=title, text=text)
    assert re.findall(r"[<>]", message) == ["<", ">"]
    assert message.endswith(f"<{LINK}|Open in ReviewHub>")
    assert json.loads(chat.body_of(message)) == {"text": message}


def test_a_long_text_is_cut_and_line_breaks_stay() -> None:
    assert said(text="a\nb\x00\u202ec", link="") == "*A task waits*\na\nbc"
    assert len(said(text="x" * 100_000)) < 3_500


def test_the_id_is_the_messages_own() -> None:
    ident = uuid4()
    assert chat.headers_of(ident)["webhook-id"] == str(ident)
