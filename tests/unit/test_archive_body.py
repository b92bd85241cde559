"""Bodies of archived captures: unpacked by what they are, never beyond what is asked for."""

import gzip
import sys

import pytest

from tests.hostile import deflate
from tests.support.packing import PACK
from tracker.errors import NotPlayable
from tracker.fetch.archive_body import read_archived

PAGE = b"<html><body><p>We sell your data.</p></body></html>" * 50
LIMIT = 100_000
PACKED = {coding: pack(PAGE) for coding, pack in PACK.items()}


class Body:
    """A body that comes in small pieces."""

    def __init__(self, body: bytes) -> None:
        self._left = body

    def read1(self, amt: int, decode_content: bool) -> bytes:
        """Return what one read brings."""
        assert not decode_content
        part, self._left = self._left[: min(amt, 1_000)], self._left[min(amt, 1_000) :]
        return part


@pytest.mark.parametrize("coding", PACKED)
def test_packed_bodies_are_unpacked(coding: str) -> None:
    """As they are called, and as they are called where an archive adds its own."""
    assert read_archived(Body(PACKED[coding]), coding, LIMIT) == PAGE
    assert read_archived(Body(PACKED[coding]), f"{coding}, gzip", LIMIT) == PAGE


@pytest.mark.parametrize("coding", PACKED)
def test_bodies_that_the_archive_unpacked_stay_as_they_are(coding: str) -> None:
    """The header is that of the server, the body is not."""
    assert read_archived(Body(PAGE), coding, LIMIT) == PAGE


@pytest.mark.parametrize("coding", PACKED)
def test_a_body_is_never_unpacked_beyond_the_limit(coding: str) -> None:
    """Neither a large one nor one that breaks off is taken for a page."""
    with pytest.raises(NotPlayable, match="larger than 2,499 bytes"):
        read_archived(Body(PACKED[coding]), coding, 2_499)
    with pytest.raises(NotPlayable, match="ends too early"):
        read_archived(Body(PACKED[coding][:-5]), coding, LIMIT)


def test_a_body_of_several_frames_is_read_to_its_end() -> None:
    """Zstandard may come in pieces, but not in endless ones."""
    pack = PACK["zstd"]
    assert read_archived(Body(pack(PAGE[:999]) + pack(PAGE[999:])), "zstd", LIMIT) == PAGE
    with pytest.raises(NotPlayable, match="more than 64 pieces"):
        read_archived(Body(pack(b"") * 65), "zstd", LIMIT)


@pytest.mark.parametrize("size", [999, 65_512])
def test_every_member_of_gzip_is_read(size: int) -> None:
    """Also one whose mark is cut in two by a bound of what is read at a time; but not endless ones."""
    first = gzip.compress(b"x" * size, 0)
    assert size == 999 or len(first) == 65_535
    assert read_archived(Body(first + gzip.compress(PAGE) + b"\0\0"), "gzip", LIMIT) == b"x" * size + PAGE
    with pytest.raises(NotPlayable, match="ends too early"):
        read_archived(Body(first + gzip.compress(PAGE)[:-5]), "gzip", LIMIT)
    with pytest.raises(NotPlayable, match="larger than"):
        read_archived(Body(first + gzip.compress(b"x" * 1_000_000)), "gzip", LIMIT)
    with pytest.raises(NotPlayable, match="more than 10,000 pieces"):
        read_archived(Body(gzip.compress(b"") * 10_001), "gzip", 1_000_000)


def test_both_kinds_of_deflate_are_undone() -> None:
    """The one without a mark is told by trying: what is none was unpacked by the archive."""
    raw = deflate(PAGE, raw=True)
    assert read_archived(Body(raw), "deflate", LIMIT) == PAGE
    with pytest.raises(NotPlayable, match="ends too early"):
        read_archived(Body(raw[:-5]), "deflate", LIMIT)
    with pytest.raises(NotPlayable, match="larger than 2,499 bytes"):
        read_archived(Body(raw), "deflate", 2_499)
    for plain in (b"%PDF-1.7 not packed", b"Just a text of some words.", PAGE, b""):
        assert read_archived(Body(plain), "deflate", LIMIT) == plain


def test_damaged_bodies_are_named() -> None:
    """Bytes that are no such packing."""
    broken = {"br": b"", "zstd": PACKED["zstd"][:9], "gzip": PACKED["gzip"][:10], "deflate": PACKED["deflate"][:2]}
    for coding, body in ((coding, start + b"\xff" * 50) for coding, start in broken.items()):
        with pytest.raises(NotPlayable, match="damaged"):
            read_archived(Body(body), coding, LIMIT)
    with pytest.raises(NotPlayable, match="packed as compress"):
        read_archived(Body(PAGE), "compress", LIMIT)


def test_brotli_without_the_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The capture is told of, the others are read."""
    monkeypatch.setitem(sys.modules, "brotlicffi", None)
    with pytest.raises(NotPlayable, match=r"tracker\[brotli\]"):
        read_archived(Body(PACKED["br"]), "br", LIMIT)
