"""The demo's little internet on loopback: a site, a web archive of it, and somebody who takes alerts."""

import hashlib
import json
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tracker.demo.scenery import Capture

HTML = "text/html; charset=utf-8"

#: Status, extra headers and body of an answer.
Answer = tuple[int, dict[str, str], bytes]


@contextmanager
def serve(answer: Callable[[str, bytes], Answer]) -> Iterator[str]:
    """Run a server on a free port of this machine and give its address, without a slash at the end.

    Args:
        answer: what to say to a path with its query and a body; called from many threads.

    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say(*answer(self.path, b""))

        def do_POST(self) -> None:
            self._say(*answer(self.path, self.rfile.read(int(self.headers.get("Content-Length", "0")))))

        def _say(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *_arguments: Any) -> None:  # noqa: A002 - the base class's name
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Site:
    """The live pages, as they are right now."""

    def __init__(self) -> None:
        self._pages: dict[str, str] = {}

    def show(self, pages: dict[str, str]) -> None:
        """Replace pages, by their paths below the root."""
        self._pages = self._pages | pages

    def answer(self, path: str, _body: bytes) -> Answer:
        """Serve a page."""
        html = self._pages.get(path.lstrip("/"))
        if html is None:
            return 404, {"Content-Type": HTML}, b"<h1>Not found</h1>"
        return 200, {"Content-Type": HTML}, html.encode()


class ArchiveOfSite:
    """What a web archive kept of the site, told in pywb's dialect: an index under `/cdx`, captures under `/web/`."""

    def __init__(self, root: str, captures: Iterable[Capture]) -> None:
        self._captures = {(f"{capture.at:%Y%m%d%H%M%S}", f"{root}/{capture.path}"): capture for capture in captures}

    def answer(self, path: str, _body: bytes) -> Answer:
        """Serve the index or a capture."""
        parts = urlsplit(path)
        if parts.path == "/cdx":
            return self._index(parse_qs(parts.query))
        stamp, _, url = path.removeprefix("/web/").partition("/")
        capture = self._captures.get((stamp.removesuffix("id_"), url))
        if capture is None:
            return 404, {"Content-Type": HTML}, b"<h1>No such capture</h1>"
        played = f"{capture.at:%a, %d %b %Y %H:%M:%S} GMT"
        return 200, {"Content-Type": HTML, "Memento-Datetime": played}, capture.html.encode()

    def _index(self, query: dict[str, list[str]]) -> Answer:
        first, last = query.get("from", [""])[0], query.get("to", ["9" * 14])[0]
        wanted = query.get("url", [""])[0]
        rows = (
            {
                "timestamp": stamp,
                "url": url,
                "mime": "text/html",
                "status": "200",
                "digest": hashlib.sha256(capture.html.encode()).hexdigest(),
            }
            for (stamp, url), capture in sorted(self._captures.items())
            if url == wanted and first <= stamp <= last
        )
        return 200, {"Content-Type": "text/x-ndjson"}, "".join(f"{json.dumps(row)}\n" for row in rows).encode()


class Postbox:
    """A webhook that keeps what it gets."""

    def __init__(self) -> None:
        self.alerts: list[dict[str, Any]] = []

    def answer(self, _path: str, body: bytes) -> Answer:
        """Take an alert."""
        self.alerts.append(json.loads(body))
        return 200, {"Content-Type": "text/plain"}, b"thank you"
