"""Runs the tracker as processes that are killed at a commit, and tells what the store and receivers hold in the end."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import text

from tests.support.dump import dump_content
from tests.support.nursery import PYTHONPATH, Nursery
from tests.support.receivers import Hook
from tracker.demo.servers import DemoServer
from tracker.store.database import Database
from tracker.store.upkeep.verify import verify_store

#: What tells when something was looked at, and how often: other in each run over the live web.
TIMES = ("first_seen_after", "last_seen_before")


@dataclass
class Place:
    """An installation that processes are run in: a folder, a store, and the world outside."""

    folder: Path
    store_url: str
    server: DemoServer
    hook: Hook
    nursery: Nursery
    settings: dict[str, str] = field(default_factory=dict)
    #: where the next process is to be killed
    kill_at: str = ""

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment of a process."""
        told = {
            "PYTHONPATH": PYTHONPATH,
            "COMMITS": str(self.folder / "commits"),
            "KILL_AT": self.kill_at,
            "TRACKER_DATA_DIR": str(self.folder),
            "TRACKER_DATABASE_URL": self.store_url,
            "TRACKER_SOURCES": str(self.folder / "sources.toml"),
            "TRACKER_ALLOW_PRIVATE_ADDRESSES": "true",
            "TRACKER_HOST_DELAY": "0",
            "TRACKER_CONFIRM_DELAY": "0.1",
            "TRACKER_COMPARE_PROCESSES": "0",
            "TRACKER_DELIVERY_RETRY_BASE": "0.1",
            "TRACKER_DELIVERY_RETRY_CAP": "0.1",
            "TRACKER_TICK": "0.2",
            "TRACKER_WEB_PORT": "0",
        }
        return os.environ | told | self.settings

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start a command as a user would; its output goes to the log."""
        with (self.folder / "log").open("a", encoding="utf-8") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "tracker", *arguments], env=self.environment, stdout=log, stderr=log, text=True
            )

    def run(self, *arguments: str) -> int:
        """Run a command to its end, whatever that is; return its exit status."""
        return self.nursery.run(arguments, self.environment, self.folder / "log")

    def commits(self) -> list[str]:
        """Return the commits so far, as `NAME:NUMBER`; numbers begin anew in each process."""
        path = self.folder / "commits"
        return path.read_text(encoding="utf-8").split() if path.exists() else []

    def log(self) -> str:
        """Return the end of what the processes said."""
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")[-4000:]

    def change(self, statement: str) -> None:
        """Alter the store by hand."""
        with closing(Database(self.store_url)) as database, database.write() as session:
            session.connection().execute(text(statement))

    def ask(self, query: str) -> list[tuple[object, ...]]:
        """Return the rows of a query."""
        with closing(Database(self.store_url)) as database, database.read() as session:
            return [tuple(row) for row in session.connection().execute(text(query))]


@dataclass(frozen=True)
class Flow:
    """A way through the program: what goes before, and the commands of which one is killed."""

    name: str
    commands: Sequence[Sequence[str]]
    prepare: Callable[[Place], None]
    finish: Callable[[Place], None] = lambda place: None
    live: bool = False  #: times differ from run to run, since pages are looked at when the run happens


def run_flow(flow: Flow, place: Place, kill_at: str = "") -> tuple[list[str], Counter[str]]:
    """Go a way, killed once if told to and begun again by hand; return what is stored, and how often what was received.

    A command that was killed is run again, as by somebody who saw it end.
    """
    flow.prepare(place)
    (place.folder / "commits").unlink(missing_ok=True)
    killed = not kill_at
    for command in flow.commands:
        place.kill_at = "" if killed else kill_at
        status = place.run(*command)
        place.kill_at = ""
        if status == -signal.SIGKILL:
            killed = True
            status = place.run(*command)
        assert status in {0, 1}, place.log()
    assert killed, f"{kill_at} was never reached: {place.commits()}"
    flow.finish(place)
    accepted = (str(post.headers["X-Idempotency-Key"]) for post in place.hook.posts if post.status == 200)
    return content(place, live=flow.live), Counter(accepted)


def content(place: Place, *, live: bool) -> list[str]:
    """Return what a store holds, verified, with its deliveries; without times where the live web was looked at."""
    with closing(Database(place.store_url)) as database:
        report = verify_store(database)
        assert report.ok, report.damages
        with database.read() as session:
            lines = list(dump_content(session))
    if live:
        lines = sorted(line for line in map(_timeless, lines) if line)
    deliveries = place.ask(
        "select d.route, d.state, b.text_sha256, a.text_sha256 from delivery d join change c on c.id = d.change_id "
        "join version b on b.id = c.before_version_id join version a on a.id = c.after_version_id"
    )
    deliveries += place.ask(
        "select d.route, d.state, d.digest, n.kind, n.title from delivery d join notice n on n.id = d.notice_id"
    )
    return [*lines, *sorted(f"delivery {row}" for row in deliveries)]


def _timeless(line: str) -> str:
    """Return a line without its times; nothing for a look that found what the one before had found."""
    values = json.loads(line)
    if values["kind"] in {"observation", "snapshot", "clause run"}:
        return ""
    return json.dumps({name: value for name, value in values.items() if name not in TIMES})
