"""Sitemaps: what they list is read, whatever they hold costs little."""

import gzip
import zlib
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.fetch import sitemap
from tracker.fetch.sitemap import MOST_ADDRESSES, read_sitemap, sitemaps_named

NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def test_pages_and_further_sitemaps_are_told_apart() -> None:
    """With or without a namespace; what is no web address is left out."""
    pages = read_sitemap(f"<urlset {NAMESPACE}><url><loc> https://a.example/x </loc></url></urlset>".encode())
    assert pages.pages == ("https://a.example/x",)
    index = read_sitemap(b"<sitemapindex><sitemap><loc>https://a.example/s.xml</loc></sitemap></sitemapindex>")
    assert (index.pages, index.sitemaps) == ((), ("https://a.example/s.xml",))
    assert read_sitemap(b"<urlset><url><loc>file:///etc/passwd</loc></url></urlset>").pages == ()


def test_a_plain_list_is_a_sitemap_too() -> None:
    """One address a line."""
    assert read_sitemap(b"https://a.example/x\nnonsense\nhttps://a.example/y\n").pages == (
        "https://a.example/x",
        "https://a.example/y",
    )


def test_a_mark_before_the_first_line_hides_no_address() -> None:
    """Lists that some editors save begin with a byte order mark."""
    assert read_sitemap(b"\xef\xbb\xbfhttps://a.example/x\r\n").pages == ("https://a.example/x",)


def test_a_damaged_sitemap_gives_what_came_before_the_damage() -> None:
    """A cut file is no reason to know nothing."""
    assert read_sitemap(b"<urlset><url><loc>https://a.example/x</loc></url><url><loc>htt").pages == (
        "https://a.example/x",
    )


def test_a_packed_sitemap_is_unpacked() -> None:
    """XML or a list, of one member or several; what was cut gives what came before the cut."""
    assert read_sitemap(gzip.compress(b"<urlset><url><loc>https://a.example/x</loc></url></urlset>")).pages == (
        "https://a.example/x",
    )
    several = gzip.compress(b"https://a.example/x\n") + gzip.compress(b"https://a.example/y\n") + b"\0\0"
    assert read_sitemap(several).pages == ("https://a.example/x", "https://a.example/y")
    engine = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
    start = engine.compress(b"https://a.example/x\n") + engine.flush(zlib.Z_FULL_FLUSH)
    assert read_sitemap(start).pages == ("https://a.example/x",)
    assert read_sitemap(b"\x1f\x8b nonsense") == sitemap.Sitemap()


def test_a_packed_bomb_is_unpacked_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many members it has, no more is unpacked than the limit says; what came before counts."""
    monkeypatch.setattr(sitemap, "MOST_BYTES", 100)
    bomb = gzip.compress(b"https://a.example/x\n" + b"\n" * 1_000_000) + gzip.compress(b"https://a.example/y\n")
    assert read_sitemap(bomb).pages == ("https://a.example/x",)
    assert len(sitemap._unpacked(gzip.compress(b"x" * 60) * 3)) == 100


def test_an_endless_sitemap_is_read_up_to_a_limit() -> None:
    """Ten times the allowed number of addresses: the first ones are taken, in little time."""
    row = b"<url><loc>https://a.example/x</loc></url>"
    started = perf_counter()
    assert len(read_sitemap(b"<urlset>" + row * 10 * MOST_ADDRESSES).pages) == MOST_ADDRESSES
    assert perf_counter() - started < 10


def test_entities_are_not_expanded(tmp_path: object) -> None:
    """Neither ones that multiply nor ones that read a file."""
    text = b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]><urlset><url><loc>https://a.example/&f;</loc></url></urlset>'
    assert all("/etc" not in url and len(url) < 25 for url in read_sitemap(text).pages)


@given(st.binary(max_size=200) | st.text(alphabet="<>/urlsetoc!&;[]a ", max_size=80).map(str.encode))
def test_junk_is_read_or_ignored(data: bytes) -> None:
    """Nothing is raised."""
    read_sitemap(data)
    read_sitemap(b"<urlset>" + data)
    read_sitemap(b"\x1f\x8b" + data)
    read_sitemap(gzip.compress(data)[:-9])


def test_robots_txt_names_sitemaps_in_any_case() -> None:
    """Each once; relative ones are none."""
    text = "User-agent: *\nSITEMAP: https://a.example/1.xml\nsitemap:https://a.example/1.xml\nSitemap: /2.xml\n"
    assert sitemaps_named(text) == ["https://a.example/1.xml"]


def test_blank_lines_of_a_robots_txt_cost_little() -> None:
    """As many as are read of it: what comes after them is found, in time that grows with their number alone."""
    started = perf_counter()
    assert sitemaps_named("\n" * 400_000 + " Sitemap\t: https://a.example/1.xml\n") == ["https://a.example/1.xml"]
    assert perf_counter() - started < 10
