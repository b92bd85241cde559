"""The bundle of a change says what happened, fits together, and does not hide that it was altered."""

import hashlib
import io
import json
import tracemalloc
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from sqlmodel import select
from typer.testing import CliRunner

from tests.world import URL, World, policy
from tracker.cli.app import app
from tracker.clock import ManualClock
from tracker.errors import UsageError
from tracker.export import evidence_check
from tracker.export.evidence import plain_json, write_evidence
from tracker.export.evidence_check import verify_bundle
from tracker.settings import Settings
from tracker.store.database import Database
from tracker.store.history.history import change
from tracker.store.schema.tables import Extraction
from tracker.store.texts.blobs import remove_payload
from tracker.store.texts.snapshots import append_snapshot, link_hash
from tracker.store.upkeep.upgrade import open_store

HOSTILE = "We sell your personal information to &lt;script&gt;alert(1)&lt;/script&gt; &amp; \u202epartners of ours."


@pytest.fixture
def world(database: Database, clock: ManualClock) -> World:
    """A policy whose promise not to sell gave way to a hostile sentence, and a later look at it."""
    return told(World.build(database, clock))


def told(world: World) -> World:
    for text in (policy(), policy(p3=HOSTILE), policy(p3=HOSTILE, p5="")):
        world.fetcher.serve(URL, text)
        world.check()
    return world


def bundled(world: World) -> bytes:
    out = io.BytesIO()
    with world.runtime.database.read() as session:
        write_evidence(session, change(session, world.changes()[0].id), out)
    return out.getvalue()


def contents(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as bundle:
        return {name: bundle.read(name) for name in bundle.namelist()}


def packed(path: Path, files: dict[str, bytes], *, manifest: bool = True) -> Path:
    """Write a bundle of these files, with a manifest that fits them where asked for."""
    if manifest:
        head = json.loads(files["manifest.json"])
        listed = {name: data for name, data in files.items() if name != "manifest.json"}
        head["files"] = {
            name: {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)} for name, data in listed.items()
        }
        files = listed | {"manifest.json": plain_json(head)}
    with zipfile.ZipFile(path, "w") as bundle:
        for name, data in files.items():
            bundle.writestr(name, data)
    return path


def damages(path: Path) -> list[str]:
    return [str(damage) for damage in verify_bundle(path).damages]


def test_a_bundle_holds_both_pages_as_received_and_fits_together(world: World, tmp_path: Path) -> None:
    """Payloads are the bytes that the server sent, the chain reaches to its head, the same bytes come each time."""
    data = bundled(world)
    assert data == bundled(world)
    files = contents(data)
    assert files["before/captures/1.body"] == policy().encode()
    assert files["after/captures/1.body"] == policy(p3=HOSTILE).encode()
    assert [link["sequence"] for link in json.loads(files["chain.json"])] == [1, 2, 3]
    path = tmp_path / "bundle.zip"
    path.write_bytes(data)
    report = verify_bundle(path)
    assert report.damages == []
    assert report.checked == {"files": len(files) - 1, "links": 3, "captures": 2, "texts": 5}


def test_the_redline_runs_nothing(world: World) -> None:
    """What a page says is text in it; nothing is loaded."""
    page = contents(bundled(world))["redline.html"].decode()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "default-src 'none'" in page
    assert "<del>" in page


def altered_body(files: dict[str, bytes]) -> None:
    files["after/captures/1.body"] += b" "


def altered_clause(files: dict[str, bytes]) -> None:
    files["after/clauses.json"] = files["after/clauses.json"].replace(b"We sell", b"We lend")


def altered_text(files: dict[str, bytes]) -> None:
    files["before/text.md"] += b"One more word.\n"


def altered_redline(files: dict[str, bytes]) -> None:
    files["redline.html"] += b"<p>More</p>"


def altered_link(files: dict[str, bytes]) -> None:
    files["chain.json"] = files["chain.json"].replace(b'"status": 200', b'"status": 201')


def rehashed_link(files: dict[str, bytes]) -> None:
    links = json.loads(files["chain.json"])
    links[1]["status"] = 201
    links[1]["chain_hash"] = link_hash({name: links[1][name] for name in links[1] if name != "chain_hash"})
    files["chain.json"] = plain_json(links)


def shortened_chain(files: dict[str, bytes]) -> None:
    files["chain.json"] = plain_json(json.loads(files["chain.json"])[:-1])


def missing_capture(files: dict[str, bytes]) -> None:
    del files["before/captures/1.body"]


def nonsense(files: dict[str, bytes]) -> None:
    files["change.json"] = b"[" * 100_000


@pytest.mark.parametrize(
    ("alter", "named"),
    [
        (altered_body, "the payload of after/captures/1 is not what was received"),
        (altered_clause, "the clauses of after do not fit the hash of their text"),
        (altered_text, "before/text.md does not say what the clauses say"),
        (altered_redline, "redline.html does not show the two texts"),
        (altered_link, "link 1 does not fit its hash"),
        (rehashed_link, "link 3 does not hold the hash of the link before it"),
        (shortened_chain, "the last link is not the head of the chain"),
        (missing_capture, "the payload of before/captures/1 is missing"),
        (nonsense, "cannot be read"),
    ],
)
def test_an_alteration_is_named_even_where_the_manifest_was_made_to_fit(
    world: World, tmp_path: Path, alter: Callable[[dict[str, bytes]], None], named: str
) -> None:
    """Nothing within a bundle can be changed on its own."""
    files = contents(bundled(world))
    alter(files)
    found = damages(packed(tmp_path / "bundle.zip", files))
    assert any(named in damage for damage in found), found


