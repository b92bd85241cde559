"""The daemon: APScheduler ticks, our own table says what is due, a stop loses nothing."""

import signal
import threading
import time
from collections.abc import Callable
from datetime import datetime
from types import FrameType
from typing import Protocol

import structlog

from tracker.alerts.sender import SendReport
from tracker.daemon.checks.copies import save_due
from tracker.daemon.engine.clock_watch import ClockWatch
from tracker.daemon.engine.clockwork import Clockwork
from tracker.daemon.engine.engine import Engine, ThreadEngine
from tracker.daemon.engine.heartbeat import Heartbeat
from tracker.daemon.engine.maintenance import maintain
from tracker.daemon.engine.planner import Planner, sync
from tracker.daemon.notices.digests import open_digests
from tracker.daemon.notices.notices import look_around
from tracker.daemon.runtime import Runtime
from tracker.sources.model import Route
from tracker.stop_signals import stop_signals
from tracker.store.lock import Leadership

log = structlog.get_logger(__name__)

#: Seconds between two rounds of housekeeping.
MAINTENANCE_EVERY = 3_600

#: Seconds between two looks at what a public archive is to keep.
SAVE_EVERY = 15

#: Seconds between two looks at what people should be told besides changes.
NOTICES_EVERY = 300

#: Seconds between two signs of life.
HEARTBEAT_EVERY = 60

#: A tick that did not end well for so many times its interval means that the daemon is stuck.
STALE_TICKS = 10

#: Ticks that run every `tick` seconds, by which the daemon lives; the others are rarer.
WATCHED = ("plan", "send")


#: Seconds between two looks after what the engine has taken.
TEND_EVERY = 5


class SendsDue(Protocol):
    """Delivers what the outbox holds and is due, or has it delivered."""

    def send_due(self, routes: tuple[Route, ...]) -> SendReport:
        """Deliver, or begin to; `routes` are those of the sources file as it is now."""
        ...

    def drain(self, deadline: float) -> bool:
        """Begin nothing more and wait up to so many seconds for what was begun; return whether all of it ended."""
        ...


