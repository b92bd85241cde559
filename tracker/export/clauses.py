"""Clauses as rows of a file: what a source said, from when and until when."""

import csv
import json
from collections.abc import Iterable
from typing import TextIO

from tracker.export.spreadsheet import safe_cell
from tracker.store.tables import ClauseRun
from tracker.words import Topic

#: The columns, in the order in which every format writes them.
COLUMNS = ("source", "clause", "appeared_at", "unseen_at", "gone_at", "topics", "text")

Row = dict[str, object]


def clause_row(source: str, run: ClauseRun, text: str) -> Row:
    """Return a run of a clause under the names of `COLUMNS`: times in ISO 8601, topics as a list of words."""
    return {
        "source": source,
        "clause": run.clause_id,
        "appeared_at": run.appeared_at.isoformat(),
        "unseen_at": run.unseen_at and run.unseen_at.isoformat(),
        "gone_at": run.gone_at and run.gone_at.isoformat(),
        "topics": [topic.value for topic in Topic.in_mask(run.topics)],
        "text": text,
    }


def write_jsonl(rows: Iterable[Row], out: TextIO) -> int:
    """Write one JSON object a line; return how many."""
    count = 0
    for row in rows:
        count += 1
        out.write(json.dumps(row, ensure_ascii=False) + "\n")
    return count


def write_csv(rows: Iterable[Row], out: TextIO) -> int:
    """Write a head and one line a row, lists joined by spaces, safe to open in a spreadsheet; return how many rows."""
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    count = 0
    for row in rows:
        count += 1
        cells = (row[name] for name in COLUMNS)
        writer.writerow([safe_cell(" ".join(cell) if isinstance(cell, list) else cell) for cell in cells])
    return count
