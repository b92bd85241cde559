"""Real archives for tests: WARC files, a pywb that plays them, and the Internet Archive's dialect in front of it."""

import http.client
import json
import re
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import ProxyHandler, build_opener

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from tests.support.serving import serving
from tracker.fetch.model import ArchiveConfig

HTML = (("Content-Type", "text/html; charset=utf-8"),)

_CONFIG = """\
framed_replay: false
redirect_to_exact: true
proxy: {coll: web, ca_name: test CA, ca_file_cache: ./proxy-certs/pywb-ca.pem, enable_content_rewrite: false,
        enable_wombat: false, enable_banner: false, use_head_insert: false}
"""


@dataclass(frozen=True, slots=True)
class Record:
    """One capture to archive. A revisit repeats the body of the record of the same address at `revisit_of`."""

    url: str
    moment: datetime
    body: bytes = b""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = HTML
    revisit_of: datetime | None = None


def write_warc(path: Path, records: Sequence[Record]) -> Path:
    """Write captures as a compressed WARC file and return its path."""
    digests: dict[tuple[str, datetime], str] = {}
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for record in records:
            reason = http.client.responses.get(record.status, "Unknown")
            head = StatusAndHeaders(f"{record.status} {reason}", list(record.headers), protocol="HTTP/1.1")
            dates = {"WARC-Date": f"{record.moment:%Y-%m-%dT%H:%M:%SZ}"}
            if record.revisit_of is None:
                made = writer.create_warc_record(
                    record.url, "response", payload=BytesIO(record.body), http_headers=head, warc_headers_dict=dates
                )
            else:
                made = writer.create_revisit_record(
                    record.url,
                    digests[record.url, record.revisit_of],
                    record.url,
                    f"{record.revisit_of:%Y-%m-%dT%H:%M:%SZ}",
                    http_headers=head,
                    warc_headers_dict=dates,
                )
            writer.write_record(made)
            made.raw_stream.close()
            digests[record.url, record.moment] = made.rec_headers.get_header("WARC-Payload-Digest")
    return path


@dataclass(frozen=True, slots=True)
class Pywb:
    """A running pywb. As a proxy it plays `https://` addresses too, under the authority in `ca`."""

    port: int
    folder: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ca(self) -> Path:
        return self.folder / "proxy-certs" / "pywb-ca.pem"

    def config(self, name: str = "local-pywb") -> ArchiveConfig:
        """Return how a client is told of it."""
        return ArchiveConfig(name, "pywb", f"{self.url}/web/cdx", f"{self.url}/web", delay=0)


@contextmanager
def start_pywb(folder: Path, warcs: Sequence[Path]) -> Iterator[Pywb]:
    """Run a pywb of its own process over WARC files until the block ends; `folder` is empty and becomes its home."""
    tools = Path(sys.executable).parent
    (folder / "config.yaml").write_text(_CONFIG)
    for order in (["init", "web"], ["add", "web", *map(str, warcs)]):
        subprocess.run([tools / "wb-manager", *order], cwd=folder, check=True, capture_output=True, timeout=120)
    with (folder / "pywb.log").open("wb") as log:
        server = subprocess.Popen(
            [tools / "wayback", "-b", "127.0.0.1", "-p", str(port := free_port())],
            cwd=folder,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_for(port, server, folder / "pywb.log")
            yield Pywb(port, folder)
        finally:
            server.terminate()
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait(10)


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, server: "subprocess.Popen[bytes]", log: Path) -> None:
    opener = build_opener(ProxyHandler({}))
    for _ in range(300):
        assert server.poll() is None, f"pywb ended: {log.read_text()[-2000:]}"
        try:
            with opener.open(f"http://127.0.0.1:{port}/", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"pywb did not start: {log.read_text()[-2000:]}")


@dataclass(slots=True)
class Fault:
    """What the facade answers instead, so many times, to requests whose path matches.

    `stall` (before the answer) and `drip` (before each byte of the body) are in seconds.
    """

    match: str
    times: int = 1
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    stall: float = 0
    drip: float = 0
    hang_up: bool = False


class Facade(ThreadingHTTPServer):
    """Speaks the Internet Archive's dialect, with its quirks, over a pywb; fails as scripted in `faults`."""

    daemon_threads = True

    def __init__(self, pywb_port: int) -> None:
        super().__init__(("127.0.0.1", 0), _FacadeHandler)
        self.pywb_port = pywb_port
        self.faults: list[Fault] = []
        self.asked: list[str] = []
        self.repeat_key = False  #: the resume key never changes
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def config(self, name: str = "local-ia") -> ArchiveConfig:
        """Return how a client is told of it."""
        return ArchiveConfig(name, "ia", f"{self.url}/cdx/search/cdx", f"{self.url}/web", delay=0)

    def fault(self, path: str) -> Fault | None:
        with self.lock:
            self.asked.append(path)
            found = next((one for one in self.faults if one.times > 0 and re.search(one.match, path)), None)
            if found:
                found.times -= 1
            return found

    def pywb(self, path: str) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.pywb_port, timeout=30)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()


