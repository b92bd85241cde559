"""Captures leave as a WARC file that other tools read and replay, and whose lines no server can end."""

import io
from contextlib import closing
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import pytest
from typer.testing import CliRunner
from warcio.archiveiterator import ArchiveIterator

from tests.conftest import unavailable
from tests.world import URL, World, policy
from tracker.cli.app import app
from tracker.clock import ManualClock, SystemClock
from tracker.export.warc import write_warc
from tracker.fetch.archive import WebArchive
from tracker.fetch.pacing import ThreadPacer
from tracker.settings import Settings
from tracker.store.database import Database
from tracker.store.history.sources import all_sources
from tracker.store.texts.blobs import remove_payload
from tracker.store.texts.snapshots import append_snapshot
from tracker.store.upkeep.upgrade import open_store

FIRST, SECOND, THIRD = (datetime(2024, month, 1, 12, tzinfo=UTC) for month in (1, 2, 3))
HOSTILE = "https://acme.example/a b\r\nWARC-Type: evil"


def filled(world: World) -> World:
    """Keep three captures: the second repeats the first, the third is hostile and was redirected to."""
    told = [
        (FIRST, URL, URL, [("Content-Type", "text/html; charset=utf-8"), ("Content-Encoding", "br")], policy()),
        (SECOND, URL, URL, [("Content-Type", "text/html; charset=utf-8")], policy()),
        (
            THIRD,
            URL,
            HOSTILE,
            [("Content-Type", "text/html"), ("X-A", "1\r\n\r\n<b>"), ("Bad\r\nName", "2"), ("Transfer-Encoding", "x")],
            policy(p5=""),
        ),
    ]
    with world.runtime.database.write() as session:
        (source,) = all_sources(session)
        assert source.key is not None
        for at, url, final, headers, body in told:
            hops = [] if url == final else [{"url": url, "status": 301, "location": final}]
            append_snapshot(
                session,
                source.key,
                url=url,
                final_url=final,
                status=200,
                origin="live",
                archive=None,
                replay_url=None,
                captured_at=at,
                arrived_at=at,
                headers=headers,
                redirects=hops,
                body=body.encode(),
            )
    return world


@pytest.fixture
def world(database: Database, clock: ManualClock) -> World:
    return filled(World.build(database, clock))


def exported(world: World) -> bytes:
    out = io.BytesIO()
    with world.runtime.database.read() as session:
        write_warc(session, all_sources(session), out)
    return out.getvalue()


def test_another_tool_reads_each_record_and_its_digests_fit(world: World) -> None:
    """An opening record, a response, a revisit of it, the hop of a redirect and where it led."""
    found = []
    for record in ArchiveIterator(io.BytesIO(exported(world)), check_digests="raise"):
        body = record.content_stream().read()
        found.append((record.rec_type, record.rec_headers.get_header("WARC-Date"), body))
    assert found[0][0] == "warcinfo"
    assert found[1:] == [
        ("response", "2024-01-01T12:00:00Z", policy().encode()),
        ("revisit", "2024-02-01T12:00:00Z", b""),
        ("response", "2024-03-01T12:00:00Z", b""),
        ("response", "2024-03-01T12:00:00Z", policy(p5="").encode()),
    ]


def test_no_header_or_address_ends_its_line(world: World) -> None:
    """What a server sent is one line of its own name, or is left out."""
    *_, record = ((one.rec_headers.headers, one.http_headers) for one in ArchiveIterator(io.BytesIO(exported(world))))
    about, http = record
    assert [value for name, value in about if name == "WARC-Type"] == ["response"]
    assert dict(about)["WARC-Target-URI"] == "https://acme.example/a%20b%0D%0AWARC-Type:%20evil"
    assert [name for name, _ in http.headers] == [
        "Content-Type",
        "X-A",
        "X-Archive-Orig-Transfer-Encoding",
        "Content-Length",
    ]
    assert http.get_header("X-A") == "1 <b>"


def test_the_same_store_gives_the_same_bytes(world: World) -> None:
    """The time of writing is nowhere in it."""
    assert exported(world) == exported(world)


def test_removed_payloads_are_counted_and_an_empty_store_is_no_error(world: World) -> None:
    """What is gone is left out, its repetition too."""
    with world.runtime.database.write() as session:
        digest = session.connection().exec_driver_sql("select payload_sha256 from snapshot where sequence = 1").scalar()
        remove_payload(session, str(digest))
    with world.runtime.database.read() as session:
        assert write_warc(session, all_sources(session), io.BytesIO()) == (1, 2)
        assert write_warc(session, [], io.BytesIO()) == (0, 0)


@pytest.mark.pywb
def test_a_real_archive_replays_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: ManualClock) -> None:
    """The file of the command is listed and played by pywb, the revisit too."""
    if find_spec("pywb") is None:
        unavailable("pywb is not installed")
    from tests.support.archives import start_pywb

    monkeypatch.chdir(tmp_path)
    with closing(open_store(Settings())) as database:
        filled(World.build(database, clock))
    done = CliRunner().invoke(app, ["export", "warc", "out.warc.gz", "--source", "acme"])
    assert (done.exit_code, done.output) == (0, "out.warc.gz: 3 captures\n"), done.exception
    home = tmp_path / "pywb"
    home.mkdir()
    real = SystemClock()
    with start_pywb(home, [tmp_path / "out.warc.gz"]) as server:
        config = server.config()
        with closing(WebArchive(config, Settings(data_dir=tmp_path), real, ThreadPacer(real))) as archive:
            listed = [one for one in archive.captures(URL) if one.timestamp < "202403"]
            played = [archive.memento(one).body for one in listed]
    assert [one.timestamp for one in listed] == ["20240101120000", "20240201120000"]
    assert played == [policy().encode()] * 2
