"""A stand-in for many hosts: one server on many loopback addresses that takes its time and keeps its own log."""

import asyncio
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise

from tests.conftest import unavailable


@dataclass(frozen=True, slots=True)
class Visit:
    """One request as the host saw it; times of the machine's steady clock."""

    host: str
    path: str
    began: float
    ended: float
    whole: bool  #: the answer was sent to its end; otherwise the client was gone


@dataclass
class Crowd:
    """Many hosts. `text_of` gives a page by host and path, `latency_of` the seconds it takes."""

    port: int
    hosts: tuple[str, ...]
    text_of: Callable[[str, str], str]
    latency_of: Callable[[str, str], float]
    visits: list[Visit] = field(default_factory=list)
    #: bodies that were posted to any of them, with the headers they came with
    posted: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def url(self, number: int, path: str) -> str:
        """Return the address of a path on the host of a number."""
        return f"http://{self.hosts[number % len(self.hosts)]}:{self.port}{path}"

    def overlaps(self) -> list[tuple[Visit, Visit]]:
        """Return pairs of requests of which the second began before the first had ended."""
        return [pair for pair in self._pairs() if pair[1].began < pair[0].ended]

    def rushed(self, delay: float) -> list[tuple[Visit, Visit]]:
        """Return pairs of pages of one host that were asked for with less than a delay between them.

        A host rests from the end of a request; where the client died, no one could tell the end, so from its start.
        """
        pages = self._pairs(lambda visit: visit.path != "/robots.txt")
        return [(a, b) for a, b in pages if b.began - (a.ended if a.whole else a.began) < delay]

    def _pairs(self, wanted: Callable[[Visit], bool] = lambda _visit: True) -> Iterator[tuple[Visit, Visit]]:
        by_host: dict[str, list[Visit]] = defaultdict(list)
        for visit in sorted(self.visits, key=lambda visit: visit.began):
            if wanted(visit):
                by_host[visit.host].append(visit)
        for visits in by_host.values():
            yield from pairwise(visits)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        host = writer.get_extra_info("sockname")[0]
        try:
            while await self._request(host, reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    async def _request(self, host: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        began = time.monotonic()
        method, path, _ = head[0].split(" ")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        if method == "POST":
            self.posted.append((headers, await reader.readexactly(int(headers["content-length"]))))
            await _send(writer, 200, b"ok")
            return True
        whole = await self._wait(self.latency_of(host, path), reader)
        if whole and path == "/robots.txt":
            await _send(writer, 404, b"")
        elif whole:
            await _send(writer, 200, self.text_of(host, path).encode())
        self.visits.append(Visit(host, path, began, time.monotonic(), whole))
        return whole

    async def _wait(self, seconds: float, reader: asyncio.StreamReader) -> bool:
        """Let time pass; return False as soon as the client is gone."""
        gone = asyncio.ensure_future(reader.read(1))
        done, _ = await asyncio.wait([gone], timeout=seconds)
        if done:
            return False
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
        return True


async def _send(writer: asyncio.StreamWriter, status: int, body: bytes) -> None:
    head = f"HTTP/1.1 {status} -\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    await writer.drain()


@contextmanager
def crowd(
    hosts: int, text_of: Callable[[str, str], str], latency_of: Callable[[str, str], float] = lambda _host, _path: 0.0
) -> Iterator[Crowd]:
    """Run so many hosts, 127.0.0.1 and following, on one port.

    Args:
        hosts: how many.
        text_of: the page of a host and path.
        latency_of: seconds it takes to answer.

    """
    names = tuple(f"127.0.{number // 250}.{number % 250 + 1}" for number in range(hosts))
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    served = Crowd(port, names, text_of, latency_of)
    loop = asyncio.new_event_loop()
    try:
        server = loop.run_until_complete(asyncio.start_server(served.answer, names, port, backlog=200))
    except OSError as error:
        loop.close()
        unavailable(f"no server on many loopback addresses: {error}")
        raise
    thread = threading.Thread(target=loop.run_forever, name="crowd", daemon=True)
    thread.start()
    try:
        yield served
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0.01))
        loop.close()
