"""One HTTP request to a destination: by the proxy and the authorities of the settings, no redirects, all bounded."""

import os
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, disable_warnings
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, InsecureRequestWarning

from tracker import __version__
from tracker.clock import Clock
from tracker.errors import DeliveryError
from tracker.hosts import host_of
from tracker.moments import http_date, seconds_asked
from tracker.settings import Settings

#: Bytes of an answer that are read; what they say is a word or two.
MOST_ANSWER = 16_384

#: Seconds in which an answer has to be there as a whole.
DEADLINE = 90.0

#: Longest wait, in seconds, that a destination may ask for.
LONGEST_WAIT = 86_400.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a destination answered."""

    status: int
    headers: Mapping[str, str]  #: names in any case
    body: bytes  #: at most `MOST_ANSWER` bytes

    @property
    def fine(self) -> bool:
        """Return whether it accepted what was sent."""
        return 200 <= self.status < 300


class _Watched(HTTPConnection):
    """Puts each connection under the deadline of the thread that opens it, before a byte is read from it."""

    def _new_conn(self) -> socket.socket:
        sock = super()._new_conn()
        # A second handle: TLS takes the first one over, and shutting either shuts both.
        _OPEN.handles.append(socket.socket(fileno=os.dup(sock.fileno())))
        return sock


class _WatchedTls(_Watched, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Watched


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedTls


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}
        return manager


class _Open(threading.local):
    def __init__(self) -> None:
        self.handles: list[socket.socket] = []  #: of the connections that this thread uses


_OPEN = _Open()


@contextmanager
def _ended_at(seconds: float) -> Iterator[None]:
    """End what this thread asks for when so many seconds are over: who sends a byte now and then never times out."""
    handles: list[socket.socket] = []
    _OPEN.handles = handles
    lock = threading.Lock()

    def over() -> None:
        with lock:
            for handle in handles:
                # Shutting down wakes a thread that waits for more; closing would not.
                with suppress(OSError):
                    handle.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, over)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        with lock:
            for handle in handles:
                handle.close()


class HttpClient:
    """Sends requests. Safe to share between threads: no cookies, nothing from the environment, no connections kept."""

    def __init__(self, settings: Settings, clock: Clock, *, connect: float, read: float) -> None:
        self._settings = settings
        self._clock = clock
        self._timeouts = connect, read
        self._session = requests.Session()
        for prefix in ("http://", "https://"):
            self._session.mount(prefix, _Adapter())
        self._session.trust_env = False
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def send(
        self,
        method: str,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        *,
        login: tuple[str, str] | None = None,
        trusting: bool = False,
    ) -> Answer:
        """Return the answer to one request.

        Args:
            method: of the request.
            url: where to.
            body: what to send.
            headers: beside those that every request has.
            login: user and password for HTTP Basic.
            trusting: accept any certificate.

        Raises:
            DeliveryError: there was no answer, or not in time; the message may have arrived all the same.

        """
        told = {"User-Agent": f"policy-tracker/{__version__}", "Connection": "close", **headers}
        verify: bool | str = not trusting
        if trusting:
            # The operator asked for it in the address; a warning per message tells nobody anything.
            disable_warnings(InsecureRequestWarning)
        if verify and self._settings.ca_bundle is not None:
            verify = str(self._settings.ca_bundle)
        try:
            request = requests.Request(method, url, data=body, headers=told, auth=login)
            prepared = self._session.prepare_request(request)
            proxy = self._settings.proxy_for(host_of(prepared.url or ""))
            proxies = {"http": proxy, "https": proxy} if proxy else {}
            # Past `Session.send`, which would follow redirects and read bodies of any size.
            adapter = self._session.get_adapter(prepared.url or "")
            with (
                _ended_at(DEADLINE),
                adapter.send(prepared, stream=True, timeout=self._timeouts, verify=verify, proxies=proxies) as answer,
            ):
                return Answer(answer.status_code, answer.headers, _start_of(answer))
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            # The texts of these errors hold addresses, which are secrets.
            raise DeliveryError(_reason(error)) from None

    def wait_of(self, answer: Answer) -> float | None:
        """Return the seconds an answer asks us to wait; None where it names no time."""
        # By the clock that named a time, since ours may differ.
        now = http_date(answer.headers.get("Date")) or self._clock.now()
        return seconds_asked(answer.headers.get("Retry-After"), now, LONGEST_WAIT)


def _start_of(answer: requests.Response) -> bytes:
    found = b""
    # The status says whether it was accepted; a body that breaks off changes nothing about that.
    with suppress(requests.RequestException, HTTPError, OSError):
        for chunk in answer.iter_content(4_096):
            found += chunk
            if len(found) >= MOST_ANSWER:
                break
    return found[:MOST_ANSWER]


def _reason(error: Exception) -> str:
    if isinstance(error, FileNotFoundError | IsADirectoryError) or "CA certificate bundle" in str(error):
        return "the file that ca_bundle names cannot be read"
    for kind, words in (
        (requests.exceptions.ProxyError, "the proxy cannot be reached or refused"),
        (requests.exceptions.SSLError, "no trusted encrypted connection"),
        (requests.exceptions.ConnectTimeout, "no connection in time"),
        (requests.exceptions.Timeout, "no answer in time"),
        (requests.exceptions.InvalidURL, "the address cannot be used"),
        (requests.exceptions.ConnectionError, "cannot be reached, or the connection broke"),
    ):
        if isinstance(error, kind):
            return words
    return f"the answer cannot be read ({type(error).__name__})"
