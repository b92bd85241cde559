"""A stand-in for Save Page Now on this machine: real HTTP, answers as the archive gives them."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs


@dataclass
class SaveServer:
    """What it got, and what it answers."""

    address: str = ""
    looks: int = 1  #: at which look a work is done
    refuse: dict[str, str] = field(default_factory=dict)  #: by page: the `status_ext` of the answer to asking
    end: dict[str, str] = field(default_factory=dict)  #: by page: the `status_ext` at the end of the work
    known: set[str] = field(default_factory=set)  #: pages of which it has a fresh copy
    raw: tuple[int, dict[str, str], bytes] | None = None  #: the answer to everything
    submitted: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    jobs: dict[str, list[str]] = field(default_factory=dict)

    def answer(self, path: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        if self.raw is not None:
            return self.raw
        told = self._saved(parse_qs(body.decode())["url"][0]) if path == "/save" else self._status(path)
        return 200, {}, json.dumps(told).encode()

    def _saved(self, url: str) -> dict[str, Any]:
        self.submitted.append(url)
        if url in self.refuse:
            return {"status": "error", "status_ext": self.refuse[url], "message": "no"}
        if url in self.known:
            return {"url": url, "job_id": None, "message": "The same snapshot had been made 3 minutes ago."}
        job = f"spn2-{len(self.submitted)}"
        self.jobs[job] = [url] * self.looks
        return {"url": url, "job_id": job}

    def _status(self, path: str) -> dict[str, Any]:
        looks = self.jobs.get(path.rpartition("/")[2])
        if looks is None:
            return {"status": "error", "status_ext": "error:job-not-found", "message": "no such job"}
        url = looks.pop()
        if looks:
            return {"status": "pending", "resources": []}
        looks.append(url)
        if url in self.end:
            return {"status": "error", "status_ext": self.end[url], "message": "it did not work"}
        return {"status": "success", "original_url": url, "timestamp": "20260301123000", "http_status": 200}


@contextmanager
def save_server() -> Iterator[SaveServer]:
    """Run one on a free port."""
    told = SaveServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers["Content-Length"])))

        def do_GET(self) -> None:
            self._answer(b"")

        def _answer(self, body: bytes) -> None:
            told.headers.append(dict(self.headers))
            status, headers, found = told.answer(self.path, body)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(found)))
            self.end_headers()
            self.wfile.write(found)

        def log_message(self, *args: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        told.address = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield told
        finally:
            server.shutdown()
