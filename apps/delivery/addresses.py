"""To which addresses may ReviewHub send? Only to public ones, unless the operator named the host or network.

An admin types these addresses, and whoever can make ReviewHub call an address of their choosing can reach
what only this machine can reach. So a private, link-local or reserved address is refused when it is typed,
when its name is looked up before sending, and once more on the connected socket: a name may answer
differently the second time.
"""

import socket
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

Address = IPv4Address | IPv6Address

# What a machine in a cloud can ask about itself at addresses that look public: Oracle's old metadata service, in a
# range for protocols which older Pythons take as public, and Azure's.
_OF_THE_CLOUD = (ip_network("192.0.0.0/24"), ip_network("168.63.129.16/32"))


class RefusedAddress(ValueError):
    """The address must not be called; the message says why, in a sentence."""


@dataclass(frozen=True)
class Allowed:
    """What the operator allowed although it is private."""

    hosts: frozenset[str] = frozenset()
    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    def host(self, name: str) -> bool:
        """Whether this host was named, whatever it resolves to."""
        return name.lower() in self.hosts

    def network(self, ip: Address) -> bool:
        """Whether this address lies in an allowed network."""
        return any(ip.version == network.version and ip in network for network in self.networks)


def allowed() -> Allowed:
    """What settings.REVIEWHUB_WEBHOOK_ALLOW names: hosts, addresses, networks."""
    hosts, networks = [], []
    for entry in settings.REVIEWHUB_WEBHOOK_ALLOW:
        try:
            networks.append(ip_network(entry, strict=False))
        except ValueError:
            hosts.append(entry.lower())
    return Allowed(frozenset(hosts), tuple(networks))


def is_public(ip: Address) -> bool:
    """Whether the whole internet may know this address. An IPv4 address inside an IPv6 one counts."""
    if isinstance(ip, IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is not None:
            return is_public(inner)
        if ip.is_site_local or ip in ip_network("64:ff9b::/96"):
            return False
    if any(ip in network for network in _OF_THE_CLOUD):
        return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def check_address(ip: Address, permitted: Allowed) -> None:
    """Raises RefusedAddress for an address that is neither public nor allowed."""
    if not is_public(ip) and not permitted.network(ip):
        raise RefusedAddress(
            _("{ip} is not a public address, and the operator has not allowed it.").format(ip=ip)
        )


def split(url: str, permitted: Allowed) -> tuple[SplitResult, str]:
    """The parts of a webhook's address and its host. Raises RefusedAddress for what is never called."""
    parts = urlsplit(url)
    try:
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise RefusedAddress(_("This is not a web address.")) from error
    if parts.scheme not in {"http", "https"} or not host or port == 0:
        raise RefusedAddress(_("This is not a web address."))
    if parts.username is not None or parts.password is not None:
        raise RefusedAddress(_("Leave user name and password out of the address; messages are signed."))
    if parts.scheme == "http" and not permitted.host(host) and not _in_networks(host, permitted):
        raise RefusedAddress(_("Use https; plain http is for hosts the operator has allowed."))
    return parts, host


def look_up(host: str, port: int) -> list[Address]:
    """The addresses a name stands for now. Raises RefusedAddress when there is none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise RefusedAddress(_("No address was found for {host}.").format(host=host)) from error
    return [ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]


def check_url(url: str, permitted: Allowed) -> None:
    """Raises RefusedAddress unless every address the URL's host has now may be called."""
    parts, host = split(url, permitted)
    if not permitted.host(host):
        _check_all(look_up(host, parts.port or (443 if parts.scheme == "https" else 80)), permitted)


def _check_all(found: Iterable[Address], permitted: Allowed) -> None:
    for ip in found:
        check_address(ip, permitted)


def _in_networks(host: str, permitted: Allowed) -> bool:
    """Whether the host is written as an address of an allowed network."""
    try:
        return permitted.network(ip_address(host))
    except ValueError:
        return False
