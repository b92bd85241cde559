"""Counts are those of the rows, whatever was done to these: what SQLite keeps, and what PostgreSQL counts."""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from alembic.command import downgrade, upgrade
from sqlalchemy import delete, func, text, update
from sqlmodel import Session, SQLModel, col, select

from tracker.history.stats import By, StatLine, stats
from tracker.store.database import Database, insert_new
from tracker.store.history import stats as counting
from tracker.store.history.counts import ChangeCount, Column, Scope
from tracker.store.history.tally import keeps
from tracker.store.schema.tables import Change, Observation, Snapshot, SourceRow, Version
from tracker.store.texts.layouts import pack_layout
from tracker.store.upkeep.moving import move_store
from tracker.store.upkeep.upgrade import alembic_config, create_store
from tracker.store.upkeep.verify import verify_store
from tracker.words import ChangeState, Direction, Severity, Topic

#: Far to the east and to the west, half an hour and three quarters off, and one that moved by a day.
ZONES = ("UTC", "Pacific/Kiritimati", "Etc/GMT+12", "Asia/Kathmandu", "Pacific/Apia", "America/St_Johns")

NOW = datetime(2013, 1, 1, tzinfo=UTC)

TAGS: tuple[list[str], ...] = (["vendor"], ["vendor", "bank"], [])


