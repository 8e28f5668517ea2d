"""Connections that only reach where they may: one look-up a connection, each address judged, time and bytes bounded.

The transport below `corpus.fetch`. Knows addresses, sockets and TLS; nothing of redirects, robots.txt or content.
A name is resolved once for each connection, its addresses are judged, and the connection goes to a judged address
itself, so a name that changes its address in between (DNS rebinding) gains nothing. TLS still checks the name.
Proxies, `.netrc` and cookies are not read: no code for them runs.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore2
import httpx2

from corpus.errors import FetchError

Resolve = Callable[[str, int], list[str]]  # host, port -> numeric addresses
Permit = Callable[[str, int], bool]  # numeric address, port -> may be connected to
Clock = Callable[[], float]

CONNECT_SECONDS = (
    10.0  # a second SYN is retried after 1 s, a third after 3 s, a fourth after 7 s (Linux): all have a chance
)
READ_SECONDS = 15.0  # silence between two packets; slow pages compute longest before the first
OVERHEAD = 1_000_000  # bytes of headers and of chunk framing allowed on top; h11 takes 100 kB of headers a response
MAX_CONNECTIONS = 8  # a polite reader has few open at once

# Not for the public although `is_global` of some Python versions says so (bpo-113171), or a cloud's own.
_RESERVED = tuple(ipaddress.ip_network(n) for n in (
    "192.0.0.0/24",  # IETF protocol assignments (RFC 6890); Oracle Cloud's metadata is in it
    "192.88.99.0/24",  # retired 6to4 relays (RFC 7526)
    "168.63.129.16/32",  # Azure's metadata and DNS, a public number that is local to each machine
    "2002::/16",  # 6to4 (RFC 3056): carries any IPv4 address
    "3fff::/20",  # documentation (RFC 9637)
))  # fmt: skip
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")  # all that IANA has given out (RFC 4291)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052; networks with IPv6 alone reach IPv4 sites through it


def is_public(address: str, port: int = 443) -> bool:  # noqa: ARG001 - a `Permit`
    """Whether a numeric address is global unicast. IPv4 inside IPv6 is judged as the IPv4 address it leads to.

    >>> is_public("::ffff:127.0.0.1"), is_public("9.9.9.9")
    (False, True)
    """
    ip = _embedded(address)
    if ip is None or ip.is_multicast or not ip.is_global:
        return False
    if ip.version == 6 and ip not in _GLOBAL_UNICAST:
        return False
    return not any(ip in network for network in _RESERVED)


def is_public_or_private(address: str, port: int = 443) -> bool:  # noqa: ARG001 - a `Permit`
    """Also loopback and private networks; never link-local (cloud metadata), multicast or the unspecified address."""
    ip = _embedded(address)
    return ip is not None and not (ip.is_link_local or ip.is_multicast or ip.is_unspecified)


def _embedded(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped:
            return ip.ipv4_mapped
        if ip in _NAT64:
            return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip


def resolve_host(host: str, port: int) -> list[str]:
    """The system's answer for a name, in its order; `127.1` and `0x7f000001` come out as `127.0.0.1`."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Budget:
    """What one download may take: `seconds` from now on, `size` bytes off the wire."""

    def __init__(self, seconds: float, size: int, clock: Clock = time.monotonic) -> None:
        self.seconds, self.size = seconds, size
        self._clock, self._end, self._bytes = clock, clock() + seconds, size + OVERHEAD

    def time(self, at_most: float | None = None) -> float:
        """The seconds left, not over `at_most`. Raises `FetchError` when none is."""
        left = self._end - self._clock()
        if left <= 0:
            raise FetchError(f"took longer than {self.seconds:g} s. Try again later.")
        return left if at_most is None else min(left, at_most)

    def wait(self, seconds: float) -> None:
        """Time that we spent on purpose does not count."""
        self._end += seconds

    def spend(self, count: int) -> None:
        """Count bytes read. Raises `FetchError` when it is too many."""
        self._bytes -= count
        if self._bytes < 0:
            raise FetchError(f"is larger than {self.size / 1_000_000:g} MB.")


class _Current(threading.local):
    """The budget of the download that this thread is at: a kept-alive connection serves one after the other."""

    budget: Budget | None = None


