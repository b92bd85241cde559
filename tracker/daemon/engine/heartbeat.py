"""Tells a dead-man's switch that the daemon ticks: when it is asked no more, somebody else raises the alarm."""

from collections.abc import Callable

import requests
import structlog

from tracker.hosts import host_of
from tracker.settings import Settings

log = structlog.get_logger(__name__)

#: Seconds that the address has to take the connection, and then to answer.
TIMEOUT = (5.0, 10.0)

#: Asks an address; raises OSError where it does not answer well.
Ask = Callable[[str, Settings], None]


class Heartbeat:
    """Asks `heartbeat_url` while all is well; the log tells when it stops answering, and when it does again."""

    def __init__(self, settings: Settings, ask: Ask | None = None) -> None:
        self._settings = settings
        self._ask = ask or ask_by_http
        self._failing = False

    def beat(self) -> bool:
        """Ask the address, if there is one; return whether it answered well. The address is a secret: no log has it."""
        if self._settings.heartbeat_url is None:
            return False
        try:
            self._ask(self._settings.heartbeat_url.get_secret_value(), self._settings)
        except OSError as error:
            if not self._failing:
                log.warning("heartbeat not taken", error=type(error).__name__)
            self._failing = True
            return False
        if self._failing:
            log.info("heartbeat taken again")
        self._failing = False
        return True


def ask_by_http(url: str, settings: Settings) -> None:
    """Ask an address by GET, through the proxy and with the authorities of the settings, following no redirect.

    Raises:
        OSError: no answer in time, or one that is no success.

    """
    with requests.Session() as session:
        session.trust_env = False
        proxy = settings.proxy_for(host_of(url))
        answer = session.get(
            url,
            timeout=TIMEOUT,
            allow_redirects=False,
            stream=True,
            headers={"User-Agent": settings.user_agent},
            proxies={"http": proxy, "https": proxy} if proxy else None,
            verify=str(settings.ca_bundle) if settings.ca_bundle else True,
        )
        with answer:
            if not 200 <= answer.status_code < 300:
                raise requests.HTTPError(f"HTTP {answer.status_code}")
