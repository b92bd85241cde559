"""Documents that are read in a process of their own: what is too much ends that process, and nothing else."""

import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from functools import cache

import pytest

from tests.support.pdfs import pdf_around, pdf_of
from tests.world import PARAGRAPHS
from tracker import extract as room
from tracker.compare.vocabulary.lexicons import load, use
from tracker.errors import ExtractionError
from tracker.extract import ExtractionRules, Format, Range, apart, extract
from tracker.extract.apart import Limits, Readers
from tracker.extract.documents import read_document
from tracker.words import FailureKind

RULES = ExtractionRules(min_words=0)
GOOD = pdf_of([(700 - 20 * number, text) for number, text in enumerate(PARAGRAPHS)])


@cache
def slow() -> bytes:
    """Return far more work than any limit here: millions of drawing operators, some hundred kilobytes packed."""
    return pdf_around(zlib.compress(b"0 0 m 9 9 l S\n" * 8_000_000))


def bomb(megabytes: int) -> bytes:
    """Return a PDF file whose one stream unpacks to so many megabytes of blanks; making it takes no memory."""
    packer = zlib.compressobj(6)
    pieces = [packer.compress(b" " * 1_000_000) for _ in range(megabytes)]
    return pdf_around(b"".join([*pieces, packer.flush()]))


@pytest.fixture
def readers() -> Iterator[Readers]:
    """Readers of their own, with tight limits on what a document takes and none on how slow this machine is."""
    with closing(Readers(Limits(cpu=3, wall=250, memory=500_000_000))) as found:
        yield found


def kind_of(readers: Readers, body: bytes) -> FailureKind:
    """Return how reading a PDF fails."""
    with pytest.raises(ExtractionError) as caught:
        readers.read(body, Format.PDF, RULES, "", None)
    return caught.value.kind


def test_what_is_read_apart_is_what_is_read_here(readers: Readers) -> None:
    """Blocks of every shape, what is told beside them, and failures, over and over with one process."""
    page = (
        "<html lang=en><title>Töst</title><main>"
        "<h2>One &amp; \u20ac</h2><ol><li>a<ul><li>b</ul></ol><dl><dt>t<dd>d</dl>"
        "<table><tr><th>H<th>I<tr><td>1<td>2</table><pre>x  y</pre><blockquote>q</blockquote></main><p id=z>no"
    ).encode()
    rules = replace(RULES, select=("main", Range(start_before="h2", end_before="dl")), remove=("pre",))
    for _ in range(2):
        for body, form, told in ((GOOD, Format.PDF, RULES), (page, Format.HTML, RULES), (page, Format.HTML, rules)):
            assert readers.read(body, form, told, "u", None) == read_document(body, form, told, "u", None)
        assert kind_of(readers, b"%PDF-1.4 broken") is FailureKind.UNREADABLE
    (only,) = readers._idle
    assert only.count == 8