@contextmanager
def start_facade(pywb_port: int) -> Iterator[Facade]:
    """Run a facade over a running pywb until the block ends."""
    with serving(Facade(pywb_port)) as server:
        yield server


class _FacadeHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Facade

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        pass

    def do_GET(self) -> None:
        fault = self.server.fault(self.path)
        if fault is not None:
            time.sleep(fault.stall)
            if fault.hang_up:
                self.close_connection = True
            else:
                self._send(fault.status, list(fault.headers.items()), fault.body, fault.drip)
        elif self.path.startswith("/cdx/search/cdx"):
            self._index(parse_qs(urlsplit(self.path).query))
        else:
            self._replay()

    def _index(self, query: dict[str, list[str]]) -> None:
        one = {name: values[0] for name, values in query.items()}
        asked = {name: one[name] for name in ("url", "from", "to", "matchType") if name in one}
        _, _, body = self.server.pywb("/web/cdx?" + urlencode(asked | {"output": "json"}))
        names = one["fl"].split(",")
        theirs = {"original": "url", "mimetype": "mime", "statuscode": "status"}
        lines = [json.loads(line) for line in body.decode().splitlines()]
        rows = [[line.get(theirs.get(name, name), "-") for name in names] for line in lines]
        rows = [
            row
            for row in rows
            if all(_fits(dict(zip(names, row, strict=True)), rule) for rule in query.get("filter", []))
        ]
        if "collapse" in one:
            rows = _collapsed(rows, names, one["collapse"])
        # The real index repeats rows and keeps default ports.
        rows = [copy for row in rows for copy in (row, [_with_port(cell) for cell in row])]
        start = int(one["resumeKey"].rpartition("%2B")[2]) if "resumeKey" in one else 0
        end = start + int(one.get("limit", 150_000))
        table = [names, *rows[start:end]] if rows else []
        if "showResumeKey" in one and end < len(rows):
            place = start if self.server.repeat_key and start else end
            table += [[], [f"com%2Cacme%29%2F%2B{place}"]]
        self._send(200, [("Content-Type", "application/json")], json.dumps(table).encode())

    def _replay(self) -> None:
        status, headers, body = self.server.pywb(self.path)
        names = {name.lower(): value for name, value in headers}
        kept = [
            (name, value) for name, value in headers if name.lower() in {"content-type", "memento-datetime", "link"}
        ]
        kept += [(name, value) for name, value in headers if name.lower().startswith("x-archive-orig-")]
        location = names.get("location")
        if location and "memento-datetime" in names:
            asked = re.fullmatch(r"/web/(\d+)id_/(.*)", self.path)
            assert asked
            if location.startswith("/"):
                location = "/".join(asked[2].split("/")[:3]) + location
            with self.server.lock:
                shape = Counter(path == self.path for path in self.server.asked)[True] % 3
            front = [self.server.url, "", self.server.url.removeprefix("http:")][shape]
            kept.append(("Location", f"{front}/web/{asked[1]}id_/{location}"))
        elif location:
            status = 302
            path = location.partition("/web/")[2]
            kept += [("Location", f"/web/{path}"), ("X-Archive-Redirect-Reason", f"found capture at {path[:14]}")]
        self._send(status, kept, body)

    def _send(self, status: int, headers: list[tuple[str, str]], body: bytes, drip: float = 0) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if not any(name.lower() == "content-length" for name, _ in headers):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            for piece in (body[place : place + 1] for place in range(len(body))) if drip else (body,):
                time.sleep(drip)
                self.wfile.write(piece)
        except OSError:
            self.close_connection = True  # the client had enough


def _with_port(cell: str) -> str:
    return re.sub(r"^(https?)://([^/:]+)/", lambda m: f"{m[1]}://{m[2]}:{ {'http': 80, 'https': 443}[m[1]] }/", cell)


def _fits(row: dict[str, str], rule: str) -> bool:
    name, _, pattern = rule.removeprefix("!").partition(":")
    return bool(re.fullmatch(pattern, row[name])) != rule.startswith("!")


def _collapsed(rows: list[list[str]], names: list[str], rule: str) -> list[list[str]]:
    name, _, length = rule.partition(":")
    column, kept, before = names.index(name), [], None
    for row in rows:
        key = row[column][: int(length)] if length else row[column]
        if key != before:
            kept.append(row)
        before = key
    return kept
