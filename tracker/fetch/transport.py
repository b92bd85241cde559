"""The pooled HTTP session that live fetching and archives share, and how its failures are typed."""

import socket
from collections.abc import Mapping
from http.client import HTTPException
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, NameResolutionError, NewConnectionError, ReadTimeoutError
from urllib3.exceptions import TimeoutError as PoolTimeoutError
from urllib3.util.retry import Retry

from tracker.counting import counted
from tracker.errors import FetchError
from tracker.fetch.addresses import ForbiddenAddressError, pool_classes, refuse_private
from tracker.fetch.stream import ACCEPT_ENCODING
from tracker.fetch.watch import Watch
from tracker.hosts import host_of, port_of
from tracker.settings import Settings
from tracker.words import FailureKind

#: A connection that broke before an answer came is tried once more; statuses are never retried here.
_TRIES_MORE = 1


class _Retry(Retry):
    """Does not ask again a host that took a question and kept silent: it may still be at work on the first."""

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: Any = None,
        error: Exception | None = None,
        _pool: Any = None,
        _stacktrace: Any = None,
    ) -> "_Retry":
        if isinstance(error, ReadTimeoutError):
            raise error
        return super().increment(method, url, response, error, _pool, _stacktrace)


class _Adapter(HTTPAdapter):
    def __init__(self, *, guarded: bool, pool: int, retry: Retry) -> None:
        self._guarded = guarded
        super().__init__(pool_connections=pool, pool_maxsize=pool, max_retries=retry)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = pool_classes(guarded=self._guarded)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        # The socket leads to the proxy, which the user chose; the target is checked before the request is made.
        manager.pool_classes_by_scheme = pool_classes(guarded=False)
        return manager


class Transport:
    """One pooled session, safe to share between threads: no cookies, no settings from the environment."""

    def __init__(self, settings: Settings, *, guarded: bool, retry: bool = True) -> None:
        self._settings = settings
        self.guarded = guarded
        self.proxied = settings.proxy is not None
        self._session = requests.Session()
        # Neither .netrc nor proxy variables: what is sent where is said in the settings alone.
        self._session.trust_env = False
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for prefix in ("http://", "https://"):
            limits = _Retry(
                total=_TRIES_MORE if retry else 0,
                redirect=0,
                status=0,
                other=0,
                backoff_factor=0.2,
                respect_retry_after_header=False,
            )
            self._session.mount(prefix, _Adapter(guarded=guarded, pool=settings.fetch_threads, retry=limits))

    def get(self, url: str, headers: Mapping[str, str], watch: Watch) -> requests.Response:
        """Return the streamed answer to one GET, redirects not followed. The caller closes it.

        Raises:
            FetchError: with the kind of failure.

        """
        return self._send("GET", url, headers, watch, None)

    def post(self, url: str, headers: Mapping[str, str], watch: Watch, body: bytes) -> requests.Response:
        """Return the streamed answer to one POST, like `get`. Nothing is sent a second time by itself."""
        return self._send("POST", url, headers, watch, body)

    def _send(
        self, method: str, url: str, headers: Mapping[str, str], watch: Watch, body: bytes | None
    ) -> requests.Response:
        self._refuse_private(url)
        timeout = (
            min(self._settings.connect_timeout, max(watch.seconds, 0.01)),
            min(self._settings.read_timeout, max(watch.seconds, 0.01)),
        )
        sent = {"User-Agent": self._settings.user_agent, "Accept-Encoding": ACCEPT_ENCODING, **headers}
        verify = str(self._settings.ca_bundle) if self._settings.ca_bundle else True
        try:
            prepared = self._session.prepare_request(requests.Request(method, url, headers=sent, data=body))
            # Past `Session.send`, which reads the whole body of a redirect into memory to look at what comes next.
            return self._session.get_adapter(url).send(
                prepared, stream=True, timeout=timeout, verify=verify, proxies=self._proxies_for(url)
            )
        except Exception as error:
            raise failure_of(error, watch) from error

    def _refuse_private(self, url: str) -> None:
        """Check the name where a proxy resolves it: of the address itself, nothing is seen here."""
        if not (self.guarded and self.proxied):
            return
        try:
            refuse_private(*checked_address(url))
        except socket.gaierror:
            raise FetchError(FailureKind.DNS, "the host's name cannot be resolved") from None
        except ForbiddenAddressError as error:
            raise FetchError(FailureKind.FORBIDDEN_ADDRESS, str(error)) from None

    def close(self) -> None:
        """Close idle connections."""
        self._session.close()

    def _proxies_for(self, url: str) -> dict[str, str]:
        address = self._settings.proxy_for(host_of(url))
        return {"http": address, "https": address} if address else {}