class Service:
    """Plans, checks, sends and maintains until told to stop."""

    def __init__(
        self,
        runtime: Runtime,
        sender: SendsDue,
        engine: Engine | None = None,
        *,
        owner: str | None = None,
        leadership: Leadership | None = None,
    ) -> None:
        """Put the daemon together.

        Args:
            runtime: the parts to work with.
            sender: delivers what is due.
            engine: does the checks; by default threads of this process.
            owner: signs the leases of the checks.
            leadership: says whether this process acts or stands by; without it, it acts.

        """
        self.runtime = runtime
        self.sender = sender
        self.planner = Planner(runtime, owner)
        self.store = self.planner.store
        self._clock_watch = ClockWatch(runtime)
        settings = runtime.settings
        self.engine = engine or ThreadEngine(self.planner.work, settings.fetch_threads, rest=settings.host_delay)
        self.leadership = leadership
        self._ticks_running = 0
        self._tick_ended = threading.Condition()
        self._led = False
        self._taking_over = threading.Lock()
        self.heartbeat = Heartbeat(settings)
        self.started = runtime.clock.now()
        self.stopping = threading.Event()
        #: when each kind of tick last came to its end; the health endpoint shows them
        self.ticks: dict[str, datetime] = {}
        self._clockwork = Clockwork()

    def start(self) -> None:
        """Start ticking; the first tick that acts brings the store in step with the sources file."""
        tick = self.runtime.settings.tick
        for name, work, seconds in (
            ("plan", self.plan, tick),
            ("send", self.send, tick),
            ("tend", self.tend, TEND_EVERY),
            ("notice", self.notice, NOTICES_EVERY),
            *([("save", self.save, SAVE_EVERY)] if self.runtime.saver else []),
            ("heartbeat", self.beat, HEARTBEAT_EVERY),
            ("maintain", self.maintain, MAINTENANCE_EVERY),
        ):
            self._clockwork.tick_every(seconds, name, self._ticking(name, work))
        self._clockwork.start()
        log.info("started", sources=len(self.runtime.sources_file.sources), owner=self.planner.owner)

    @property
    def leads(self) -> bool:
        """Return whether this process acts; one that stands by does nothing but answer."""
        return self.leadership is None or self.leadership.leads

    def plan(self) -> None:
        """Take over a changed sources file, then hand due sources to the engine; mend what a wrong clock left."""
        self._clock_watch.look()
        if self.runtime.refresh_sources():
            report = sync(self.runtime)
            log.info("sources file taken over", added=report.added, renamed=report.renamed, archived=report.archived)
        self.planner.plan(self.engine)

    def send(self) -> None:
        """Deliver what the outbox holds and is due, digests whose time has come included."""
        open_digests(self.runtime)
        self.sender.send_due(self.runtime.routes)

    def tend(self) -> None:
        """Look after what the engine has taken."""
        self.engine.tend()

    def notice(self) -> None:
        """Find what people and operators are to be told of besides changes."""
        look_around(self.runtime)

    def beat(self) -> None:
        """Give a sign of life, unless a tick by which the daemon lives is stuck, or the store that holds our alarms."""
        if self.store.remedy is None and not self.stale(self.started):
            self.heartbeat.beat()

    def stale(self, since: datetime) -> list[str]:
        """Return the ticks that did not end well in time; before its first end one is as old as the time given.

        One that ended in a time to come has not ended since the clock was set back.
        """
        limit = STALE_TICKS * self.runtime.settings.tick
        now = self.runtime.clock.now()
        return [name for name in WATCHED if abs((now - self.ticks.get(name, since)).total_seconds()) > limit]

    def save(self) -> None:
        """Have a public archive keep the pages of confirmed changes."""
        save_due(self.runtime)

    def maintain(self) -> None:
        """Tidy up."""
        maintain(self.runtime.database, self.runtime.settings, self.runtime.clock)

    def stop(self) -> bool:
        """Start nothing more, let running checks and ticks end within the deadline, and return whether all did.

        What does not end in time keeps its lease and is checked or sent again when the lease runs out.
        """
        deadline = time.monotonic() + self.runtime.settings.stop_deadline
        self.stopping.set()
        self._clockwork.pause()
        self.sender.drain(0)
        ended = self.engine.drain(self.runtime.settings.stop_deadline)
        with self._tick_ended:
            left = max(0.0, deadline - time.monotonic())
            ended = self._tick_ended.wait_for(lambda: not self._ticks_running, left) and ended
        ended = self.sender.drain(max(0.0, deadline - time.monotonic())) and ended
        self._clockwork.shutdown(wait=ended)
        log.info("stopped", clean=ended)
        return ended

    def watch_signals(self) -> None:
        """Take the signals to stop as the wish to. Call from the main thread, before `start`."""

        def asked(number: int, _frame: FrameType | None) -> None:
            log.info("stop asked for", signal=signal.Signals(number).name)
            self.stopping.set()

        for number in stop_signals():
            signal.signal(number, asked)

    def _acts(self) -> bool:
        """Return whether this process is to act now; whoever begins to, takes over what others left."""
        with self._taking_over:
            led = self.leadership is None or self.leadership.hold()
            if led and not self._led:
                sync(self.runtime)
                self.planner.take_over()
                log.info("planning", owner=self.planner.owner)
            self._led = led
            return led

    def _ticking(self, name: str, work: Callable[[], None]) -> Callable[[], None]:
        def tick() -> None:
            with self._tick_ended:
                if self.stopping.is_set():
                    return
                self._ticks_running += 1
            try:
                self.store.require()
                if self._acts():
                    work()
            except Exception as error:
                # The next tick tries again; a daemon that dies of one bad moment watches nothing.
                if not self.store.note(error):
                    log.exception("tick failed", tick=name)
            else:
                self.ticks[name] = self.runtime.clock.now()
            finally:
                with self._tick_ended:
                    self._ticks_running -= 1
                    self._tick_ended.notify_all()

        return tick
