"""A network that fails under a round: each fault has its name, no other host waits for it, and it ends by itself."""

import os
import socket
import socketserver
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from tests.hostile import HostileServer, hostile_server
from tests.integration.test_sender import prepare, states
from tests.support.serving import serving
from tests.world import policy
from tracker.alerts.notifier import ChannelNotifier
from tracker.alerts.sender import Sender
from tracker.clock import ManualClock, SystemClock
from tracker.daemon.checks.confirm import Outcome
from tracker.daemon.engine.planner import check_round, sync
from tracker.daemon.runtime import Runtime
from tracker.errors import UsageError
from tracker.fetch.live import LiveFetcher
from tracker.fetch.pacing import ThreadPacer
from tracker.settings import Settings
from tracker.sources.model import Route, Source, SourcePage, SourcesFile
from tracker.store.database import Database
from tracker.store.schema.tables import SourceRow
from tracker.store.upkeep.upgrade import create_store
from tracker.words import FailureKind

#: Seconds after which whoever hangs is no longer waited for: reached by nobody, unless one host holds up another.
PATIENCE = 60.0


@pytest.fixture
def server() -> Iterator[HostileServer]:
    """A server that both hosts lead to."""
    with hostile_server() as running:
        yield running


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    """An empty store in a file."""
    with closing(Database(f"sqlite:///{tmp_path / 'store.sqlite'}")) as database:
        create_store(database)
        yield database


@dataclass
class Names:
    """The names of a made-up network, all of which lead to this machine but for those that fail."""

    failing: set[str] = field(default_factory=set)

    def resolve(self, host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        """Answer as the system's resolver does."""
        if host in self.failing:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    """Names that are resolved by the test."""
    found = Names()
    monkeypatch.setattr(socket, "getaddrinfo", found.resolve)
    return found


def source(server: HostileServer, name: str) -> Source:
    """Return a source on a host of its own."""
    page = SourcePage(f"http://{name}.example:{server.server_port}/{name}")
    return Source(name, name, "Privacy Policy", (page,), obey_robots=False)


def no_archive(name: str) -> Any:
    raise UsageError(name)


@contextmanager
def rounds(store: Database, server: HostileServer) -> Iterator[Callable[[], dict[str, tuple[Outcome, Any]]]]:
    """Give what checks a bad and a good source once, side by side."""
    settings = Settings(
        allow_private_addresses=True,
        host_delay=0,
        connect_timeout=PATIENCE,
        read_timeout=PATIENCE,
        fetch_deadline=PATIENCE,
        fetch_threads=2,
        sources=Path("none.toml"),
    )
    sources = (source(server, "bad"), source(server, "good"))
    clock = SystemClock()
    with closing(LiveFetcher(settings, clock, ThreadPacer(clock))) as fetcher:
        runtime = Runtime(settings, store, clock, fetcher, SourcesFile(sources), no_archive)
        sync(runtime)
        yield lambda: {one.source_id: (one.outcome, one.failure) for one in check_round(runtime, sources)}


def reset(handler: Any) -> None:
    """Break a connection off so that the other side is told of it."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.close_connection = True
    os.close(handler.connection.detach())


def dies(handler: Any) -> None:
    """Send half of what was promised."""
    handler.raw(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 99999\r\n\r\n" + policy().encode()[:800]
    )


@pytest.mark.parametrize(("script", "kinds"), [(reset, {"connect", "http"}), (dies, {"http"}), (None, {"dns"})])
def test_a_fault_of_one_host_is_named_and_forgotten_when_it_ends(
    server: HostileServer, store: Database, names: Names, script: Any, kinds: set[str]
) -> None:
    """Names that do not resolve, a reset, a death in the middle of a page: the next check goes on as if nothing was."""
    server.page("/good", policy().encode())
    if script is None:
        names.failing.add("bad.example")
    else:
        server.script("/bad", script)
    with rounds(store, server) as check:
        found = check()
        assert found["good"] == (Outcome.NEW, None)
        assert found["bad"][0] is Outcome.FAILED
        assert found["bad"][1] in kinds
        names.failing.clear()
        server.page("/bad", policy(p5="We keep server logs for ten years.").encode())
        assert check() == {"bad": (Outcome.NEW, None), "good": (Outcome.UNCHANGED, None)}
    with store.read() as session:
        assert set(session.exec(select(SourceRow.failures))) == {0}


@pytest.mark.usefixtures("names")
def test_a_host_that_takes_a_question_and_keeps_silent_holds_up_no_other(
    server: HostileServer, store: Database
) -> None:
    """The silent one gives up only when the other was asked; had that one to wait, both would until the deadline."""
    asked = threading.Event()

    def good(handler: Any) -> None:
        asked.set()
        handler.answer(200, policy().encode(), Content_Type="text/html")

    def silent(handler: Any) -> None:
        asked.wait(2 * PATIENCE)
        handler.close_connection = True

    server.script("/good", good)
    server.script("/bad", silent)
    with rounds(store, server) as check:
        assert check() == {"good": (Outcome.NEW, None), "bad": (Outcome.FAILED, FailureKind.CONNECT)}


class Silent(socketserver.ThreadingTCPServer):
    """Takes connections and says nothing until it is let go; then it hangs up."""

    daemon_threads = True

    def __init__(self, go: threading.Event) -> None:
        super().__init__(("127.0.0.1", 0), socketserver.BaseRequestHandler)
        self.go = go
        #: of each connection, whether it was let go in time
        self.let_go: list[bool] = []

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Wait."""
        self.let_go.append(self.go.wait(PATIENCE / 2))


def test_destinations_that_hang_hold_up_no_other(server: HostileServer, store: Database, clock: ManualClock) -> None:
    """A mail server without a greeting and a webhook without an answer are still waited for when the third has its."""
    told = threading.Event()

    def take() -> bytes:
        told.set()
        return b"ok"

    server.answers["/good"] = take
    with serving(Silent(told)) as silent:
        port = silent.server_address[1]
        route = Route(
            "team",
            (
                f"json://127.0.0.1:{port}/hang",
                f"mailto://127.0.0.1:{port}?from=tracker@acme.example&to=officer@acme.example&mode=insecure",
                f"json://127.0.0.1:{server.server_port}/good",
            ),
        )
        prepare(store, clock, route, 1)
        notifier = ChannelNotifier(Settings(connect_timeout=PATIENCE), connect=PATIENCE, read=PATIENCE)
        report = Sender(store, notifier, Settings(), clock).send_due([route])
        assert silent.let_go == [True, True]
    assert (report.sent, report.failed) == (1, 2)
    assert states(store) == ["pending", "pending", "sent"]
