"""Brings whole collections in: read, extract and compare on all cores, write in bulk.

Captures of one source are worked on some at a time, in the order in which the collection gives them. Each such batch is
written in one transaction with everything it brings, snapshots, versions, observations and changes, so that an import
may be killed anywhere: the next one passes over what is there and ends with the same content. Batches of one source are
written in order; where a capture lies before what is stored, the changes around it are judged when the source is done.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field, replace
from datetime import datetime

from tracker.compare.model import Block
from tracker.daemon.checks.changes import refresh_changes
from tracker.daemon.garbage import collecting_rarely
from tracker.daemon.imports.batch import Unwritten, write_batch
from tracker.daemon.imports.held import settle_held
from tracker.daemon.imports.reading import body_to_read
from tracker.daemon.imports.work import Body, Phases, Task, Worked
from tracker.daemon.imports.workers import Workers
from tracker.daemon.runtime import Runtime
from tracker.history.clause_runs import KnownTopics, refresh_runs
from tracker.history.texts import stored_blocks
from tracker.intake.model import Described, Intake, Item, Unreadable
from tracker.moments import lies_ahead
from tracker.sources.model import Source
from tracker.store.history.history import latest_observation
from tracker.store.history.sources import find_source
from tracker.store.texts.bulk import known_moments
from tracker.store.texts.versions import read_version
from tracker.words import Origin

#: Captures and bytes of one batch, and bytes that may wait in batches not yet full.
BATCH = 20
BATCH_BYTES = 4_000_000
WAITING_BYTES = 64_000_000

#: Captures that brought no text and are named in a report; the rest is counted.
MOST_NAMED = 100


@dataclass(slots=True)
class ImportReport:
    """What an import came to, and where its time went."""

    sources: dict[str, int] = field(default_factory=dict)  #: observations that were new, by source
    captures: int = 0  #: looked at
    known: int = 0  #: there already
    observations: int = 0  #: new
    versions: int = 0  #: new texts
    changes: int = 0  #: judged
    unread: int = 0  #: kept, but such as show no text: error pages and the like
    held: int = 0  #: kept, but held back as suspect
    lost: int = 0  #: could not be read: captures from the collection, parts of it, texts from what a capture holds
    problems: list[tuple[str, str]] = field(default_factory=list)  #: (place, why) of the first of both
    notes: list[str] = field(default_factory=list)
    stopped: bool = False
    seconds: float = 0.0
    read_seconds: float = 0.0
    write_seconds: float = 0.0
    finish_seconds: float = 0.0
    phases: Phases = field(default_factory=Phases)  #: of all processes together

    def problem(self, place: str, why: str) -> None:
        """Name a capture that brought no text, as long as there are not too many."""
        if len(self.problems) < MOST_NAMED:
            self.problems.append((place, why))


#: Called after each capture that was looked at.
Progress = Callable[[ImportReport], None]


@dataclass(slots=True)
class _Target:
    """A source that captures go to."""

    source: Source
    key: int | None  #: None until its first batch is written
    known: set[tuple[str, datetime]]
    waiting: list[Unwritten] = field(default_factory=list)
    waiting_bytes: int = 0
    batches: int = 0  #: under way
    lead: Body | None = None  #: the last capture of the newest batch
    seen: set[int] | None = None  #: ids of the versions observed so far
    ended: bool = False  #: the collection holds no more of it


@dataclass(frozen=True, slots=True, eq=False)
class _Running:
    """A batch under way."""

    target: _Target
    batch: list[Unwritten]
    future: "Future[Worked]"


class Importer:
    """Imports one collection into the store.

    Args:
        runtime: store, clock, sources file and settings.
        intake: the collection.
        choose: returns the source that a document's captures go to; None leaves them out.
        workers: processes that extract and compare.
        progress: told of every capture.
        stop: asked before every capture; what is under way is finished.
        guarded: hold texts back that look like no document; else take those too that were held back before.

    """

    def __init__(
        self,
        runtime: Runtime,
        intake: Intake,
        *,
        choose: Callable[[Described], Source | None],
        workers: Workers,
        progress: Progress | None = None,
        stop: Callable[[], bool] = lambda: False,
        guarded: bool = True,
    ) -> None:
        self._runtime, self._intake, self._choose = runtime, intake, choose
        self._workers, self._progress, self._stop, self._guarded = workers, progress, stop, guarded
        self._targets: dict[str, _Target] = {}
        self._chosen: dict[Described, _Target | None] = {}
        self._running: list[_Running] = []
        self._waiting_bytes = 0
        self._topics = KnownTopics()
        self.report = ImportReport()

    @collecting_rarely()
    def run(self) -> ImportReport:
        """Import everything and return what came of it.

        Raises:
            UsageError: the collection cannot be read as what it should be.

        """
        report, started = self.report, time.perf_counter()
        items = self._intake.items()
        current: Described | None = None
        while not (stopped := self._stop()):
            clock = time.perf_counter()
            item = next(items, None)
            report.read_seconds += time.perf_counter() - clock
            if item is None:
                break
            if self._intake.grouped and current is not None and item.document is not current:
                self._end(current)
            current = item.document
            target = self._target(item.document)
            report.captures += 1
            if target is not None:
                self._take(target, item)
            if self._progress is not None:
                self._progress(report)
        report.stopped = stopped
        for target in list(self._targets.values()):
            target.ended = not stopped
            self._hand_in(target)
        while self._running:
            self._settle()
        for target in list(self._targets.values()):
            self._finish(target)
        report.notes += self._intake.notes
        report.lost += self._intake.broken
        report.seconds = time.perf_counter() - started
        return report

    def _target(self, document: Described) -> _Target | None:
        """Return where the captures of a document go, None where nowhere."""
        if document not in self._chosen:
            source = self._choose(document)
            if source is not None and source.id not in self._targets:
                self._targets[source.id] = self._opened(source)
            self._chosen[document] = None if source is None else self._targets[source.id]
        return self._chosen[document]

    def _opened(self, source: Source) -> _Target:
        with self._runtime.database.read() as session:
            idents = (source.id, *source.formerly)
            row = next((found for ident in idents if (found := find_source(session, ident))), None)
            key = None if row is None else row.key
            known = set() if key is None else known_moments(session, key, Origin.IMPORT.value)
        return _Target(source, key, known)

    def _take(self, target: _Target, item: Item) -> None:
        """Read a capture that is not there yet, and hand in the batch that it fills."""
        if (item.url, item.moment) in target.known:
            self.report.known += 1
            return
        started = time.perf_counter()
        try:
            if lies_ahead(item.moment, self._runtime.clock.now()):
                raise Unreadable(f"it says it is of {item.moment:%Y-%m-%d}, a day still to come")
            page = item.read()
        except Unreadable as error:
            self.report.lost += 1
            self.report.problem(item.place, str(error))
            return
        finally:
            self.report.read_seconds += time.perf_counter() - started
        target.known.add((item.url, item.moment))
        body, rules_hash = body_to_read(target.source, page)
        body = replace(body, guarded=self._guarded)
        target.waiting.append(Unwritten(page, item.place, body, rules_hash))
        target.waiting_bytes += len(page.body)
        self._waiting_bytes += len(page.body)
        if len(target.waiting) >= BATCH or target.waiting_bytes >= BATCH_BYTES:
            self._hand_in(target)
        elif self._waiting_bytes >= WAITING_BYTES:
            self._hand_in(max(self._targets.values(), key=lambda other: other.waiting_bytes))

    def _hand_in(self, target: _Target) -> None:
        """Have a target's waiting captures worked on; wait for others first where enough is under way."""
        if not target.waiting:
            return
        batch = sorted(target.waiting, key=lambda one: one.page.captured_at)
        self._waiting_bytes -= target.waiting_bytes
        target.waiting, target.waiting_bytes = [], 0
        while len(self._running) >= self._workers.room:
            self._settle()
        before = None if target.batches else self._stood(target, batch[0].page.captured_at)
        lead = target.lead if target.batches else None
        task = Task(target.source.names, tuple(one.body for one in batch), before, lead)
        target.batches += 1
        target.lead = batch[-1].body
        self._running.append(_Running(target, batch, self._workers.submit(task, target.source.id)))

    def _stood(self, target: _Target, moment: datetime) -> tuple[Block, ...] | None:
        """Return the text that stood before a moment, as stored."""
        if target.key is None:
            return None
        with self._runtime.database.read() as session:
            latest = latest_observation(session, target.key, before=moment)
            return None if latest is None else tuple(stored_blocks(read_version(session, latest.version_id)))

    def _settle(self) -> None:
        """Write a batch that is done, of each source the oldest first; wait for one where none is."""
        oldest = {running.target.source.id: running for running in reversed(self._running)}
        done, _ = wait([running.future for running in oldest.values()], return_when=FIRST_COMPLETED)
        settled = next(one for one in self._running if one.future in done and one is oldest[one.target.source.id])
        self._running.remove(settled)
        target, worked = settled.target, settled.future.result()
        started = time.perf_counter()
        self._write(target, settled.batch, worked)
        target.batches -= 1
        self.report.phases.add(worked.phases)
        self.report.write_seconds += time.perf_counter() - started
        if target.ended and not target.batches:
            self._finish(target)

    def _end(self, document: Described) -> None:
        """Note that a collection holds no more of a document."""
        target = self._chosen.pop(document, None)
        if target is None:
            return
        self._hand_in(target)
        target.ended = True
        if not target.batches:
            self._finish(target)

    def _finish(self, target: _Target) -> None:
        """Bring what follows from the observations of a source in step with them, once all are written."""
        self._targets.pop(target.source.id, None)
        if target.key is None:
            return
        started = time.perf_counter()
        taken = settle_held(self._runtime, target.source, target.key, guarded=self._guarded)
        self.report.observations += taken
        self.report.held = max(0, self.report.held - taken)
        self.report.changes += refresh_changes(self._runtime, target.source, target.key)
        refresh_runs(self._runtime.database, target.key, self._topics)
        self._topics.forget(target.seen or ())
        self.report.finish_seconds += time.perf_counter() - started

    def _write(self, target: _Target, batch: Sequence[Unwritten], worked: Worked) -> None:
        """Store a batch in one transaction with everything that follows from it."""
        report = self.report
        for one, problem, held in zip(batch, worked.problems, worked.held, strict=True):
            if held is not None:
                report.held += 1
                report.problem(one.place, f"held as suspect: {held.suspicion.reason}: {held.suspicion.detail}")
            if problem is not None:
                report.lost += problem.unreadable
                report.unread += not problem.unreadable
                report.problem(one.place, problem.why)
        with self._runtime.database.write() as session:
            done = write_batch(session, target.source, batch, worked, target.seen, self._runtime.clock.now())
        target.key, target.seen = done.key, done.seen
        for version_id, masks in done.topics.items():
            self._topics.add(version_id, masks)
        report.observations += done.observations
        report.versions += done.versions
        report.changes += done.changes
        report.sources[target.source.id] = report.sources.get(target.source.id, 0) + done.observations