class Deeds:
    """Does by chance what a store's life does to the rows that are counted."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.made = 0

    def do(self, session: Session) -> None:
        """Do one thing."""
        deeds: list[tuple[Callable[[Session], None], int]] = [
            *((self._change, 6), (self._observe, 6), (self._capture, 2), (self._judge_anew, 3), (self._settle, 2)),
            *((self._move, 2), (self._forget, 3), (self._turned_away, 1), (self._purge, 1), (self._all_at_once, 1)),
        ]
        (deed,) = self.dice.choices([deed for deed, _ in deeds], [often for _, often in deeds])
        deed(session)

    def moment(self) -> datetime:
        """Return a moment: often about the turn of a month, sometimes one that was there before."""
        turn = datetime(self.dice.choice((2011, 2012)), self.dice.randint(1, 12), 1, tzinfo=UTC)
        seconds = self.dice.choice((0, 900, 899.999999, 0.5, 86_399.9999, self.dice.randrange(86_400)))
        return turn + timedelta(
            hours=self.dice.choice((-15, -14, -10, -6, -5.75, 0, 3.25, 3.5, 12, 13, 400)), seconds=seconds
        )

    def _one(self, session: Session, table: type[SQLModel]) -> Any:
        rows = session.exec(select(table)).all()
        keys = sorted(rows, key=lambda row: str(getattr(row, "id", None)))
        return self.dice.choice(keys) if keys else None

    def _source(self, session: Session) -> int:
        rows = session.exec(select(SourceRow)).all()
        if len(rows) < 3:
            self.made += 1
            row = SourceRow(id=f"s{self.made}", name="A", url="https://a.example", tags=self.dice.choice(TAGS))
            session.add(row)
            session.flush()
            rows = [*rows, row]
        key = self.dice.choice(rows).key
        assert key is not None
        return key

    def _version(self, session: Session, source: int) -> int:
        rows = session.exec(select(Version.id).where(Version.source_key == source).order_by(col(Version.id))).all()
        if len(rows) > 4 or (rows and self.dice.random() < 0.6):
            return self.dice.choice(rows) or 0
        self.made += 1
        values: dict[str, Any] = {
            "text_sha256": str(self.made),
            "key_sha256": "",
            "canon_version": "",
            "layout": pack_layout([]).data,
            "language": "en",
        }
        row = Version(source_key=source, clauses=1, words=1, **values)
        session.add(row)
        session.flush()
        return row.id or 0

    def _verdict(self) -> dict[str, Any]:
        topics = self.dice.sample([Topic.SALE, Topic.RETENTION, Topic.AI_TRAINING], self.dice.randrange(3))
        severity = self.dice.choice(list(Severity))
        return {
            "severity": severity.value,
            "direction": self.dice.choice(list(Direction)).value,
            "alert": severity.rank > 1,
            "topics": [topic.value for topic in topics],
            "topic_mask": Topic.mask(topics),
            "flags": self.dice.choice(([], ["silent"], ["returned", "silent"], ["review"])),
        }

    def _values(self, session: Session) -> dict[str, Any]:
        source, moment = self._source(session), self.moment()
        version = self._version(session, source)
        self.made += 1
        return self._verdict() | {
            "id": f"{self.dice.randrange(16**6):06x}{self.made}",
            "source_key": source,
            "before_version_id": version,
            "after_version_id": version,
            "last_seen_before": moment,
            "first_seen_after": moment,
            "origin": "live",
            "state": self.dice.choice(list(ChangeState)).value,
            "created_at": moment,
            "rules_version": "",
            "summary": "",
        }

    def _change(self, session: Session) -> None:
        session.add(Change(**self._values(session)))

    def _observe(self, session: Session) -> None:
        source = self._source(session)
        row = {"source_key": source, "observed_at": self.moment(), "origin": self.dice.choice(("live", "archive"))}
        insert_new(session, Observation, [row | {"version_id": self._version(session, source)}])

    def _capture(self, session: Session) -> None:
        self.made += 1
        url: dict[str, Any] = {"url": "https://a.example", "final_url": "https://a.example"}
        chain: dict[str, Any] = {"payload_sha256": "", "payload_size": 0, "chain_previous": "", "chain_hash": ""}
        at: dict[str, Any] = {"captured_at": self.moment(), "arrived_at": self.moment(), "sequence": self.made}
        session.add(Snapshot(source_key=self._source(session), status=200, origin="live", **url, **chain, **at))

    def _judge_anew(self, session: Session) -> None:
        if row := self._one(session, Change):
            for name, value in self._verdict().items():
                setattr(row, name, value)

    def _settle(self, session: Session) -> None:
        if row := self._one(session, Change):
            row.state = self.dice.choice(list(ChangeState)).value

    def _move(self, session: Session) -> None:
        table = self.dice.choice((Observation, Snapshot, Change))
        if row := self._one(session, table):
            names = {Observation: "observed_at", Snapshot: "captured_at", Change: "first_seen_after"}
            # Two observations of a source at the same time would be refused.
            setattr(row, names[table], self.moment() + timedelta(microseconds=self.dice.randrange(1, 900)))

    def _forget(self, session: Session) -> None:
        if row := self._one(session, self.dice.choice((Observation, Snapshot, Change, Version))):
            session.delete(row)

    def _turned_away(self, session: Session) -> None:
        """Insert what is there already."""
        if row := self._one(session, Change):
            insert_new(session, Change, [self._values(session) | {"id": row.id, "verdict": row.packed_verdict}])
        if row := self._one(session, Observation):
            insert_new(session, Observation, [row.model_dump(exclude={"id"}) | {"language": "de"}])

    def _purge(self, session: Session) -> None:
        session.execute(delete(SourceRow).where(col(SourceRow.key) == self._source(session)))

    def _all_at_once(self, session: Session) -> None:
        ids = session.exec(select(Change.id).order_by(Change.id)).all()
        chosen = col(Change.id).in_(self.dice.sample(ids, len(ids) // 3))
        state = self.dice.choice((ChangeState.SUPERSEDED, ChangeState.HISTORY)).value
        statement: Any = delete(Change) if self.dice.random() < 0.2 else update(Change).values(state=state)
        session.execute(statement.where(chosen))


def second(moment: datetime) -> int:
    return int(moment.replace(microsecond=0).timestamp())


def line_of(name: str, changes: Sequence[tuple[Change, int | None]], beside: Sequence[int] | None) -> StatLine:
    """Return the line of some changes with the days before each."""
    counts = ChangeCount()
    for change, _ in changes:
        material = change.severity != "none"
        weaker, stronger, mixed = (material and change.direction == word for word in ("weaker", "stronger", "mixed"))
        severity = Severity(change.severity)
        counts += ChangeCount(
            1, material, weaker, stronger, mixed, change.alert, "silent" in change.flags, severity.rank
        )
    days = [days for _, days in changes if days is not None]
    return StatLine(name, counts, median(days) if days else None, *(beside or (None, None, None)))


def by_hand(session: Session, by: By, zone: ZoneInfo) -> tuple[tuple[StatLine, ...], StatLine]:
    """Return the lines and the total as they follow from all rows, one by one."""
    form = {By.YEAR: "%Y", By.MONTH: "%Y-%m"}.get(by, "")
    sources = {row.key or 0: row for row in session.exec(select(SourceRow))}
    changes: list[tuple[Change, int | None]] = []
    for key in sources:
        rows = session.exec(select(Change).where(Change.source_key == key, Change.state != "superseded")).all()
        told = sorted(rows, key=lambda row: (row.first_seen_after, row.id))
        days = [(second(b.first_seen_after) - second(a.first_seen_after)) // 86_400 for a, b in pairwise(told)]
        changes += zip(told, [None, *days], strict=False)

    looks = [f"{moment.astimezone(zone):{form}}" for moment in session.exec(select(Observation.observed_at))]
    if form and not looks:
        return (), line_of("all", [], [0, 0, 0])

    def period(moment: datetime) -> list[str]:
        # What lies outside of all periods counts in the first or the last.
        return [min(max(f"{moment.astimezone(zone):{form}}", min(looks)), max(looks))] if form else []

    names: dict[By, Callable[[Change], Sequence[str]]] = {
        By.SOURCE: lambda row: [sources[row.source_key].id],
        By.TAG: lambda row: sources[row.source_key].tags,
        By.TOPIC: lambda row: row.topics,
        By.SEVERITY: lambda row: [row.severity],
        By.DIRECTION: lambda row: [row.direction],
        By.YEAR: lambda row: period(row.first_seen_after),
        By.MONTH: lambda row: period(row.first_seen_after),
    }
    groups: dict[str, list[tuple[Change, int | None]]] = defaultdict(list)
    for change, days_before in changes:
        for name in names[by](change):
            groups[name].append((change, days_before))
    beside: dict[str, Counter[int]] = defaultdict(Counter)
    total: Counter[int] = Counter()
    for place, (key, moment) in seen(session, periods=bool(form)):
        total[place] += 1
        tags = {By.SOURCE: [sources[key].id], By.TAG: sources[key].tags}
        for name in tags.get(by, period(moment)):
            beside[name][place] += 1
    dated = by in {By.SOURCE, By.TAG, By.YEAR, By.MONTH}
    found = {
        name: line_of(name, groups[name], [beside[name][place] for place in range(3)] if dated else None)
        for name in {*groups, *(beside if dated else ())}
    }
    orders: dict[By, Sequence[str]] = {
        By.TOPIC: list(Topic),
        By.SEVERITY: list(Severity)[::-1],
        By.DIRECTION: list(Direction),
    }
    lines = tuple(found[name] for name in orders.get(by, sorted(found)) if name in found)
    return lines, line_of("all", changes, [total[place] for place in range(3)])


def seen(session: Session, *, periods: bool) -> Iterator[tuple[int, tuple[int, datetime]]]:
    """Yield source and moment of each version (0), observation (1) and capture (2)."""
    if periods:
        query = select(Observation.source_key, func.min(Observation.observed_at)).group_by(
            col(Observation.source_key), col(Observation.version_id)
        )
        yield from ((0, (key, moment)) for key, moment in session.exec(query))
    else:
        yield from ((0, (key, NOW)) for key in session.exec(select(Version.source_key)))
    for observation in session.exec(select(Observation)):
        yield 1, (observation.source_key, observation.observed_at)
    for snapshot in session.exec(select(Snapshot)):
        yield 2, (snapshot.source_key, snapshot.captured_at)


def wrong(database: Database, zones: Sequence[str]) -> list[str]:
    """Return what is counted otherwise than by hand."""
    found = []
    with database.read() as session:
        for by in By:
            for zone in zones if by in {By.YEAR, By.MONTH} else ("UTC",):
                counted = stats(session, by, zone=ZoneInfo(zone))
                lines, total = by_hand(session, by, ZoneInfo(zone))
                found += [f"{by} {zone}: {a} is not {b}" for a, b in zip(counted.lines, lines, strict=False) if a != b]
                if (len(lines), total) != (len(counted.lines), counted.total):
                    found.append(f"{by} {zone}: {counted.total} is not {total}, of {counted.lines} and {lines}")
    return found


@pytest.mark.parametrize("seed", range(4))
def test_counts_are_those_of_the_rows_whatever_happens_to_them(database: Database, seed: int) -> None:
    """What comes, goes, moves, is judged anew, superseded, purged, turned away or undone counts as a full look says."""
    deeds = Deeds(seed)
    for turn in range(12):
        with database.write() as session:
            for _ in range(25):
                deeds.do(session)
                session.flush()
        with pytest.raises(ZeroDivisionError), database.write() as session:  # noqa: PT012 - it has to fail at the end
            deeds.do(session)
            raise ZeroDivisionError
        assert wrong(database, ZONES[turn % len(ZONES) :][:2]) == [], turn


def test_whole_histories_are_not_counted_anew_on_sqlite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No row of the history is read for them, and both ways of counting say the same."""
    with closing(Database(f"sqlite:///{tmp_path / 'store.sqlite'}")) as database:
        create_store(database)
        deeds = Deeds(9)
        with database.write() as session:
            for _ in range(200):
                deeds.do(session)
                session.flush()
        with database.read() as session:
            kept = [stats(session, by, zone=ZoneInfo(zone)) for by in By for zone in ZONES]
            monkeypatch.setattr(counting, "keeps", lambda *_: False)
            assert [stats(session, by, zone=ZoneInfo(zone)) for by in By for zone in ZONES] == kept
            monkeypatch.setattr(counting, "keeps", lambda *told: keeps(*told) or pytest.fail(str(told)))
            assert [stats(session, by, zone=ZoneInfo(zone)) for by in By for zone in ZONES] == kept


