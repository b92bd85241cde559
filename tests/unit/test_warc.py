"""WARC files as they come: plain and gzip, whole and damaged, honest and not."""

import gzip
import tracemalloc
from contextlib import closing
from pathlib import Path
from time import perf_counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tracker.intake.model import Unreadable
from tracker.intake.responses import read_response
from tracker.intake.warc import Damaged, WarcFile, read_date

PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>Acme</p>"


def record(block: bytes, *, kind: str = "response", length: int | None = None, more: str = "") -> bytes:
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: <https://acme.example/p>\r\n"
        f"WARC-Date: 2020-01-31T10:20:30Z\r\n{more}Content-Length: {len(block) if length is None else length}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


def packed(*records: bytes) -> bytes:
    """Return records as they mostly come: each compressed on its own."""
    return b"".join(map(gzip.compress, records))


def read(path: Path, content: bytes, limit: int = 10_000) -> list[bytes]:
    """Return the blocks of all records of a file."""
    path.write_bytes(content)
    with closing(WarcFile(path)) as file:
        return [found.block(limit) for found in file.records()]


@pytest.mark.parametrize("form", [b"".join, lambda parts: packed(*parts), lambda parts: gzip.compress(b"".join(parts))])
def test_records_are_read_one_after_the_other(tmp_path: Path, form: object) -> None:
    """Plain, each record compressed, or the whole file."""
    content = form([record(b"a" * 70_000), record(b""), record(PAGE)])  # type: ignore[operator]
    assert read(tmp_path / "x.warc", content, 100_000) == [b"a" * 70_000, b"", PAGE]


def test_a_record_tells_what_it_is_of(tmp_path: Path) -> None:
    """Fields in any case, a field that goes on in the next line, an address in brackets."""
    path = tmp_path / "x.warc"
    path.write_bytes(record(PAGE, more="warc-payload-DIGEST: sha1:A\r\n B\r\n"))
    with closing(WarcFile(path)) as file:
        (found,) = file.records()
    assert (found.type, found.uri, found.fields["warc-payload-digest"]) == (
        "response",
        "https://acme.example/p",
        "sha1:A B",
    )
    assert found.moment is not None
    assert found.moment.isoformat() == "2020-01-31T10:20:30+00:00"


@pytest.mark.parametrize("form", [b"".join, lambda parts: packed(*parts)])
def test_a_record_can_be_read_again(tmp_path: Path, form: object) -> None:
    """By the offset that it told when it was read the first time."""
    path = tmp_path / "x.warc"
    path.write_bytes(form([record(b"x" * 500), record(PAGE), record(b"y" * 100_000)]))  # type: ignore[operator]
    with closing(WarcFile(path)) as file:
        places = [(found.offset, found.alone, found.length) for found in file.records()]
        assert [alone for _, alone, _ in places] == [True] * 3
        assert file.again(places[1][0], 1_000) == PAGE
        assert len(file.again(places[2][0], 200_000)) == 100_000


def test_what_is_compressed_to_nothing_stays_out_of_memory(tmp_path: Path) -> None:
    """A record of 200 MB that packs to 200 kB is passed over in pieces."""
    path = tmp_path / "bomb.warc.gz"
    path.write_bytes(packed(record(b"\0" * 200_000_000), record(PAGE)))
    tracemalloc.start()
    try:
        blocks = []
        with closing(WarcFile(path)) as file:
            for found in file.records():
                try:
                    blocks.append(found.block(1_000_000))
                except Unreadable:
                    blocks.append(b"too large")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert blocks == [b"too large", PAGE]
    assert peak < 3_000_000


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"no warc\r\n", "no WARC record"),
        (record(b"x", length=10**12), "usable length"),
        (record(b"x").replace(b"Length: 1", b"Length: " + b"9" * 5_000), "usable length"),
        (b"WARC/1.0\r\nWARC-Type: response\r\n\r\n", "usable length"),
        (record(PAGE, length=500), "middle of a record"),
        (b"WARC/1.0\r\nWARC-Type", "middle of a record"),
        (b"WARC/1.0\r\n" + b"A: b\r\n" * 2_000 + b"\r\n", "too many fields"),
        (b"WARC/1.0 " + b"x" * 1_000_000, "without an end"),
        (packed(record(PAGE))[:-20], "too early"),
        (packed(record(PAGE)) + b"garbage", "is none"),
        (b"\r\n" * 1_000_000, "blank lines"),
        (packed(record(PAGE), b"\n" * 5_000_000), "blank lines"),
    ],
)
def test_damage_is_told(tmp_path: Path, content: bytes, why: str) -> None:
    """What is wrong is said, however the file breaks off or lies."""
    with pytest.raises(Damaged, match=why):
        read(tmp_path / "x.warc", content, 10**13)


