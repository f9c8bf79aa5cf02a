"""A link shows the host the browser asks for; what can be read in two ways is no link."""
# ruff: noqa: RUF001  (the ambiguous letters are what this is about)

import pytest

from apps.desk.texts.links import link, links_in


@pytest.mark.parametrize(
    ("uri", "host", "doubts"),
    [
        ("https://shop.example.org/a?b=c#d", "shop.example.org", 0),
        ("HTTP://Shop.Example.ORG/", "shop.example.org", 0),
        ("https://münchen.de/", "xn--mnchen-3ya.de", 0),
        ("https://аррӏе.com/", "xn--80ak6aa92e.com", 1),
        ("https://xn--80ak6aa92e.com/", "xn--80ak6aa92e.com", 1),
        ("https://pаypal.com/", "xn--pypal-4ve.com", 1),
        ("https://bank.example@evil.example/", "evil.example", 1),
        ("http://192.168.0.1/", "192.168.0.1", 1),
        ("http://[::1]/", "::1", 1),
    ],
)
def test_the_real_host_is_shown_and_opened(uri: str, host: str, doubts: int) -> None:
    found = link(uri)
    assert found is not None
    assert found.host == host
    assert len(found.doubts) == doubts
    assert host in found.href.split("/")[2]
    assert "@" not in found.href


@pytest.mark.parametrize(
    "uri",
    [
        "", "javascript:alert(1)", "data:text/html,x", "//evil.example", "https://", "https://good.example\\@evil.example",
        "https://evil.example\u202e/", "java\nscript:x", "https://a b.example/", "http://a.example:99999/", "https://[x",
        "https://exa%6dple.org/", "ftp://a.example/",
    ],
)  # fmt: skip
def test_what_a_browser_might_read_in_another_way_is_no_link(uri: str) -> None:
    assert link(uri) is None


def test_links_are_found_in_text() -> None:
    found = links_in("see https://a.example/x. and (https://b.example/y), https://a.example/z")
    assert [one.host for one in found] == ["a.example", "b.example"]