@pytest.mark.parametrize("bound", ["2012-02-14T00:00", "2012-02-01T00:05", "2012-02-01T00:00:30", "2012-02-01T12:15"])
def test_periods_that_begin_within_a_slot_are_counted_anew(tmp_path: Path, bound: str) -> None:
    """No slot may be told apart; months of the zones of old times begin at odd minutes."""
    with closing(Database(f"sqlite:///{tmp_path / 'store.sqlite'}")) as database:
        create_store(database)
        scope = Scope(bounds=[NOW, datetime.fromisoformat(bound).replace(tzinfo=UTC)])
        with database.read() as session:
            assert not keeps(session, scope, Column.PERIOD)
            for fine in ("2012-02-01T00:00", "2012-01-31T10:00", "2012-02-01T12:00", "2012-02-29T18:15"):
                bounds = [NOW, datetime.fromisoformat(fine).replace(tzinfo=UTC)]
                assert keeps(session, replace(scope, bounds=bounds), Column.PERIOD)
            assert not keeps(session, Scope(since=NOW), Column.SOURCE)
            assert not keeps(session, Scope(source_keys=[1]), Column.SOURCE)


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("update change_tally set silent = silent + 1 where kind = 'source'", "changes by source"),
        ("delete from spacing_tally where kind = 'severity'", "days between changes by severity"),
        ("update seen_tally set observations = observations + 1 where kind = 'source'", "observations by source"),
        ("update seen_tally set captures = captures + 1 where kind = 'source'", "captures by source"),
    ],
)
def test_a_check_of_the_store_counts_anew(tmp_path: Path, statement: str, told: str) -> None:
    """What another program may have done to the counts is found, and a copy of the store is right again."""
    with (
        closing(Database(f"sqlite:///{tmp_path / 'store.sqlite'}")) as database,
        closing(Database(f"sqlite:///{tmp_path / 'new.sqlite'}")) as new,
    ):
        create_store(database)
        create_store(new)
        deeds = Deeds(3)
        with database.write() as session:
            for _ in range(200):
                deeds.do(session)
                session.flush()
        assert counts_damaged(database) == []
        with database.write() as session:
            session.execute(text(statement))
        (damage,) = counts_damaged(database)
        assert f"kept of {told} are not" in damage
        move_store(database, new)
        assert counts_damaged(new) == []


