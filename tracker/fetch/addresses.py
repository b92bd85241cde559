"""Which addresses may be asked. Judged on the very address a socket connects to, so that no name can promise another.

Refused are private, loopback, link-local (cloud metadata among them), carrier-grade, multicast and reserved ranges, and
IPv6 forms that carry such an IPv4 address inside (mapped, compatible, 6to4, NAT64, Teredo).
"""

import ipaddress
import socket
from collections.abc import Iterator
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from tracker.fetch.watch import Watch

#: What `ipaddress` alone would let through, or judges differently from one Python release to the next.
_REFUSED = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT; one cloud serves its metadata here
        "168.63.129.16/32",  # a cloud's host agent behind a public-looking address
        "192.0.0.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "198.18.0.0/15",
        "240.0.0.0/4",
        "64:ff9b:1::/48",  # NAT64 of a local network
        "100::/64",
        "fec0::/10",
    )
)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_ISATAP = 0x5EFE
_COMPATIBLE = ipaddress.ip_network("::/96")


class ForbiddenAddressError(Exception):
    """A name led to an address that may not be asked; becomes a `FetchError` where the request was made."""


def is_public(address: str) -> bool:
    """Return whether an IP address is one that anybody on the internet could ask."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return all(_is_public(candidate) for candidate in (ip, *_embedded(ip)))


def _is_public(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if any(ip.version == network.version and ip in network for network in _REFUSED):
        return False
    refused = (
        ip.is_private,
        ip.is_loopback,
        ip.is_link_local,
        ip.is_multicast,
        ip.is_unspecified,
    )
    return not any(refused)


def _embedded(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> Iterator[ipaddress.IPv4Address]:
    """Yield the IPv4 addresses that an IPv6 address carries inside."""
    if isinstance(ip, ipaddress.IPv4Address):
        return
    if ip.ipv4_mapped:
        yield ip.ipv4_mapped
    if ip.sixtofour:
        yield ip.sixtofour
    if ip.teredo:
        yield from ip.teredo
    if ip in _NAT64 or ip in _COMPATIBLE or (int(ip) >> 32) & 0xFFFF == _ISATAP:
        yield ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)


def resolve(host: str, port: int) -> list[tuple[Any, ...]]:
    """Return what a name resolves to, as `getaddrinfo` does; raise `socket.gaierror` where it does not."""
    try:
        return socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)
    except UnicodeError as error:
        raise socket.gaierror(socket.EAI_NONAME, f"not a host name: {error}") from None


def refuse_private(host: str, port: int) -> None:
    """Raise `ForbiddenAddressError` if a name leads to an address that may not be asked."""
    for *_, sockaddr in resolve(host, port):
        if not is_public(str(sockaddr[0])):
            raise ForbiddenAddressError(f"{host} leads to {sockaddr[0]}, which is not a public address")


def _connect(connection: HTTPConnection, *, guarded: bool) -> socket.socket:
    """Open the socket of a connection, to an address that was checked after its name was resolved."""
    host = connection._dns_host
    try:
        found = resolve(host, connection.port or 80)
    except socket.gaierror as error:
        raise NameResolutionError(host, connection, error) from error
    last: OSError | None = None
    for family, kind, protocol, _, sockaddr in found:
        if guarded and not is_public(str(sockaddr[0])):
            raise ForbiddenAddressError(f"{host} leads to {sockaddr[0]}, which is not a public address")
        sock = socket.socket(family, kind, protocol)
        Watch.note(sock)
        try:
            for option in connection.socket_options or ():
                sock.setsockopt(*option)
            timeout = connection.timeout
            sock.settimeout(timeout if isinstance(timeout, int | float) else None)
            sock.connect(sockaddr)
        except OSError as error:
            last = error
            sock.close()
            continue
        return sock
    if isinstance(last, TimeoutError):
        raise ConnectTimeoutError(connection, f"no answer from {host} in time") from last
    raise NewConnectionError(connection, f"cannot connect to {host}: {last}") from last


class _Watched(HTTPConnection):
    """What every connection of ours does: its socket is checked, if guarded, and under the thread's watch."""

    guarded = False

    def _new_conn(self) -> socket.socket:
        return _connect(self, guarded=self.guarded)

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self.sock is not None:
            Watch.note(self.sock)
        super().request(*args, **kwargs)


class _WatchedHTTP(_Watched):
    pass


class _WatchedHTTPS(_Watched, HTTPSConnection):
    pass


class _GuardedHTTP(_WatchedHTTP):
    guarded = True


class _GuardedHTTPS(_WatchedHTTPS):
    guarded = True


class _OpenHTTPPool(HTTPConnectionPool):
    ConnectionCls = _WatchedHTTP


class _OpenHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedHTTPS


class _GuardedHTTPPool(HTTPConnectionPool):
    ConnectionCls = _GuardedHTTP


class _GuardedHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _GuardedHTTPS


def pool_classes(*, guarded: bool) -> dict[str, type[HTTPConnectionPool]]:
    """Return urllib3's pools by scheme; their sockets are watched and, if guarded, refuse private addresses."""
    if guarded:
        return {"http": _GuardedHTTPPool, "https": _GuardedHTTPSPool}
    return {"http": _OpenHTTPPool, "https": _OpenHTTPSPool}
