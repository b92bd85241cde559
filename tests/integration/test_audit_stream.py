"""A report is written while it is read: one source at a time is in memory, in each form."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tracker.export.audit import csv_lines
from tracker.export.audit_json import json_pieces
from tracker.history import audit as history
from tracker.history.audit import AuditReport, SourceAudit, audit, chosen_sources
from tracker.store.database import Database
from tracker.store.schema.tables import SourceRow
from tracker.web.pages.reports import report_file

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
NAMES = [f"many-{number:03}" for number in range(120)]


def page(report: AuditReport) -> Iterator[str]:
    return report_file(report, ZoneInfo("UTC"))


@pytest.fixture
def store(database: Database) -> Database:
    """More sources than are asked for at once."""
    with database.write() as session:
        for name in NAMES:
            session.add(SourceRow(id=name, name=name.title(), url=f"https://{name}.example/p", tags=["many"]))
    return database


@pytest.mark.parametrize("form", [csv_lines, json_pieces, page])
def test_no_source_is_read_before_the_one_before_it_is_written(
    store: Database, monkeypatch: pytest.MonkeyPatch, form: Callable[[AuditReport], Iterator[str]]
) -> None:
    """Whatever a piece names is the source that was read last."""
    read: list[str] = []
    read_one = history._source

    def watched(*told: object) -> SourceAudit:
        found: SourceAudit = read_one(*told)  # type: ignore[arg-type]
        read.append(found.source.id)
        return found

    monkeypatch.setattr(history, "_source", watched)
    text = ""
    with store.read() as session:
        title, rows = chosen_sources(session, tag="many")
        report = audit(session, title, rows, since=NOW - timedelta(days=9), until=NOW, now=NOW)
        assert (len(report.sources), read) == (120, [])
        for piece in form(report):
            assert set(re.findall(r"many-\d{3}", piece)) <= set(read[-1:])
            text += piece
    assert read == NAMES
    assert sorted(set(re.findall(r"many-\d{3}", text))) == NAMES
    if form is json_pieces:
        assert [one["source"] for one in json.loads(text)["sources"]] == NAMES


def test_a_report_without_a_source_is_json_all_the_same(database: Database) -> None:
    """Its list is empty."""
    with database.read() as session:
        report = audit(session, "nothing", [], since=NOW, until=NOW, now=NOW)
        assert json.loads("".join(json_pieces(report)))["sources"] == []
