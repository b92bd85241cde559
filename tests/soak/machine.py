"""The daemon of the soak: its planner, engine, store, outbox and digests are real; web, receivers and time are not.

`python -m tests.soak.machine FOLDER` goes on where the process before it ended. The ticks are those of the daemon; what
calls them is no scheduler but a loop that moves the clock on to when something is due. Everything that the parent is to
know is a line of JSON in `journal`. A fuse of the parent's choosing kills the process.
"""

import contextlib
import ctypes
import functools
import gc
import json
import os
import signal
import sqlite3
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine.default import DefaultDialect

from tests.soak.script import OUTAGES, Policy, Script
from tracker.alerts.destinations import Destination
from tracker.alerts.render import Rendered
from tracker.alerts.sender import Sender
from tracker.clock import ManualClock
from tracker.compare.text.remembered import PerDocument
from tracker.compare.vocabulary.cues import CueIndex, compile_cue
from tracker.compare.vocabulary.models import WordModel
from tracker.daemon.engine.engine import ThreadEngine
from tracker.daemon.engine.service import Service
from tracker.daemon.engine.wiring import open_runtime
from tracker.errors import DeliveryError, FetchError
from tracker.fetch.model import FetchRequest, Page
from tracker.logs import set_up_logs
from tracker.settings import load_settings
from tracker.words import FailureKind

#: The least that the clock moves on, and times of the rarer ticks.
STEP = timedelta(minutes=10)
NOTICE_EVERY = timedelta(hours=12)
MAINTAIN_EVERY = timedelta(days=3)
SAMPLE_EVERY = timedelta(days=7)
WEIGH_EVERY = timedelta(days=21)

#: Caches of so many places are emptied before a process is weighed; smaller ones are full at once.
LARGE_CACHE = 1_000

#: A receiver is down for so long out of each such span.
DOWN, DOWN_EVERY = timedelta(hours=15), timedelta(days=17)

_FAILURES = {
    "down": (FailureKind.SERVER_ERROR, 503),
    "timeout": (FailureKind.TIMEOUT, None),
    "dns": (FailureKind.DNS, None),
    "missing": (FailureKind.CLIENT_ERROR, 404),
}
NEXT_CHECK = "select min(next_check_at) from source where state = 'active'"
NEXT_DELIVERY = "select min(next_attempt_at) from delivery where state = 'pending'"
#: Looks at what is due, without the clock moving on; each takes as many checks as the engine has room for.
MOST_ROUNDS = 1_000

STOPPED = 3  #: exit status after a stop that was asked for


