"""Serves the application from a thread of the daemon."""

import gc
import socket
import threading

import uvicorn
from fastapi import FastAPI

from tracker.errors import SettingsError

#: Seconds running requests may take to finish when the server stops.
GRACE = 2


class WebServer:
    """A uvicorn server in a thread. The port is taken when the object is made, so that a taken one is told at once."""

    def __init__(self, host: str, port: int, *, told: str = "web_host and web_port") -> None:
        try:
            self._socket = socket.create_server((host, port), family=_family(host))
        except OSError as error:
            raise SettingsError(f"{told}: cannot listen on {host}:{port}: {error.strerror or error}") from None
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def address(self) -> str:
        """Return where it listens."""
        host, port = self._socket.getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def start(self, app: FastAPI) -> None:
        """Begin to answer."""
        settle()
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=GRACE,
            server_header=False,
            proxy_headers=False,  # which proxies are trusted is in our settings
        )
        self._server = uvicorn.Server(config)
        run = self._server.run
        self._thread = threading.Thread(target=run, args=([self._socket],), name="web", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End it; requests that run get a moment to finish."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(GRACE + 3)
        self._socket.close()


def settle() -> None:
    """Take what was loaded by now out of what the collector of garbage looks through: it stays anyway.

    A full collection would hold up a page for a tenth of a second.
    """
    gc.collect()
    gc.freeze()


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
