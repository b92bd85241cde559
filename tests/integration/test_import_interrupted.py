"""An import that is interrupted anywhere, and run again, ends with the same content as one that is not."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import URL, event, func
from sqlmodel import col, select

from tests.integration.filling import SOURCE, snapshot
from tests.support.dump import dump_content
from tests.support.repositories import Made, make_repository
from tests.world import PARAGRAPHS, World
from tracker.clock import ManualClock
from tracker.compare.text.guard import Suspicion
from tracker.daemon.checks.held import hold_text
from tracker.daemon.imports import collection as importing
from tracker.daemon.imports.batch import write_batch
from tracker.daemon.imports.collection import Importer, ImportReport
from tracker.daemon.imports.held import keep_held
from tracker.daemon.imports.sources import source_for
from tracker.daemon.imports.work import Held, Task, Worked, work
from tracker.daemon.imports.workers import Workers
from tracker.fetch.model import Page
from tracker.intake.model import KIND, Described, Item, Unreadable
from tracker.settings import Settings
from tracker.store.database import Database
from tracker.store.history.sources import sync_sources
from tracker.store.schema.held_tables import HeldText
from tracker.store.schema.tables import Observation, Snapshot, SourceRow
from tracker.store.texts.held import sights_of
from tracker.store.upkeep.upgrade import create_store

START = datetime(2020, 1, 1, tzinfo=UTC)
LOG_IN = "# Log in\n\nPlease sign in to continue.\n\nForgot your password?"
TEXTS = (
    *(
        "\n\n".join(["# Privacy Policy", *PARAGRAPHS[:at], said, *PARAGRAPHS[at + 1 :]])
        for at, said in (
            (3, PARAGRAPHS[3]),
            (3, "We sell your personal information to advertisers."),
            (5, "We keep logs."),
        )
    ),
    LOG_IN,
)


class Killed(Exception):
    """The process died here."""


@dataclass
class Collection:
    """A collection in memory; each capture is (document, day, text), and a text of -1 cannot be read."""

    captures: list[tuple[int, int, int]]
    grouped: bool = False
    unit: str = "captures"
    total: int | None = None
    position: int = 0
    broken: int = 0
    notes: list[str] = field(default_factory=list)
    dies_at: int = -1

    def items(self) -> Iterator[Item]:
        for place, (document, day, text) in enumerate(self.captures):
            if place == self.dies_at:
                raise Killed
            moment = START + timedelta(days=day)
            name = f"Acme {document}"
            yield Item(Described(f"acme-{document}", name, name), moment, "", str(place), partial(page, moment, text))


def page(moment: datetime, text: int) -> Page:
    if text < 0:
        raise Unreadable("it is gone")
    kind = ("change", "technical")[text % 2]
    headers = (("Content-Type", "text/markdown"), (KIND, kind))
    return Page("", "", 200, headers, TEXTS[text].encode() if text < len(TEXTS) else b"\0" * 20, moment)


class AnyOrder(Workers):
    """Workers that end their tasks in the order of a lot, each when it is waited for."""

    def __init__(self, lot: Random) -> None:
        super().__init__(0)
        self.room = 4
        self._lot, self._tasks = lot, dict[Future[Worked], Task]()

    def submit(self, task: Task, source: str) -> "Future[Worked]":
        future: Future[Worked] = Future()
        self._tasks[future] = task
        return future

    def wait(self, futures: list["Future[Worked]"], return_when: str) -> tuple[set["Future[Worked]"], None]:
        assert return_when == FIRST_COMPLETED
        one = self._lot.choice(futures)
        one.set_result(work(self._tasks.pop(one)))
        return {one}, None


def load(
    database: Database, collection: Collection, dies_in_transaction: int = -1, workers: Workers | None = None
) -> ImportReport:
    """Import a collection; die at a capture, or in the middle of a transaction."""
    world = World.build(database, ManualClock(datetime(2026, 3, 1, tzinfo=UTC)))
    count = 0

    def write(*args: Any) -> Any:
        nonlocal count
        done = write_batch(*args)
        count += 1
        if count == dies_in_transaction:
            raise Killed
        return done

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(importing, "write_batch", write)
        if isinstance(workers, AnyOrder):
            patch.setattr(importing, "wait", workers.wait)
        return Importer(
            world.runtime,
            collection,
            choose=lambda document: source_for(world.runtime, document),
            workers=workers or Workers(0),
        ).run()


def content(database: Database) -> list[str]:
    """Return the content of a store, and what is held back, whatever the order of arrival."""
    with database.read() as session:
        rows = session.exec(select(HeldText, SourceRow).join(SourceRow)).all()
        held = [
            f"{source.id} {row.text_sha256} {row.reason} {row.state} {row.first_seen_at} {row.last_seen_at} "
            f"{row.times_seen} {len(sights_of(session, row))}"
            for row, source in rows
        ]
        return [*dump_content(session), *sorted(held)]


#: Captures in the order of the collection: mostly in time, some not; two of one document never at one time.
collections = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 30), st.integers(-1, len(TEXTS))),
    min_size=1,
    max_size=14,
    unique_by=lambda capture: capture[:2],
).flatmap(lambda captures: st.sampled_from((captures, sorted(captures), sorted(captures, key=lambda one: one[1]))))


@settings(max_examples=12, deadline=None)
@example([(0, day, 3) for day in range(6)] + [(0, 10, 0), (0, 11, 3)], 4, 1, 2)
@given(collections, st.integers(0, 14), st.integers(1, 6), st.integers(1, 4))
def test_resumed_is_as_never_interrupted(
    captures: list[tuple[int, int, int]], dies_at: int, dies_in: int, batch: int
) -> None:
    """Killed while reading and once more while writing, then run to the end: the same content, nothing twice."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(importing, "BATCH", batch)
        stores = [Database(f"sqlite:///{folder}/{name}.sqlite") for name in ("whole", "resumed")]
        with closing(stores[0]), closing(stores[1]):
            for store in stores:
                create_store(store)
            load(stores[0], Collection(captures))
            for attempt in (Collection(captures, dies_at=dies_at), Collection(captures)):
                with suppress(Killed):
                    load(stores[1], attempt, dies_in)
            load(stores[1], Collection(captures))
            assert content(stores[1]) == content(stores[0])
            assert load(stores[1], Collection(captures)).observations == 0