def test_words_of_ones_own_hold_there_too(readers: Readers, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A menu that an overlay names is left out, and the shipped words are back afterwards."""
    overlay = tmp_path_factory.mktemp("words") / "page_furniture.toml"
    overlay.write_text('consent_ids = ["my-own-box"]\n', encoding="utf-8")
    page = b"<html><body><p>Kept words.</p><div id=my-own-box><p>Left out.</p></div></body></html>"
    plain = readers.read(page, Format.HTML, RULES, "", None)
    with use(load([overlay])):
        told = readers.read(page, Format.HTML, RULES, "", None)
        assert told == read_document(page, Format.HTML, RULES, "", None)
    assert told != plain
    assert readers.read(page, Format.HTML, RULES, "", None) == plain


def test_a_bomb_is_too_complex_and_the_next_document_is_read() -> None:
    """It does not get the memory, whatever time there is; the process may live or not."""
    with closing(Readers(Limits(cpu=1_000, wall=250, memory=500_000_000))) as readers:
        assert kind_of(readers, bomb(600)) is FailureKind.TOO_COMPLEX
        assert readers.read(GOOD, Format.PDF, RULES, "", None).words > 100


def test_a_slow_document_is_ended_by_the_time_it_takes_and_the_next_is_read(readers: Readers) -> None:
    """By the system, after so many seconds of a core; another process takes its place."""
    readers.read(GOOD, Format.PDF, RULES, "", None)
    (before,) = readers._idle
    assert kind_of(readers, slow()) is FailureKind.TOO_COMPLEX
    assert readers._idle == []
    assert not before.is_alive()
    assert readers.read(GOOD, Format.PDF, RULES, "", None).words > 100


def test_a_document_is_ended_by_the_clock_too() -> None:
    """Where it waits, or the system knows or allows no other limit."""
    with closing(Readers(Limits(cpu=1_000, wall=1, memory=1_500_000_000))) as readers:
        assert kind_of(readers, slow()) is FailureKind.TOO_COMPLEX
        assert readers._idle == []  # one that refuses a document for its memory alone lives on


def test_deep_nesting_ends_as_a_failure(readers: Readers) -> None:
    """However deep its objects lie in each other."""
    deep = pdf_around(zlib.compress(b""), first=f"<< /Type /Catalog /Pages 2 0 R /X {'[' * 200_000} >>")
    assert kind_of(readers, deep) in {FailureKind.TOO_COMPLEX, FailureKind.UNREADABLE}
    assert readers.read(GOOD, Format.PDF, RULES, "", None).words > 100


def test_a_reader_that_died_is_replaced(readers: Readers) -> None:
    """Nobody's document fails for it."""
    readers.read(GOOD, Format.PDF, RULES, "", None)
    (idle,) = readers._idle
    idle._process.kill()
    idle._process.wait()
    assert readers.read(GOOD, Format.PDF, RULES, "", None).words > 100


@pytest.mark.parametrize(
    "answer", [b"[]", b"{}", b"7", b'{"blocks": [["what", "", 0, "", [], []]]}', b'{"error": "x"}', b"{"]
)
def test_an_answer_that_makes_no_sense_is_too_complex(
    readers: Readers, monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    """A parser that was taken over gets nothing run here."""
    readers.read(GOOD, Format.PDF, RULES, "", None)
    monkeypatch.setattr(apart, "_receive", lambda pipe, most=None: answer)
    assert kind_of(readers, GOOD) is FailureKind.TOO_COMPLEX


def test_other_limits_hold_from_the_next_document_on(readers: Readers) -> None:
    """Readers that were started under the old ones are replaced, the one that is at work once it is done."""
    readers.read(GOOD, Format.PDF, RULES, "", None)
    (old,) = readers._idle
    busy = readers._take()
    readers.bound(Limits(cpu=3, wall=250, memory=600_000_000))
    readers._give_back(busy)
    assert (busy is old, readers._idle, old.is_alive()) == (True, [], False)
    readers.read(GOOD, Format.PDF, RULES, "", None)
    assert [reader.limits for reader in readers._idle] == [readers.limits]


def test_pdf_always_and_html_from_a_size_on_are_read_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing else is."""
    asked: list[tuple[Format, int]] = []

    class Noted(Readers):
        def read(self, body, form, rules, url, charset):  # type: ignore[no-untyped-def]
            asked.append((form, len(body)))
            return read_document(body, form, rules, url, charset)

    monkeypatch.setattr(apart, "READERS", Noted(Limits()))
    small = b"<html><body><p>Some words.</p></body></html>"
    large = small.replace(b"words", b"words " * (room.LARGE_HTML // 6))
    extract(GOOD, "", RULES)
    extract(small, "text/html", RULES)
    extract(large, "text/html", RULES)
    extract(b"words " * 1_000_000, "text/plain", RULES)
    assert asked == [(Format.PDF, len(GOOD)), (Format.HTML, len(large))]


def test_limits_that_cannot_be_set_are_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hardened unit may forbid to set them; lower ones that are set already hold."""
    resource = pytest.importorskip("resource")
    told: list[tuple[int, tuple[int, int]]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (10, 10) if kind == resource.RLIMIT_AS else (-1, -1))
    monkeypatch.setattr(resource, "setrlimit", lambda kind, values: told.append((kind, values)))
    apart._bound(Limits(memory=1_000))
    assert told[0] == (resource.RLIMIT_AS, (10, 10))

    def forbidden(kind: int, values: tuple[int, int]) -> None:
        raise PermissionError(1, "not permitted")

    monkeypatch.setattr(resource, "setrlimit", forbidden)
    apart._bound(Limits())
    apart._allow(5)
