"""`tracker import warc`: captures of archives, and of our own export, become history."""

import gzip
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests.support.archives import Record, write_warc
from tests.support.packing import PACK
from tests.world import policy
from tracker.cli.app import app

URL = "https://acme.example/privacy"
START = datetime(2020, 1, 1, 12, 30, 7, tzinfo=UTC)
SOURCES = f"""
[[source]]
id = "acme"
name = "Acme Privacy Policy"
organisation = "Acme"
type = "Privacy Policy"
url = "{URL}"
"""
SOLD = policy(p3="We sell your personal information to advertisers.")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder with a sources file."""
    monkeypatch.chdir(tmp_path)
    Path("sources.toml").write_text(SOURCES)


def at(day: int) -> datetime:
    return START + timedelta(days=day)


def run(*args: str) -> Result:
    return CliRunner().invoke(app, list(args))


def imported(*args: str, code: int = 0) -> dict[str, Any]:
    result = run("import", "warc", *args, "--processes", "0", "--json")
    assert result.exit_code == code, (result.output, result.exception)
    found = json.loads(result.stdout)
    assert isinstance(found, dict)
    return found


def log_of(ident: str) -> list[dict[str, Any]]:
    found = json.loads(run("log", ident, "--json").stdout)
    assert isinstance(found, list)
    return found


CAPTURES = (
    Record(URL, at(1), policy().encode()),
    Record("https://other.example/", at(1), b"<p>Nothing of ours.</p>"),
    Record("http://www.acme.example/privacy/", at(2), SOLD.encode()),
    Record(URL, at(3), revisit_of=at(1)),
    Record(URL, at(4), b"<h1>Not found</h1>", status=404),
    Record(URL, at(5), status=302, headers=(("Location", "https://acme.example/legal/privacy"),)),
    Record("https://acme.example/legal/privacy", at(5), policy(p5="").encode()),
)


def test_captures_go_to_the_source_of_their_address(tmp_path: Path) -> None:
    """Whatever the form of the address; a revisit shows what it repeats, a redirect leads on, errors show nothing."""
    report = imported(str(write_warc(tmp_path / "x.warc.gz", CAPTURES)))
    assert report["sources"] == {"acme": 4}
    assert (report["captures"], report["unread"]) == (5, 1)
    assert report["problems"][0]["why"] == "error page (HTTP 404)"
    assert report["notes"] == ["passed over: 1 capture of other addresses"]
    log = log_of("acme")
    assert [one["first_seen"] for one in log] == [at(day).isoformat() for day in (1, 2, 3, 5)]
    assert [one["version"] for one in log] == [1, 2, 1, 3]
    assert "sale" in log[1]["change"]["topics"]


def test_importing_again_adds_nothing(tmp_path: Path) -> None:
    """Also where the same capture stands in two files."""
    path = str(write_warc(tmp_path / "x.warc.gz", CAPTURES))
    copy = str(write_warc(tmp_path / "copy.warc.gz", CAPTURES))
    imported(path)
    again = imported(path, copy)
    assert (again["captures"], again["known"], again["observations"]) == (10, 10, 0)


def test_a_named_source_takes_every_address_or_one(tmp_path: Path) -> None:
    """With --source the addresses do not matter, with --url one does; what is in no file is described by options."""
    path = str(write_warc(tmp_path / "x.warc.gz", [*CAPTURES[:1], Record("https://b.example/p", at(2), SOLD.encode())]))
    assert imported(path, "--source", "b", "--url", "http://b.example/p/", "--name", "Bee")["sources"] == {"b": 1}
    assert imported(path, "--source", "c")["sources"] == {"c": 2}
    assert json.loads(run("show", "b", "--json").stdout)["name"] == "Bee"


def test_options_without_their_source_are_refused(tmp_path: Path) -> None:
    """What describes a source needs one."""
    path = str(write_warc(tmp_path / "x.warc.gz", CAPTURES))
    assert "--source" in str(run("import", "warc", path, "--name", "Acme").exception)
    assert "no-such.warc" in str(run("import", "warc", "no-such.warc").exception)


def test_captures_of_one_second_with_other_texts_are_both_kept(tmp_path: Path) -> None:
    """A moment is as fine as the store has it, the file's only a second."""
    records = [CAPTURES[0], Record(URL, at(1), SOLD.encode())]
    report = imported(str(write_warc(tmp_path / "x.warc.gz", records)))
    assert report["observations"] == 2
    assert len(log_of("acme")) == 2


