"""Rows of the history as files for other programs: JSON Lines, CSV, Parquet. Streamed, whatever their number."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from sqlmodel import Session

from tracker.errors import UsageError
from tracker.export.spreadsheet import safe_cell
from tracker.history.facts_now import facts_of_version
from tracker.history.steps import weightiest
from tracker.store.history.history import ChangeEntry, latest_observation
from tracker.store.schema.tables import ClauseRun, SourceRow
from tracker.words import Topic

#: Rows of one group of a Parquet file, which are held in memory.
GROUP = 10_000

Row = dict[str, Any]


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    NUMBER = "number"
    FLAG = "flag"
    TIME = "time"
    WORDS = "words"  #: a list of words of the code, such as topics


@dataclass(frozen=True, slots=True)
class Table:
    """The columns of an export, in the order in which every format writes them."""

    name: str
    columns: Mapping[str, Kind]


CLAUSES = Table(
    "clauses",
    {
        "source": Kind.TEXT,
        "clause": Kind.NUMBER,
        "appeared_at": Kind.TIME,
        "unseen_at": Kind.TIME,
        "gone_at": Kind.TIME,
        "topics": Kind.WORDS,
        "text": Kind.TEXT,
    },
)
CHANGES = Table(
    "changes",
    {
        "id": Kind.TEXT,
        "source": Kind.TEXT,
        "organisation": Kind.TEXT,
        "document_type": Kind.TEXT,
        "last_seen_before": Kind.TIME,
        "first_seen_after": Kind.TIME,
        "origin": Kind.TEXT,
        "state": Kind.TEXT,
        "alert": Kind.FLAG,
        "class": Kind.TEXT,
        "severity": Kind.TEXT,
        "direction": Kind.TEXT,
        "topics": Kind.WORDS,
        "flags": Kind.WORDS,
        "summary": Kind.TEXT,
        "effective_on": Kind.TEXT,
        "object_by": Kind.TEXT,
        "rules_version": Kind.TEXT,
    },
)
FACTS = Table(
    "facts",
    {
        "source": Kind.TEXT,
        "observed_at": Kind.TIME,
        "group": Kind.TEXT,
        "what": Kind.TEXT,
        "how": Kind.TEXT,
        "clause": Kind.NUMBER,
        "text": Kind.TEXT,
    },
)


def clause_row(source: str, run: ClauseRun, text: str) -> Row:
    """Return a stretch of time over which a source displayed a clause."""
    return {
        "source": source,
        "clause": run.clause_id,
        "appeared_at": run.appeared_at,
        "unseen_at": run.unseen_at,
        "gone_at": run.gone_at,
        "topics": [topic.value for topic in Topic.in_mask(run.topics)],
        "text": text,
    }


def change_row(entry: ChangeEntry) -> Row:
    """Return a change without its clauses."""
    row, source = entry.change, entry.source
    weight = weightiest(row.verdict)
    return {
        "id": row.id,
        "source": source.id,
        "organisation": source.organisation,
        "document_type": source.document_type,
        "last_seen_before": row.last_seen_before,
        "first_seen_after": row.first_seen_after,
        "origin": row.origin,
        "state": row.state,
        "alert": row.alert,
        "class": weight.value if weight else "",
        "severity": row.severity,
        "direction": row.direction,
        "topics": row.topics,
        "flags": row.flags,
        "summary": row.summary,
        "effective_on": row.effective_on or "",
        "object_by": row.object_by or "",
        "rules_version": row.rules_version,
    }


def with_clauses(row: Row, entry: ChangeEntry) -> Row:
    """Return a change's row with its clause changes, as `tracker compare --json` has them; for JSON Lines."""
    return row | {"clauses": entry.change.verdict["changes"]}


def fact_rows(session: Session, sources: Iterable[SourceRow]) -> Iterator[Row]:
    """Yield the facts that the texts in force state, one row for each clause that states one."""
    for source in sources:
        assert source.key is not None
        seen = latest_observation(session, source.key)
        if seen is None:
            continue
        for fact in facts_of_version(session, seen.version_id):
            for quote in fact.quotes:
                yield {
                    "source": source.id,
                    "observed_at": seen.observed_at,
                    "group": fact.group.value,
                    "what": fact.what,
                    "how": fact.how,
                    "clause": quote.clause_id,
                    "text": quote.text,
                }


def write_jsonl(rows: Iterable[Row], out: TextIO) -> int:
    """Write one JSON object a line, times in ISO 8601; return how many."""
    count = 0
    for row in rows:
        count += 1
        out.write(json.dumps(row, ensure_ascii=False, default=datetime.isoformat) + "\n")
    return count


def write_csv(table: Table, rows: Iterable[Row], out: TextIO) -> int:
    """Write a head and one line a row, lists joined by spaces, safe to open in a spreadsheet; return how many rows."""
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(table.columns)
    count = 0
    for row in rows:
        count += 1
        writer.writerow([safe_cell(_plain(row[name])) for name in table.columns])
    return count


def write_parquet(table: Table, rows: Iterable[Row], path: Path) -> int:
    """Write a Parquet file with a type for each column; return how many rows.

    Raises:
        UsageError: the extra that writes them is not installed.

    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise UsageError("Parquet needs the extra `parquet`: pip install 'tracker[parquet]'") from None
    types = {
        Kind.TEXT: pa.string(),
        Kind.NUMBER: pa.int64(),
        Kind.FLAG: pa.bool_(),
        Kind.TIME: pa.timestamp("us", tz="UTC"),
        Kind.WORDS: pa.list_(pa.string()),
    }
    schema = pa.schema([(name, types[kind]) for name, kind in table.columns.items()])
    count = 0
    with pq.ParquetWriter(path, schema) as writer:
        for group in _groups(rows):
            writer.write_table(pa.Table.from_pylist(list(group), schema))
            count += len(group)
    return count


def _groups(rows: Iterable[Row]) -> Iterator[Sequence[Row]]:
    left = iter(rows)
    while group := list(islice(left, GROUP)):
        yield group


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return " ".join(value)
    return value.isoformat() if isinstance(value, datetime) else value