def test_files_that_the_manifest_does_not_fit_are_named(world: World, tmp_path: Path) -> None:
    """An altered, a missing and an added file."""
    files = contents(bundled(world))
    files["README.txt"] = b"Believe me."
    del files["after/text.md"]
    files["more.txt"] = b"."
    found = damages(packed(tmp_path / "bundle.zip", files, manifest=False))
    for named in ("README.txt does not fit", "after/text.md is missing", "more.txt is not in the manifest"):
        assert any(named in damage for damage in found), found


@pytest.mark.parametrize("name", ["../x.txt", "/etc/passwd", "before/../../x.md", "a\\b.txt", "C:x.txt"])
def test_a_file_name_that_leads_elsewhere_is_refused(world: World, tmp_path: Path, name: str) -> None:
    """Such a file is no bundle; nothing is ever unpacked to disk."""
    files = contents(bundled(world)) | {name: b"."}
    with pytest.raises(UsageError, match="no file of one is named"):
        verify_bundle(packed(tmp_path / "bundle.zip", files))


def test_what_is_no_bundle_is_refused(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No ZIP, no file, doubles, and more than a bundle may hold once unpacked."""
    path = tmp_path / "bundle.zip"
    with pytest.raises(UsageError, match="cannot read"):
        verify_bundle(path)
    path.write_bytes(b"PK no ZIP")
    with pytest.raises(UsageError, match="is no evidence bundle"):
        verify_bundle(path)
    with zipfile.ZipFile(path, "w") as bundle:
        bundle.writestr("manifest.json", b"{}")
        with pytest.warns(UserWarning, match="Duplicate name"):
            bundle.writestr("manifest.json", b"{}")
    with pytest.raises(UsageError, match="same name"):
        verify_bundle(path)
    path.write_bytes(bundled(world))
    monkeypatch.setattr(evidence_check, "MOST_BYTES", 1_000)
    with pytest.raises(UsageError, match="more than an evidence bundle may"):
        verify_bundle(path)


def test_a_removed_payload_is_told_as_removed(world: World, tmp_path: Path) -> None:
    """A retention rule leaves the hash, and the bundle fits together without the bytes."""
    digest = hashlib.sha256(policy().encode()).hexdigest()
    with world.runtime.database.write() as session:
        remove_payload(session, digest)
    path = tmp_path / "bundle.zip"
    path.write_bytes(bundled(world))
    assert "before/captures/1.body" not in contents(path.read_bytes())
    report = verify_bundle(path)
    assert (report.damages, report.removed) == ([], 1)


def test_the_commands_write_and_check_a_bundle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: ManualClock
) -> None:
    """`tracker verify` needs no store for it, and ends with 1 where something was altered."""
    monkeypatch.chdir(tmp_path)
    with closing(open_store(Settings())) as database:
        ident = told(World.build(database, clock)).changes()[0].id
    made = CliRunner().invoke(app, ["evidence", ident[:8], "--out", "bundle.zip"])
    assert made.exit_code == 0, made.exception
    files = contents(Path("bundle.zip").read_bytes())
    assert hashlib.sha256(files["manifest.json"]).hexdigest() in made.output
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    checked = CliRunner().invoke(app, ["verify", "../bundle.zip"])
    assert checked.exit_code == 0, checked.exception
    assert "Everything is as it was stored." in checked.output
    assert list(elsewhere.iterdir()) == []
    altered_body(files)
    packed(tmp_path / "bundle.zip", files)
    refused = CliRunner().invoke(app, ["verify", "../bundle.zip", "--json"])
    assert refused.exit_code == 1
    assert json.loads(refused.stdout)["ok"] is False


def test_a_bundle_of_any_size_takes_the_memory_of_one_page(world: World, tmp_path: Path) -> None:
    """Twelve pages of 2 MB each and a chain of hundreds of links: neither writing nor checking holds them at once."""
    size, pages = 2_000_000, 12
    now = world.clock.now()
    with world.runtime.database.write() as session:
        row = world.changes()[0]
        more = [
            append_snapshot(
                session,
                row.source_key,
                url=f"{URL}/{number}",
                final_url=f"{URL}/{number}",
                status=200,
                origin="live",
                archive=None,
                replay_url=None,
                captured_at=now,
                arrived_at=now,
                headers=[("Content-Type", "text/html")],
                redirects=[],
                body=Random(number).randbytes(size if number < pages else 10),
            )
            for number in range(pages + 400)
        ]
        reading = session.exec(select(Extraction).where(Extraction.version_id == row.after_version_id)).one()
        reading.snapshot_ids = [*reading.snapshot_ids, *(snapshot.id or 0 for snapshot in more[:pages])]
    path = tmp_path / "bundle.zip"
    tracemalloc.start()
    try:
        with world.runtime.database.read() as session, path.open("wb") as file:
            write_evidence(session, change(session, row.id), file)
        written = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        report = verify_bundle(path)
        checked = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert path.stat().st_size > size * pages
    assert (report.damages, report.checked["links"], report.checked["captures"]) == ([], 415, 14)
    # Of one page: as stored, what it was packed against, unpacked, and packed anew.
    assert written < 7 * size
    assert checked < 7 * size