def test_captures_out_of_order_go_to_their_place_in_time(tmp_path: Path) -> None:
    """A file that holds the newest first gives the same history."""
    last = Record(URL, at(5), policy(p5="").encode())
    imported(str(write_warc(tmp_path / "x.warc.gz", [CAPTURES[2], CAPTURES[0], last])))
    in_time = log_of("acme")
    assert [one["first_seen"] for one in in_time] == [at(day).isoformat() for day in (1, 2, 5)]
    assert [one["change"]["alert"] for one in in_time[1:]] == [True, True]
    late = Record(URL, at(0), SOLD.encode())
    imported(str(write_warc(tmp_path / "late.warc.gz", [late])))
    assert [one["first_seen"] for one in log_of("acme")] == [at(day).isoformat() for day in (0, 1, 2, 5)]


def test_a_file_that_breaks_off_brings_what_stands_before(tmp_path: Path) -> None:
    """The damage is named, and where it begins."""
    path = write_warc(tmp_path / "x.warc.gz", CAPTURES)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) - 200])
    report = imported(str(path), code=1)
    assert report["sources"] == {"acme": 3}
    assert "too early; what stands behind byte" in report["notes"][0]


def test_what_is_no_warc_file_ends_with_status_1(tmp_path: Path) -> None:
    """The table counts what the note tells of."""
    path = tmp_path / "x.warc"
    path.write_bytes(b"\x07\x99 nothing of the kind" * 100)
    report = imported(str(path), code=1)
    assert (report["captures"], report["lost"], len(report["notes"])) == (0, 1, 1)


def test_a_redirect_without_a_host_leads_on_too(tmp_path: Path) -> None:
    """Servers mostly name the path alone, and those of HTTP/2 no minor version."""
    records = [
        Record(URL, at(1), status=301, headers=(("Location", "/legal/privacy"),)),
        Record("https://acme.example/legal/privacy", at(1), policy().encode()),
    ]
    path = write_warc(tmp_path / "x.warc.gz", records)
    assert imported(str(path))["sources"] == {"acme": 1}
    text = gzip.decompress(path.read_bytes())
    (tmp_path / "2.warc").write_bytes(
        text.replace(b"HTTP/1.1 301 Moved Permanently", b"HTTP/2 301 Moved Permanently  ")
    )
    assert imported(str(tmp_path / "2.warc"), "--source", "other", "--url", URL)["sources"] == {"other": 1}


def test_a_capture_that_was_cut_off_makes_no_version(tmp_path: Path) -> None:
    """What its keeper left out was not deleted from the document; it is named and counted."""
    records = (Record(URL, at(1), policy().encode()), Record(URL, at(2), SOLD.encode()))
    path = write_warc(tmp_path / "x.warc.gz", records)
    first, second = gzip.decompress(path.read_bytes()).split(b"\r\n\r\nWARC/1.0\r\n")
    told = second.replace(b"WARC-Type:", b"WARC-Truncated: length\r\nWARC-Type:", 1)
    (tmp_path / "cut.warc").write_bytes(first + b"\r\n\r\nWARC/1.0\r\n" + told)
    report = imported(str(tmp_path / "cut.warc"), code=1)
    assert (report["sources"], report["lost"], report["changes"]) == ({"acme": 1}, 1, 0)
    assert "cut it off (length)" in report["problems"][0]["why"]


