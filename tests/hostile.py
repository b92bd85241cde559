"""A local web server that behaves as badly as pages on the web do."""

import contextlib
import gzip
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.support.serving import serving

#: A handler writes the whole answer itself.
Script = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Looks the path up among the server's scripts."""

    protocol_version = "HTTP/1.1"
    server: "HostileServer"

    def log_message(self, *args: object) -> None:
        """Stay silent."""

    def do_GET(self) -> None:
        """Run the script of the path."""
        self.server.seen.append((self.path, dict(self.headers.items())))
        script = self.server.scripts.get(self.path)
        with contextlib.suppress(OSError):
            if script is None:
                self.answer(404 if self.path == "/robots.txt" else 410)
            else:
                script(self)

    def do_POST(self) -> None:
        """Keep what is posted, by the first part of the path."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posted.setdefault(self.path.partition("?")[0].split("/")[1], []).append(body)
        self.answer(200, self.server.answers.get(self.path, bytes)() or b"ok")

    def answer(self, status: int = 200, body: bytes = b"", **headers: str) -> None:
        """Send a whole, well-formed answer."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def raw(self, data: bytes) -> None:
        """Send bytes as they are and end the connection."""
        self.close_connection = True
        self.wfile.write(data)
        self.wfile.flush()


class HostileServer(ThreadingHTTPServer):
    """Serves the scripts on a free loopback port."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.scripts: dict[str, Script] = {}
        #: path and headers of every request
        self.seen: list[tuple[str, dict[str, str]]] = []
        #: bodies that were posted, by the first part of the path
        self.posted: dict[str, list[bytes]] = {}
        #: what is answered to what is posted, by path; "ok" elsewhere
        self.answers: dict[str, Callable[[], bytes]] = {}

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore clients that hang up: here that is the point."""

    def url(self, path: str) -> str:
        """Return the address of a path."""
        return f"http://127.0.0.1:{self.server_port}{path}"

    def page(self, path: str, body: bytes, status: int = 200, **headers: str) -> str:
        """Let a path answer plainly; return its address."""
        told = {"Content_Type": "text/html"} | headers
        self.scripts[path] = lambda handler: handler.answer(status, body, **told)
        return self.url(path)

    def script(self, path: str, script: Script) -> str:
        """Let a path run a script; return its address."""
        self.scripts[path] = script
        return self.url(path)


@contextmanager
def hostile_server() -> Iterator[HostileServer]:
    """Run a server for the time of a test."""
    with serving(HostileServer()) as server:
        yield server


def endless(handler: Handler) -> None:
    """Promise ten gigabytes and send them."""
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html")
    handler.send_header("Content-Length", str(10**10))
    handler.end_headers()
    while True:
        handler.wfile.write(b"x" * 65_536)


def dripping_body(handler: Handler) -> None:
    """Send a byte of body every now and then, for ever."""
    handler.close_connection = True
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html")
    handler.end_headers()
    while True:
        handler.wfile.write(b"x")
        handler.wfile.flush()
        time.sleep(0.05)


def dripping_headers(handler: Handler) -> None:
    """Never come to the end of a header."""
    handler.close_connection = True
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while True:
        handler.wfile.write(b"x")
        handler.wfile.flush()
        time.sleep(0.05)


def endless_headers(handler: Handler) -> None:
    """Send header after header."""
    handler.raw(b"HTTP/1.1 200 OK\r\n")
    for number in range(1_000_000):
        handler.wfile.write(b"X-%d: y\r\n" % number)


def redirect(location: str, status: int = 302) -> Script:
    """Return a script that points elsewhere."""
    return lambda handler: handler.answer(status, Location=location)


@cache
def gzip_bomb(megabytes: int) -> bytes:
    """Return a small gzip body that unpacks to so many megabytes; packed once, for that takes a while."""
    return gzip.compress(b"a" * (megabytes * 1_000_000), 9)


def deflate(data: bytes, *, raw: bool) -> bytes:
    """Return data in either of the two formats that servers call deflate."""
    engine = zlib.compressobj(wbits=-zlib.MAX_WBITS if raw else zlib.MAX_WBITS)
    return engine.compress(data) + engine.flush()
