"""Reading the index of an archive, however odd its rows are."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.errors import ArchiveError, ArchiveUnavailable
from tracker.fetch.cdx import IndexPage, normal_timestamp, normal_url, parse_ia, parse_pywb

URL = "https://acme.example/privacy"
HEADER = ["urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length"]


def ia_row(timestamp: str = "20150101000000", original: str = URL, **other: str) -> list[str]:
    row = {"mimetype": "text/html", "statuscode": "200", "digest": "AAA", "length": "12"} | other
    return ["com,acme)/privacy", timestamp, original, row["mimetype"], row["statuscode"], row["digest"], row["length"]]


def ia(*rows: object) -> str:
    return json.dumps([HEADER, *rows])


@pytest.mark.parametrize("text", ["", "\n", "[]", "[[]]", json.dumps([HEADER])])
def test_nothing_found_is_an_empty_page(text: str) -> None:
    """All the ways to say "no captures" are no error."""
    assert parse_ia(text, "ia", URL).captures == ()


def test_pywb_says_nothing_found_with_nothing() -> None:
    """An empty body from pywb is an empty page."""
    assert parse_pywb("", "pywb", URL).rows == 0


def test_dashes_mean_unknown() -> None:
    """A revisit has no status, and `-` is no value."""
    row = ia_row(mimetype="warc/revisit", statuscode="-", length="-", digest="-")
    found = parse_ia(ia(row), "ia", URL).captures[0]
    assert (found.status, found.length, found.digest, found.media_type) == (None, None, "", "warc/revisit")


def test_resume_key_is_told_from_rows() -> None:
    """The key stands alone in the last row after an empty one, and is kept as sent."""
    page = parse_ia(ia(ia_row(), [], ["com%2Cacme%29%2F+20150101000001"]), "ia", URL)
    assert page.resume_key == "com%2Cacme%29%2F+20150101000001"
    assert len(page.captures) == page.rows == 1


def test_broken_rows_are_counted_and_left_out() -> None:
    """A row too short, without a time, without an address or of another host does not take the others with it."""
    page = parse_ia(
        ia(
            ia_row(),
            ["x"],
            ia_row("20151301000000"),
            ia_row(original="mailto:x"),
            ia_row(original="https://evil.example/"),
        ),
        "ia",
        URL,
    )
    assert (len(page.captures), page.skipped, page.rows) == (1, 4, 5)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("20150101000000", "20150101000000"),
        ("20000800241623", "20000824162300"),
        ("20000008241623", "20000824162300"),
        ("20150231000000", None),
        ("2015", None),
        ("٢٠١٥٠١٠١٠٠٠٠٠٠", None),
        (20150101000000, None),
    ],
)
def test_timestamps_are_mended_or_refused(value: object, expected: str | None) -> None:
    """Month or day `00` is dropped and the rest padded; what is no time is None."""
    assert normal_timestamp(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("http://acme.example:80/privacy", "http://acme.example/privacy"),
        ("https://acme.example:443/", "https://acme.example/"),
        ("http://acme.example:8080/", "http://acme.example:8080/"),
        ("ftp://acme.example/", None),
        ("http://[bad/", None),
        ("http://acme.example:99999/", None),
        ("https://acme.example/a\r\nHost: evil", None),
    ],
)
def test_addresses_are_normal_or_refused(value: str, expected: str | None) -> None:
    """The default port goes; what is no web address is None."""
    assert normal_url(value) == expected


def test_guesses_of_pywb_are_dropped() -> None:
    """Rows that pywb marks as fuzzy are of another address."""
    row = {"timestamp": "20150101000000", "url": URL, "mime": "text/html", "status": "200", "digest": "A"}
    text = "\n".join(json.dumps(one) for one in (row, row | {"timestamp": "20160101000000", "is_fuzzy": "true"}))
    assert [one.timestamp for one in parse_pywb(text, "pywb", URL).captures] == ["20150101000000"]


@pytest.mark.parametrize("text", ["<html>Sorry</html>", '{"message": "no"}', "[1, 2]", "[" * 100_000, '[["a"],["b"]]'])
@pytest.mark.parametrize("parse", [parse_ia, parse_pywb])
def test_what_is_no_index_may_be_asked_again(text: str, parse: Callable[[str, str, str], IndexPage]) -> None:
    """An error page instead of an index is a passing failure."""
    with pytest.raises(ArchiveUnavailable):
        parse(text, "a", URL)


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers()
    | st.text()
    | st.sampled_from([*HEADER, "20150101000000", URL]),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*HEADER, "url", "mime", "is_fuzzy"]), inner),
    max_leaves=20,
)


@given(st.text() | _JSON.map(json.dumps) | st.lists(st.lists(_JSON)).map(lambda rows: json.dumps([HEADER, *rows])))
def test_junk_raises_nothing_but_archive_errors(text: str) -> None:
    """Whatever an archive sends, the parser answers or raises ArchiveError."""
    for parse in (parse_ia, parse_pywb):
        try:
            page = parse(text, "a", URL)
        except ArchiveError:
            continue
        assert all(len(capture.timestamp) == 14 for capture in page.captures)
