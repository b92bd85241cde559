"""The demo's part of the web, on loopback: a site, an archive in pywb's dialect, and an inbox for webhooks."""

import base64
import hashlib
import json
import re
import threading
from collections.abc import Iterable
from datetime import UTC
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tracker.demo.scenery import Capture
from tracker.moments import timestamp_of

_REPLAY = re.compile(r"/replay/(\d{14})(?:id_)?/(.+)")


class DemoServer(ThreadingHTTPServer):
    """Serves `/PATH` as the live site, `/cdx` and `/replay/` as the archive, and takes posts at `/inbox`."""

    daemon_threads = True

    def __init__(self, captures: Iterable[Capture]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        #: what the live site shows, by path without the leading slash; more may be changed at any time
        self.site: dict[str, str] = {}
        #: bodies of the webhooks that arrived, in order
        self.inbox: list[dict[str, Any]] = []
        self.archive = sorted(captures, key=lambda capture: capture.at)
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def url(self) -> str:
        """Return the address of its root, without a trailing slash."""
        return f"http://127.0.0.1:{self.server_port}"

    def __enter__(self) -> "DemoServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: DemoServer

    def log_message(self, *_: object) -> None:
        """Stay silent: the demo tells what happens."""

    def do_GET(self) -> None:
        """Answer as the site or as the archive."""
        parts = urlsplit(self.path)
        if parts.path == "/cdx":
            self._index(parse_qs(parts.query))
        elif parts.path.startswith("/replay/"):
            self._replay()
        elif parts.path[1:] in self.server.site:
            self._answer(200, self.server.site[parts.path[1:]], ("Content-Type", "text/html; charset=utf-8"))
        else:
            self._answer(404, "not here", ("Content-Type", "text/plain"))

    def do_POST(self) -> None:
        """Take a webhook."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.inbox.append(json.loads(body))
        self._answer(200, "ok", ("Content-Type", "text/plain"))

    def _index(self, query: dict[str, list[str]]) -> None:
        asked = urlsplit(query["url"][0]).path.lstrip("/")
        first, last = query.get("from", ["0"])[0], query.get("to", ["9" * 14])[0]
        rows = []
        for capture in self.server.archive:
            timestamp = timestamp_of(capture.at)
            if capture.path == asked and first.ljust(14, "0") <= timestamp <= last.ljust(14, "9"):
                digest = hashlib.sha1(capture.html.encode(), usedforsecurity=False).digest()
                row = {
                    "urlkey": capture.path,
                    "timestamp": timestamp,
                    "url": f"{self.server.url}/{capture.path}",
                    "mime": "text/html",
                    "status": "200",
                    "digest": base64.b32encode(digest).decode(),
                    "length": str(len(capture.html)),
                }
                rows.append(json.dumps(row))
        self._answer(200, "\n".join(rows), ("Content-Type", "text/x-ndjson"))

    def _replay(self) -> None:
        found = _REPLAY.fullmatch(self.path)
        path = urlsplit(found[2]).path.lstrip("/") if found else ""
        for capture in self.server.archive:
            if found and capture.path == path and timestamp_of(capture.at) == found[1]:
                moment = format_datetime(capture.at.astimezone(UTC), usegmt=True)
                self._answer(
                    200,
                    capture.html,
                    ("Content-Type", "text/html; charset=utf-8"),
                    ("Memento-Datetime", moment),
                )
                return
        self._answer(404, "not archived", ("Content-Type", "text/plain"))

    def _answer(self, status: int, text: str, *headers: tuple[str, str]) -> None:
        body = text.encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