def counts_damaged(database: Database) -> list[str]:
    return [damage.detail for damage in verify_store(database).damages if damage.what == "counts"]


def test_a_copy_and_an_older_store_get_the_same_counts(tmp_path: Path) -> None:
    """Rows moved one by one and rows found by the upgrade count alike, and are counted on alike."""
    deeds = Deeds(3)
    with (
        closing(Database(f"sqlite:///{tmp_path / 'old.sqlite'}")) as old,
        closing(Database(f"sqlite:///{tmp_path / 'new.sqlite'}")) as new,
    ):
        create_store(old)
        create_store(new)
        with old.write() as session:
            for _ in range(200):
                deeds.do(session)
                session.flush()
        move_store(old, new)
        made = objects(old)
        assert wrong(new, ZONES) == []
        with old.engine.execution_options(tracker_writes=True).begin() as connection:
            downgrade(alembic_config(connection), "0011")
        assert not [name for name in objects(old) if "tally" in name or "step" in name]
        with old.engine.execution_options(tracker_writes=True).begin() as connection:
            upgrade(alembic_config(connection), "head")
        assert objects(old) == made
        assert wrong(old, ZONES) == []
        with old.write() as session:
            for _ in range(50):
                deeds.do(session)
                session.flush()
        assert wrong(old, ZONES) == []


def objects(database: Database) -> dict[str, str]:
    """Return what a store consists of, as written, but for tables: a migration writes these otherwise."""
    with database.engine.connect() as connection:
        query = text("select name, sql from sqlite_master where type in ('trigger', 'view') or name like '%tally'")
        return {row[0]: row[1] for row in connection.execute(query)}