class GuardedTransport(httpx2.BaseTransport):
    """An httpx2 transport that connects to permitted addresses alone. Thread-safe.

    `send` is `handle_request` under a budget; both raise `FetchError` for whatever goes wrong on the way.
    """

    def __init__(
        self, *, permit: Permit = is_public, resolve: Resolve = resolve_host, tls: ssl.SSLContext | None = None
    ) -> None:
        self._current = _Current()
        self._pool = httpcore2.ConnectionPool(
            ssl_context=tls or httpx2.create_ssl_context(),
            max_connections=MAX_CONNECTIONS,
            max_keepalive_connections=MAX_CONNECTIONS,
            keepalive_expiry=5.0,  # servers close idle connections soon after
            retries=0,
            network_backend=_GuardedBackend(permit, resolve, self._current),
        )

    def send(self, request: httpx2.Request, budget: Budget) -> httpx2.Response:
        """The response with its body still to be read, by this thread, and to be closed."""
        self._current.budget = budget
        response = self.handle_request(request)
        response.request = request
        return response

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        url = request.url
        core = httpcore2.Request(
            method=request.method,
            url=httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            extensions={
                "timeout": {
                    "connect": CONNECT_SECONDS,
                    "read": READ_SECONDS,
                    "write": READ_SECONDS,
                    "pool": READ_SECONDS,
                }
            },
        )
        with _translated(self._current.budget):
            response = self._pool.handle_request(core)
        return httpx2.Response(
            response.status,
            headers=response.headers,
            stream=_Body(response, self._current.budget),
            extensions=response.extensions,
        )

    def close(self) -> None:
        self._pool.close()


class _Body(httpx2.SyncByteStream):
    def __init__(self, response: httpcore2.Response, budget: Budget | None) -> None:
        self._response, self._budget = response, budget

    def __iter__(self) -> Iterator[bytes]:
        with _translated(self._budget):
            yield from self._response.iter_stream()

    def close(self) -> None:
        self._response.close()


class _GuardedBackend(httpcore2.NetworkBackend):
    def __init__(self, permit: Permit, resolve: Resolve, current: _Current) -> None:
        self._permit, self._resolve, self._current = permit, resolve, current
        self._system = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        error: Exception = httpcore2.ConnectError("no address")
        for address in self._addresses(host, port):
            left = self._current.budget.time(timeout) if self._current.budget else timeout
            try:
                stream = self._system.connect_tcp(address, port, left, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as refused:
                error = refused
            else:
                return _GuardedStream(stream, self._current)
        raise error

    def _addresses(self, host: str, port: int) -> list[str]:
        """The permitted addresses of a name, numeric, so that connecting looks nothing up again."""
        try:
            found = self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise FetchError(
                f"cannot be found: there is no host {host!r} ({error}). Check the address and the connection."
            ) from error
        permitted = [address for address in found if self._permit(address, port)]
        if found and not permitted:
            if is_public_or_private(found[0]):
                raise FetchError(f"is at the private address {found[0]}; allow it with --allow-private.")
            raise FetchError(f"is at the reserved address {found[0]}, which is never fetched.")
        return permitted


class _GuardedStream(httpcore2.NetworkStream):
    """A connection whose every wait is cut by the budget of the download at hand."""

    def __init__(self, stream: httpcore2.NetworkStream, current: _Current) -> None:
        self._stream, self._current = stream, current

    def _left(self, timeout: float | None) -> float | None:
        return self._current.budget.time(timeout) if self._current.budget else timeout

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._stream.read(max_bytes, self._left(timeout))
        if self._current.budget:
            self._current.budget.spend(len(data))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        return _GuardedStream(self._stream.start_tls(ssl_context, server_hostname, self._left(timeout)), self._current)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


@contextmanager
def _translated(budget: Budget | None) -> Iterator[None]:
    """httpcore2's errors as ours."""
    try:
        yield
    except httpcore2.TimeoutException as error:
        if budget:
            budget.time()  # when it is used up, that is the reason
        raise FetchError("gave no answer in time. Try again later.") from error
    except httpcore2.NetworkError as error:
        if isinstance(error.__cause__ or error.__context__, ssl.SSLError) or "SSL" in str(error):
            raise FetchError(f"has no trustworthy certificate or no working TLS ({error}).") from error
        raise FetchError(f"cannot be reached ({error}). Check the address and the connection.") from error
    except httpcore2.ProtocolError as error:
        raise FetchError(f"broke off or does not speak HTTP ({error}). Try again later.") from error
    except httpcore2.UnsupportedProtocol as error:
        raise FetchError(f"is no http or https address ({error}).") from error