def checked_address(url: str) -> tuple[str, int]:
    """Return host and port of an address that may be asked in principle.

    Raises:
        FetchError: the scheme is not http(s), the host is missing, or the address carries credentials.

    """
    try:
        parts = urlsplit(url)
        port = port_of(url)
    except ValueError as error:
        raise FetchError(FailureKind.HTTP, f"not a valid address: {error}") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise FetchError(
            FailureKind.FORBIDDEN_ADDRESS, f"only http and https addresses are fetched, not {parts.scheme}:"
        )
    if parts.username is not None or parts.password is not None:
        raise FetchError(FailureKind.FORBIDDEN_ADDRESS, "an address with a user name or password is not fetched")
    return parts.hostname, port


def _chain(error: BaseException) -> list[BaseException]:
    """Return an error and everything it was raised from or wraps."""
    found: list[BaseException] = []
    waiting: list[BaseException] = [error]
    while waiting:
        current = waiting.pop(0)
        if any(current is known for known in found):
            continue
        found.append(current)
        inner = [current.__cause__, current.__context__, getattr(current, "reason", None), *current.args]
        waiting += [candidate for candidate in inner if isinstance(candidate, BaseException)]
    return found


def failure_of(error: BaseException, watch: Watch) -> FetchError:
    """Return what an error of the transport means, in words a user understands."""
    if watch.expired:
        return FetchError(FailureKind.TIMEOUT, f"not finished after {counted(round(watch.seconds), 'second')} in all")
    if isinstance(error, FetchError):
        return error
    chain = _chain(error)
    for link in chain:
        if isinstance(link, ForbiddenAddressError):
            return FetchError(FailureKind.FORBIDDEN_ADDRESS, str(link))
    if any(isinstance(link, NameResolutionError) for link in chain):
        return FetchError(FailureKind.DNS, "the host's name cannot be resolved")
    if any(isinstance(link, requests.exceptions.SSLError) for link in chain):
        return FetchError(FailureKind.TLS, f"no trusted encrypted connection: {_tls_detail(chain)}")
    # urllib3 derives a refused connection from a timed-out one, so it is asked for first.
    if any(isinstance(link, NewConnectionError) for link in chain):
        return FetchError(FailureKind.CONNECT, "the host refused the connection")
    timeouts = (requests.exceptions.Timeout, ReadTimeoutError, PoolTimeoutError, TimeoutError)
    if any(isinstance(link, timeouts) for link in chain):
        return FetchError(FailureKind.TIMEOUT, "the host did not answer in time")
    if isinstance(error, requests.exceptions.ProxyError):
        return FetchError(FailureKind.CONNECT, "the proxy cannot be reached or refused")
    broken = (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError)
    if isinstance(error, broken):
        return FetchError(FailureKind.HTTP, "the answer broke off or is not valid HTTP")
    if any(isinstance(link, HTTPException) and not isinstance(link, ConnectionError) for link in chain):
        return FetchError(FailureKind.HTTP, "the answer is not valid HTTP")
    if isinstance(error, requests.exceptions.ConnectionError):
        return FetchError(FailureKind.CONNECT, "the host refused or broke the connection")
    if isinstance(error, requests.exceptions.RequestException | HTTPError | UnicodeError | ValueError | OSError):
        return FetchError(FailureKind.HTTP, f"the answer cannot be read ({type(error).__name__})")
    raise error


def _tls_detail(chain: list[BaseException]) -> str:
    texts = [str(getattr(link, "verify_message", "")) for link in chain]
    return next((text for text in texts if text), "the certificate or handshake is not valid")