@settings(max_examples=12, deadline=None)
@given(collections, st.booleans(), st.integers(1, 4), st.randoms(use_true_random=False))
def test_whichever_batch_is_done_first(
    captures: list[tuple[int, int, int]], grouped: bool, batch: int, lot: Random
) -> None:
    """Batches may end in any order: none is left out, and the content is that of one after the other."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(importing, "BATCH", batch)
        captures = sorted(captures, key=lambda one: one[0]) if grouped else captures
        found = []
        for name, workers in (("inorder", None), ("any", AnyOrder(lot))):
            with closing(Database(f"sqlite:///{folder}/{name}.sqlite")) as store:
                create_store(store)
                load(store, Collection(captures, grouped=grouped), workers=workers)
                found.append(content(store))
        assert found[0] == found[1]


def test_postgresql_and_sqlite_hold_the_same(database: Database, tmp_path: Path) -> None:
    """Batches in bulk give the same content on either database, and so does a resumed import."""
    captures = [(at % 2, at, at % 5) for at in range(15)] + [(0, 40, 0), (0, 35, 1)]
    with pytest.raises(Killed):
        load(database, Collection(captures, dies_at=9))
    with pytest.raises(Killed):
        load(database, Collection(captures), 1)
    load(database, Collection(captures))
    with closing(Database(f"sqlite:///{tmp_path / 'other.sqlite'}")) as other:
        create_store(other)
        load(other, Collection(captures))
        assert content(database) == content(other)


def test_documents_one_by_one_give_the_same_as_interleaved(tmp_path: Path) -> None:
    """What a collection calls grouped is finished document by document."""
    captures = sorted((at % 3, at, at % 3) for at in range(15))
    found = []
    for grouped in (False, True):
        with closing(Database(f"sqlite:///{tmp_path / str(grouped)}.sqlite")) as store:
            create_store(store)
            load(store, Collection(captures, grouped=grouped))
            found.append(content(store))
    assert found[0] == found[1]


def commits() -> list[Made]:
    """Return 60 records of three documents, every third with a change that matters."""
    made = []
    for at in range(60):
        service = f"Acme {at % 3}"
        subject = f"{'First record' if at < 3 else 'Record new changes'} of {service} Privacy Policy"
        text = TEXTS[at // 3 % 2] + f"\n\nWe keep logs for {at // 3} days."
        made.append(Made(subject, START + timedelta(hours=at), {f"{service}/Privacy Policy.md": text}))
    return made


def test_killed_processes_lose_and_double_nothing(database: Database, tmp_path: Path) -> None:
    """SIGKILL of the whole command, twice while it writes; then once more to the end, as never killed."""
    repository = make_repository(tmp_path / "acme.git", commits())
    for wanted, processes in ((1, 1), (21, 0)):
        with start(repository, database.url, processes) as process:
            deadline = time.monotonic() + 120
            while observations(database) < wanted and process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.01)
            process.kill()
    assert observations(database) >= 21
    reports = []
    with closing(Database(f"sqlite:///{tmp_path / 'whole.sqlite'}")) as whole:
        create_store(whole)
        for store in (database, whole):
            with start(repository, store.url, 0) as process:
                reports.append(json.loads(process.communicate()[0]))
        assert reports[0]["known"] + reports[0]["observations"] == reports[1]["observations"] == 60
        assert content(database) == content(whole)


def start(repository: Path, url: URL, processes: int) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "tracker", "import", "ota", str(repository), "--json"]
    command += ["--processes", str(processes)]
    address = url.render_as_string(hide_password=False)
    environment = os.environ | {"TRACKER_DATABASE_URL": address, "TRACKER_SOURCES": str(repository / "none.toml")}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def observations(database: Database) -> int:
    with database.read() as session:
        return session.exec(select(func.count()).select_from(Observation)).one()


def kept(database: Database, origins: list[str]) -> list[list[int]]:
    """Return the captures of each held text, after captures of these origins showed one and the same."""
    held = Held("0" * 64, Suspicion("consent", "A wall."))
    with database.write() as session:
        sync_sources(session, [SOURCE], START)
    for day, origin in enumerate(origins, 1):
        with database.write() as session:
            row = snapshot(session, 1, day, origin=origin)
            assert row.id is not None
            if origin == "import":
                keep_held(session, 1, row.id, row.captured_at, held)
            else:
                hold_text(session, 1, held.text_sha256, held.suspicion, row.captured_at, Settings()).add_snapshots(
                    [row.id]
                )
    with database.read() as session:
        return [sights_of(session, row) for row in session.exec(select(HeldText).order_by(col(HeldText.id)))]


def test_one_more_capture_of_a_held_text_does_not_load_all_before_it(database: Database) -> None:
    """A site that showed its consent wall for years is imported in a time that grows with its captures alone."""
    loaded: list[Snapshot] = []

    def note(row: Snapshot, _context: Any) -> None:
        loaded.append(row)

    event.listen(Snapshot, "load", note)
    try:
        assert kept(database, ["import"] * 8) == [list(range(1, 9))]
    finally:
        event.remove(Snapshot, "load", note)
    assert len(loaded) <= 2 * 8


def test_one_more_capture_of_a_held_text_writes_no_more_than_the_first_did(database: Database) -> None:
    """What is written for a capture names it alone, and none of those before it."""
    written: list[int] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        if statement.lower().startswith(("insert into held", "update held")):
            written.append(len(repr(parameters)))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        assert kept(database, ["import"] * 60) == [list(range(1, 61))]
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
    assert max(written[-2:]) <= max(written[:2])


@pytest.mark.parametrize("origins", [["live", "import", "import"], ["import", "live", "import"]])
def test_imports_are_not_held_together_with_what_was_seen_live(database: Database, origins: list[str]) -> None:
    """Whichever came first: what becomes of the two is decided apart."""
    found = kept(database, origins)
    assert found == ([[1], [2, 3]] if origins[0] == "live" else [[1, 2], [3]])