def test_blank_lines_between_records_cost_little(tmp_path: Path) -> None:
    """Hundreds of thousands of them, in any form, and the place of the record behind them is told right."""
    for form in (b"".join, lambda parts: packed(*parts)):
        path = tmp_path / "x.warc"
        path.write_bytes(form([record(b"x"), b"\r\n" * 450_000, record(PAGE)]))
        started = perf_counter()
        with closing(WarcFile(path)) as file:
            places = [(found.offset, found.alone) for found in file.records()]
            assert file.again(places[1][0], 1_000) == PAGE
        assert [alone for _, alone in places] == [True, True]
        assert perf_counter() - started < 1


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300), st.integers(0, 600), st.booleans())
def test_no_file_breaks_the_reader(tmp_path: Path, noise: bytes, at: int, compressed: bool) -> None:
    """Whatever bytes stand where, either records come or a damage is told."""
    whole = record(PAGE) + record(noise, more="A:\r\n")
    content = packed(whole, record(PAGE)) if compressed else whole
    try:
        for block in read(tmp_path / "x.warc", content[:at] + noise + content[at:]):
            read_response(block, 1_000)
    except (Damaged, Unreadable):
        pass


def test_bodies_lose_their_codings() -> None:
    """Chunks are joined and gzip is unpacked, also where only one of both is true."""
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n"
    body = gzip.compress(b"<p>Acme</p>")
    chunked = b"%x\r\n%s\r\n5;a=b\r\n%s\r\n0\r\n\r\n" % (len(body) - 5, body[:-5], body[-5:])
    for coded in (chunked, body, b"<p>Acme</p>"):
        assert read_response(head + coded, 100).body == b"<p>Acme</p>"


@pytest.mark.parametrize(
    ("block", "why"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", "no HTTP"),
        (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 60_000, "no HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: compress\r\n\r\nxyz", "packed as compress"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + gzip.compress(b"x" * 2_000), "larger"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + gzip.compress(b"x" * 50)[:-9], "damaged"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\n<p>Acme</p>", "11 bytes of 60"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3c\r\n<p>Acme</p>", "in the middle of a chunk"),
    ],
    ids=[
        "a request",
        "a long head",
        "an unknown coding",
        "too large",
        "cut off",
        "short",
        "a short chunk",
    ],  # packed bytes hold the time
)
def test_what_is_no_readable_response_is_told(block: bytes, why: str) -> None:
    """Each reason has its words."""
    with pytest.raises(Unreadable, match=why):
        read_response(block, 1_000)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2020-01-31T10:20:30Z", "2020-01-31T10:20:30+00:00"),
        ("2020-01-31T10:20:30.123456789Z", "2020-01-31T10:20:30.123456+00:00"),
        ("2020-01-31T10:20:30+00:00", "2020-01-31T10:20:30+00:00"),
        ("2020-01-31T10:20Z", "2020-01-31T10:20:00+00:00"),
        ("2020-01-31", "2020-01-31T00:00:00+00:00"),
        ("2020-01-31T10:20:30+02:00", None),
        ("2020-13-31T10:20:30Z", None),
        ("20200131102030", None),
    ],
)
def test_dates(text: str, wanted: str | None) -> None:
    """As the standard has them, down to the nanosecond, cut to what the store resolves."""
    found = read_date(text)
    assert (found.isoformat() if found else None) == wanted
