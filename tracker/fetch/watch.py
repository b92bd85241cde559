"""A total deadline for a request: it ends even if the host drips a byte a second into its headers."""

import contextlib
import os
import socket
import threading
from types import TracebackType

_current = threading.local()


class Watch:
    """Shuts the connections this thread uses once its seconds are over. `with Watch(90) as watch: ...`."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.expired = False
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._timer = threading.Timer(max(seconds, 0.0), self._expire)
        self._timer.daemon = True

    def __enter__(self) -> "Watch":
        _current.watch = self
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        _current.watch = None
        with self._lock:
            for sock in self._sockets:
                sock.close()
            self._sockets.clear()

    @staticmethod
    def note(sock: socket.socket) -> None:
        """Put a socket that this thread is about to use under its watch, if one is set."""
        watch: Watch | None = getattr(_current, "watch", None)
        if watch is not None and sock.fileno() >= 0:
            watch._add(sock)

    def _add(self, sock: socket.socket) -> None:
        # A second handle on the same connection: TLS takes the first one over, and shutting either shuts both.
        handle = socket.socket(fileno=os.dup(sock.fileno()))
        with self._lock:
            self._sockets.append(handle)
            if self.expired:
                _shut(handle)

    def _expire(self) -> None:
        with self._lock:
            self.expired = True
            for sock in self._sockets:
                _shut(sock)


def _shut(sock: socket.socket) -> None:
    # Shutting down wakes a thread that is blocked in recv; closing would not.
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