def test_captures_without_a_readable_date_are_told_of(tmp_path: Path) -> None:
    """Nothing of a followed document is passed over without a word; what is of no source is counted as ever."""
    path = write_warc(tmp_path / "x.warc.gz", CAPTURES[:2])
    undated = gzip.decompress(path.read_bytes()).replace(
        f"{at(1):%Y-%m-%dT%H:%M:%SZ}".encode(), b"20200102 12:30:07   "
    )
    (tmp_path / "undated.warc").write_bytes(undated)
    report = imported(str(tmp_path / "undated.warc"), code=1)
    assert (report["captures"], report["lost"]) == (0, 1)
    assert report["notes"] == [
        f'undated.warc: {URL}: "20200102 12:30:07" is no date',
        "passed over: 1 capture of other addresses",
    ]


def test_what_a_server_called_unchanged_is_seen_again(tmp_path: Path) -> None:
    """Such a revisit has no digest, but names the record it refers to."""
    path = write_warc(tmp_path / "x.warc.gz", [CAPTURES[0]])
    first = gzip.decompress(path.read_bytes())
    ident = re.search(rb"WARC-Record-ID: (\S+)", first)
    assert ident is not None
    body = b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5000\r\nX-Served: again\r\n\r\n"
    revisit = (
        f"WARC/1.1\r\nWARC-Type: revisit\r\nWARC-Target-URI: {URL}\r\nWARC-Date: {at(9):%Y-%m-%dT%H:%M:%SZ}\r\n"
        f"WARC-Refers-To: {ident[1].decode()}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    (tmp_path / "same.warc").write_bytes(first + revisit.encode() + body + b"\r\n\r\n")
    report = imported(str(tmp_path / "same.warc"))
    assert (report["sources"], report["versions"]) == ({"acme": 2}, 1)


def test_pages_and_resources_of_other_types_are_kept_without_text(tmp_path: Path) -> None:
    """A picture at the address of the policy, and bodies that no text can be read from: both are counted as such."""
    png = (("Content-Type", "image/png"),)
    brotli = (("Content-Type", "text/html"), ("Content-Encoding", "br"))
    records = [
        Record(URL, at(1), b"\x89PNG\r\n\x1a\n" + b"\0\1\2" * 300, headers=png),
        Record(URL, at(2), b"\x0b\x02\x80", headers=brotli),
        CAPTURES[2],
    ]
    report = imported(str(write_warc(tmp_path / "x.warc.gz", records)), code=1)
    assert (report["sources"], report["unread"], report["lost"]) == ({"acme": 1}, 0, 2)
    assert "ends too early" in report["problems"][0]["why"]


def test_captures_packed_in_other_ways_are_read(tmp_path: Path) -> None:
    """Brotli and Zstandard, as servers pack pages since browsers unpack them."""
    records = [
        replace(CAPTURES[0], body=PACK["br"](CAPTURES[0].body), headers=packed_as("br")),
        replace(CAPTURES[2], body=PACK["zstd"](CAPTURES[2].body), headers=packed_as("zstd")),
    ]
    report = imported(str(write_warc(tmp_path / "x.warc.gz", records)))
    assert (report["sources"], report["unread"], report["lost"]) == ({"acme": 2}, 0, 0)


def packed_as(coding: str) -> tuple[tuple[str, str], ...]:
    """Return the headers of a page that is packed."""
    return (("Content-Type", "text/html"), ("Content-Encoding", coding))


def test_our_own_export_comes_back_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`export warc`, then `import warc` into another store: the same captures and texts at the same times."""
    imported(str(write_warc(tmp_path / "x.warc.gz", CAPTURES)))
    assert run("export", "warc", "out.warc.gz").exit_code == 0
    first = content()
    monkeypatch.setenv("TRACKER_DATA_DIR", str(tmp_path / "other"))
    report = imported("out.warc.gz", "--source", "acme")
    assert report["observations"] == 4
    assert content() == first
    again = imported("out.warc.gz", "--source", "acme")
    assert (again["known"], again["observations"]) == (report["captures"], 0)


def content() -> list[str]:
    """Return what the store holds of observations, versions, changes and runs of clauses."""
    from tests.support.dump import dump_content
    from tracker.settings import load_settings
    from tracker.store.upkeep.upgrade import open_store

    database = open_store(load_settings())
    try:
        with database.read() as session:
            return [line for line in dump_content(session) if '"kind": "snapshot"' not in line]
    finally:
        database.close()
