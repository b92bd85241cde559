"""Real captures of real policies, listed and downloaded through a real pywb."""

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from tests.support.archives import Pywb, start_facade, start_pywb
from tracker.clock import SystemClock
from tracker.fetch.archive import WebArchive
from tracker.fetch.pacing import ThreadPacer
from tracker.settings import Settings

pytestmark = [pytest.mark.corpus, pytest.mark.pywb]


@pytest.fixture(scope="module")
def server(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pywb]:
    warcs = sorted((corpus / "corpus" / "captures").glob("*.warc.gz"))
    with start_pywb(tmp_path_factory.mktemp("corpus"), warcs) as running:
        yield running


def sources(corpus: Path) -> list[dict[str, object]]:
    lines = (corpus / "corpus" / "captures" / "index.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def stored(path: Path) -> dict[str, bytes]:
    """Return the bodies of a WARC file by 14-digit time, unpacked."""
    found = {}
    with path.open("rb") as file:
        for record in ArchiveIterator(file):
            if record.rec_type == "response":
                digits = "".join(filter(str.isdigit, record.rec_headers.get_header("WARC-Date")))[:14]
                body = record.content_stream().read()
                found[digits] = gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
    return found


def test_every_capture_of_the_corpus_plays_as_stored(corpus: Path, server: Pywb, tmp_path: Path) -> None:
    """Each of the 658 captures is listed, plays at its own time, and has the very bytes of the WARC file."""
    clock = SystemClock()
    kinds: Counter[tuple[int, str, int]] = Counter()
    with closing(WebArchive(server.config(), Settings(data_dir=tmp_path), clock, ThreadPacer(clock))) as archive:
        for source in sources(corpus):
            captures = list(archive.captures(str(source["url"])))
            assert len(captures) == source["captures"]
            bodies = stored(corpus / "corpus" / "captures" / str(source["file"]))
            for capture in captures:
                played = archive.memento(capture)
                assert f"{played.captured_at:%Y%m%d%H%M%S}" == capture.timestamp
                assert played.body == bodies[capture.timestamp]
                kinds[played.status, played.media_type, len(played.redirects)] += 1
    assert sum(kinds.values()) == 658


def test_captures_play_through_the_internet_archives_dialect(corpus: Path, server: Pywb, tmp_path: Path) -> None:
    """One source, listed by resume keys and downloaded by four threads at once, is as complete."""
    clock = SystemClock()
    source = sources(corpus)[0]
    with start_facade(server.port) as facade:
        settings = Settings(data_dir=tmp_path)
        with closing(WebArchive(facade.config(), settings, clock, ThreadPacer(clock), page_rows=10)) as archive:
            captures = list(archive.captures(str(source["url"])))
            with ThreadPoolExecutor(4) as pool:
                pages = list(pool.map(archive.memento, captures))
    assert len(pages) == source["captures"]
    assert [f"{one.captured_at:%Y%m%d%H%M%S}" for one in pages] == [one.timestamp for one in captures]
