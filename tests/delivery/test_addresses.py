import socket
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from pytest_django import Settings

from apps.delivery.addresses import Allowed, RefusedAddress, allowed, check_url, is_public

NOTHING = Allowed()
PRIVATE = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",  # noqa: S104  (refused, not bound to)
    "10.0.0.1",
    "172.16.3.4",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.0.192",
    "168.63.129.16",
    "::ffff:168.63.129.16",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fc00::1",
    "fec0::1",
    "ff02::1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::a00:1",
    "2002:a00:1::1",
    "2001:db8::1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_what_the_internet_cannot_know_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(RefusedAddress):
        check_url(f"https://{host}/hook", NOTHING)


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_are(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f000001", "127.1", "0177.0.0.1", "localhost", "127.0.0.1."]
)
def test_other_ways_to_write_this_machine_are_refused_too(host: str) -> None:
    with pytest.raises(RefusedAddress):
        check_url(f"https://{host}/hook", NOTHING)


@pytest.mark.parametrize(
    "url",
    [
        "http://8.8.8.8/hook",
        "ftp://8.8.8.8/hook",
        "https:///hook",
        "https://8.8.8.8:0/",
        "https://8.8.8.8:99999/",
        "https://user:secret@8.8.8.8/",
        "javascript:alert(1)",
        "",
    ],
)
def test_forms_that_are_never_called(url: str) -> None:
    with pytest.raises(RefusedAddress):
        check_url(url, NOTHING)


def test_https_to_a_public_address_is_fine() -> None:
    check_url("https://8.8.8.8/hook", NOTHING)


def test_a_name_is_refused_when_any_of_its_addresses_is_private(monkeypatch: pytest.MonkeyPatch) -> None:
    def two_answers(host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in ("8.8.8.8", "10.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", two_answers)
    with pytest.raises(RefusedAddress, match=r"10\.0\.0\.1"):
        check_url("https://hooks.example/", NOTHING)


def test_the_operator_allows_hosts_addresses_and_networks(settings: Settings) -> None:
    settings.REVIEWHUB_WEBHOOK_ALLOW = ["Hooks.Internal", "10.1.2.3", "192.168.0.0/16"]
    permitted = allowed()
    assert permitted == Allowed(
        frozenset({"hooks.internal"}), (ip_network("10.1.2.3/32"), ip_network("192.168.0.0/16"))
    )
    check_url("http://10.1.2.3:8080/hook", permitted)
    check_url("http://192.168.7.7/hook", permitted)
    check_url("http://hooks.internal/hook", permitted)
    with pytest.raises(RefusedAddress):
        check_url("http://10.1.2.4/hook", permitted)


def test_a_name_without_an_address_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: Any, **__: Any) -> list[Any]:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", none)
    with pytest.raises(RefusedAddress, match=r"hooks\.example"):
        check_url("https://hooks.example/", NOTHING)