class Journal:
    """Lines that outlive the process."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def write(self, **line: Any) -> None:
        """Add a line; whole or not at all."""
        os.write(self._file, (json.dumps(line) + "\n").encode())


class Fuse:
    """Ends the process at a point: the n-th time that something happens after a moment."""

    def __init__(self, plan: dict[str, Any] | None, clock: ManualClock, journal: Journal) -> None:
        self._plan = plan
        self._clock, self._journal = clock, journal
        self._left = plan["count"] if plan else 0
        self._lock = threading.Lock()

    def burn(self, point: str) -> None:
        """Say that something happens."""
        plan = self._plan
        if plan is None or plan["point"] != point or self._clock.now() < datetime.fromisoformat(plan["at"]):
            return
        with self._lock:
            self._left -= 1
            if self._left == 0:
                self._journal.write(killed=point, at=self._clock.now().isoformat())
                os.kill(os.getpid(), signal.SIGKILL)

    @property
    def wants_stop(self) -> bool:
        """Return whether it is time for a stop that is asked for."""
        plan = self._plan
        return plan is not None and plan["point"] == "stop" and self._clock.now() >= datetime.fromisoformat(plan["at"])


class Web:
    """The live web by the script."""

    def __init__(self, script: Script, clock: ManualClock, fuse: Fuse) -> None:
        self._pages: dict[str, Policy] = {policy.url: policy for policy in script.policies}
        self._clock, self._fuse = clock, fuse
        self.fetches = 0

    def fetch(self, request: FetchRequest) -> Page:
        """Return what a page shows now; see `Fetcher`."""
        self._fuse.burn("fetch")
        self.fetches += 1
        now, policy = self._clock.now(), self._pages[request.url]
        spell = policy.spell(now)
        if spell is not None and spell.kind in OUTAGES:
            kind, status = _FAILURES[spell.kind]
            raise FetchError(kind, spell.kind, status=status)
        moved = policy.moved_at is not None and now >= policy.moved_at
        return Page(
            url=request.url,
            final_url=request.url.replace(".example/", ".example/legal/") if moved else request.url,
            status=200,
            headers=(("Content-Type", "text/html; charset=utf-8"),),
            body=policy.html(now).encode(),
            captured_at=now,
        )


class Receivers:
    """Whoever is told: what they accepted is in the journal."""

    def __init__(self, clock: ManualClock, journal: Journal, fuse: Fuse, begin: datetime) -> None:
        self._clock, self._journal, self._fuse, self._begin = clock, journal, fuse, begin

    def send(self, destination: Destination, message: Rendered, key: str, *, thread: str | None = None) -> str | None:
        """Accept a message unless the receiver is down; see `Notifier`."""
        route, now = destination.url.rpartition("/")[2], self._clock.now()
        self._fuse.burn("send")
        if (now - self._begin + timedelta(days=len(route))) % DOWN_EVERY < DOWN:
            raise DeliveryError("HTTP 503")
        payload: dict[str, Any] = message.payload or {}
        changes = payload.get("changes", [payload["change"]] if "change" in payload else [])
        notices = payload.get("notices", [payload["notice"]] if "notice" in payload else [])
        self._journal.write(
            route=route,
            key=key,
            at=now.isoformat(),
            changes=[_of_change(one) for change in changes for one in _each(change)],
            notices=[
                {"kind": one["kind"], "source": (one["source"] or {}).get("organisation", ""), "title": one["title"]}
                for one in notices
            ],
        )
        self._fuse.burn("accepted")
        return None


def _each(change: dict[str, Any]) -> list[dict[str, Any]]:
    assert not change["also"], "no two sources of the script share a text"
    return [change]


def _of_change(change: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": change["id"],
        "source": change["source"]["organisation"],
        "seen": change["first_seen_after"],
        "silent": "silent" in change["flags"],
        "before": " ".join(clause["before"] for clause in change["clauses"]),
        "after": " ".join(clause["after"] for clause in change["clauses"]),
    }


class Machine:
    """The daemon, and the loop that moves its clock on."""

    def __init__(self, folder: Path, script: Script, plan: dict[str, Any] | None) -> None:
        self.folder, self.script = folder, script
        self.journal = Journal(folder / "journal")
        self.now_file = folder / "now"
        begun = self.now_file.read_text(encoding="ascii") if self.now_file.exists() else script.begin.isoformat()
        self.clock = ManualClock(datetime.fromisoformat(begun))
        self.fuse = Fuse(plan, self.clock, self.journal)
        self._write_sources()
        settings = load_settings()
        set_up_logs(settings)
        self.runtime = open_runtime(settings, clock=self.clock)
        self.web = Web(script, self.clock, self.fuse)
        self.runtime.fetcher = self.web
        receivers = Receivers(self.clock, self.journal, self.fuse, script.begin)
        sender = Sender(self.runtime.database, receivers, settings, self.clock)
        self.service = Service(self.runtime, sender)
        assert isinstance(self.service.engine, ThreadEngine)
        self.engine = self.service.engine
        DefaultDialect.do_commit = _watched(DefaultDialect.do_commit, self.fuse)  # type: ignore[method-assign]
        self._due = dict.fromkeys(("notice", "maintain", "sample", "weigh"), script.begin)

    def run(self) -> int:
        """Go on to the end of the script, or to where a stop is asked for; return the exit status."""
        self.journal.write(started=self.clock.now().isoformat())
        status = 0
        while self.clock.now() < self.script.end:
            self._write_sources()
            self._tick("plan", self.service.plan)
            self._finish_checks()
            self._tick("send", self.service.send)
            self._rarely("notice", NOTICE_EVERY, lambda: self._tick("notice", self.service.notice))
            self._rarely("maintain", MAINTAIN_EVERY, lambda: self._tick("maintain", self.service.maintain))
            self._rarely("sample", SAMPLE_EVERY, self._sample)
            self._rarely("weigh", WEIGH_EVERY, self._weigh)
            if self.fuse.wants_stop:
                status = STOPPED
                break
            self._advance()
        self._sample()
        assert self.service.engine.drain(60)
        self.runtime.close()
        return status

    def _tick(self, name: str, work: Callable[[], None]) -> None:
        """Tick as the daemon does, where a tick that fails is logged and tried again; here it must not fail."""
        self.service._ticking(name, work)()
        assert self.service.ticks.get(name) == self.clock.now(), f"the tick {name} failed"

    def _finish_checks(self) -> None:
        """Wait for the checks that were planned, and plan those for which there was no room."""
        for _ in range(MOST_ROUNDS):
            with self.engine._lock:
                self.engine._lock.wait_for(lambda: not self.engine._known)
            if self._next(NEXT_CHECK) > self.clock.now():
                return
            self._tick("plan", self.service.plan)
        raise AssertionError("a source stays due however often it is checked")

    def _next(self, query: str) -> datetime:
        with self.runtime.database.read() as session:
            found = session.connection().execute(text(query)).scalar()
        return datetime.fromisoformat(found).replace(tzinfo=UTC) if found else self.script.end

    def _advance(self) -> None:
        """Move the clock on to when something is due."""
        now = self.clock.now()
        hour = now.replace(minute=0) + timedelta(hours=1)
        # Digests leave at seven.
        hour += timedelta(hours=(7 - hour.hour) % 24)
        due = min(
            self._next(NEXT_CHECK),
            self._next(NEXT_DELIVERY),
            hour,
        )
        due = max(due, now + STEP)
        # To whole steps, so that what is due at about the same time is done in one.
        due += (self.script.begin - due) % STEP
        self.clock.advance(due - now)
        with self.now_file.open("r+b" if self.now_file.exists() else "wb") as file:
            # Over what is there, which is as long: the file is never empty.
            file.write(self.clock.now().isoformat().encode())

    def _rarely(self, name: str, every: timedelta, work: Callable[[], None]) -> None:
        if self.clock.now() >= self._due[name]:
            work()
            self._due[name] = self.clock.now() + every

    def _write_sources(self) -> None:
        """Let the sources file say what the script wants at this time."""
        path, told = self.folder / "sources.toml", self.script.toml(self.clock.now())
        if not path.exists() or path.read_text(encoding="utf-8") != told:
            new = path.with_suffix(".new")
            new.write_text(told, encoding="utf-8")
            new.replace(path)

    def _sample(self) -> None:
        """Note what the process and its store take."""
        resident = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
        store = sum(path.stat().st_size for path in self.folder.glob("tracker.sqlite*"))
        self.journal.write(
            sample=self.clock.now().isoformat(),
            resident=resident,
            handles=len(os.listdir("/proc/self/fd")),  # noqa: PTH208 - the names are all that is there
            threads=threading.active_count(),
            store=store,
            fetches=self.web.fetches,
        )

    def _weigh(self) -> None:
        """Note what the process holds besides its caches, which are bounded and take years of few sources to fill."""
        forget()
        used = _heap()
        self.journal.write(
            weighed=self.clock.now().isoformat(),
            bytes=used.uordblks + used.hblkhd,
            blocks=sys.getallocatedblocks(),
            fetches=self.web.fetches,
        )


class _Heap(ctypes.Structure):
    """What glibc tells of its heap: the objects above 512 bytes, and what libraries allocate."""

    _fields_ = (
        ("arena", ctypes.c_size_t),
        ("ordblks", ctypes.c_size_t),
        ("smblks", ctypes.c_size_t),
        ("hblks", ctypes.c_size_t),
        ("hblkhd", ctypes.c_size_t),
        ("usmblks", ctypes.c_size_t),
        ("fsmblks", ctypes.c_size_t),
        ("uordblks", ctypes.c_size_t),
        ("fordblks", ctypes.c_size_t),
        ("keepcost", ctypes.c_size_t),
    )


def _heap() -> Any:
    tell = ctypes.CDLL(None).mallinfo2
    tell.restype = _Heap
    return tell()


def forget() -> None:
    """Empty the caches that fill for as long as new texts are seen, and collect the garbage."""
    for one in gc.get_objects():
        if isinstance(one, functools._lru_cache_wrapper):
            # A cache of statements belongs to its connection, and all cues are compiled once and not to be again.
            # One without a limit says None, whatever its type is told to be.
            most = one.cache_parameters()["maxsize"] or 0 if hasattr(one, "__wrapped__") else 0
            if one is not compile_cue and most > LARGE_CACHE:
                one.cache_clear()
        elif isinstance(one, CueIndex):
            one._known = {}, set()
        elif isinstance(one, WordModel):
            one._cache.clear()
        elif isinstance(one, PerDocument):
            one._kept = ()
        elif isinstance(one, sqlite3.Connection):
            # Of its pages each keeps up to two megabytes.
            with contextlib.suppress(sqlite3.ProgrammingError):
                one.execute("PRAGMA shrink_memory")
    gc.collect()


def _watched(commit: Any, fuse: Fuse) -> Any:
    def watched(*args: Any) -> None:
        fuse.burn("commit")
        commit(*args)
        fuse.burn("committed")

    return watched


def main() -> int:
    """Run a part of the soak that `order` in a folder asks for."""
    folder = Path(sys.argv[1])
    order = json.loads((folder / "order").read_text(encoding="utf-8"))
    return Machine(folder, Script.write(**order["script"]), order["plan"]).run()


if __name__ == "__main__":
    sys.exit(main())
