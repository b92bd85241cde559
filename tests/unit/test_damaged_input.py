"""Whatever comes in damaged is read or refused: a typed error that says what is wrong, and nothing else.

The long run, with new inputs each time: `pytest -m soak --hypothesis-profile search tests/unit/test_damaged_input.py`.
"""

import json
import os
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from tests.support import specimens
from tests.support.specimens import BLOWS, Blow, damaged
from tracker.compare import compare
from tracker.errors import ArchiveError, ExtractionError, SettingsError, SourcesError, TrackerError, VendorListError
from tracker.extract import ExtractionRules, extract
from tracker.fetch.backoff import parse_retry_after
from tracker.fetch.cdx import parse_ia, parse_pywb
from tracker.fetch.memento import played_at, replayed_target
from tracker.fetch.sitemap import read_sitemap, sitemaps_named
from tracker.intake.declarations import read_declarations
from tracker.intake.model import Unreadable
from tracker.intake.responses import read_response
from tracker.intake.warc import Damaged, WarcFile
from tracker.settings import load_settings
from tracker.sources.load import decode_sources, parse_sources
from tracker.sources.vendors import read_vendors

URL = "https://acme.example/p"
NOW = datetime(2026, 3, 1, tzinfo=UTC)
SHORT, LONG = 40, 5_000  #: inputs of each sort in the usual run, and in the long one
SLOWEST = 20.0  #: seconds of computing that one small input may take on a slow machine; a runaway takes for ever


def _extracted(media_type: str) -> Callable[[bytes, Path], None]:
    def read(data: bytes, _: Path) -> None:
        text = extract(data, media_type, ExtractionRules(min_words=0), url=URL)
        assert all(block.text == block.text.strip() for block in text.blocks)

    return read


def _compared(data: bytes, _: Path) -> None:
    before = extract(specimens.PAGE, "text/html", ExtractionRules(min_words=0), url=URL)
    after = extract(data, "text/html", ExtractionRules(min_words=0), url=URL)
    json.dumps(compare(before.blocks, after.blocks).to_json())


def _archive(data: bytes, _: Path) -> None:
    text = data.decode("utf-8", "replace")
    for parse in (parse_ia, parse_pywb):
        with suppress(ArchiveError):
            parse(text, "own", URL)


def _mementos(data: bytes, _: Path) -> None:
    value = data.decode("latin-1")
    played_at((("Memento-Datetime", value),))
    parse_retry_after(value, NOW)
    target = replayed_target(value, "https://archive.example/web", URL)
    assert target is None or target.url.startswith(("http://", "https://"))


def _sitemap(data: bytes, _: Path) -> None:
    read_sitemap(data)
    sitemaps_named(data.decode("utf-8", "replace"))


def _sources(data: bytes, _: Path) -> None:
    parse_sources(decode_sources(data, "s.toml"), "s.toml", {})


def _settings(data: bytes, folder: Path) -> None:
    (folder / "tracker.toml").write_bytes(data)
    os.chdir(folder)
    load_settings()


def _vendors(data: bytes, folder: Path) -> None:
    path = folder / "v.csv"
    path.write_bytes(data)
    read_vendors(path)


def _declarations(data: bytes, folder: Path) -> None:
    declared = folder / "declarations"
    declared.mkdir(exist_ok=True)
    (declared / "Acme.json").write_bytes(data)
    read_declarations(declared)


def _warc(data: bytes, folder: Path) -> None:
    path = folder / "x.warc"
    path.write_bytes(data)
    with closing(WarcFile(path)) as file:
        for record in file.records():
            assert read_response(record.block(10_000), 10_000) is not None


@dataclass(frozen=True, slots=True)
class Surface:
    """Something that is read: a sound specimen, how it is read, and the errors that may refuse it."""

    specimen: bytes
    read: Callable[[bytes, Path], None]
    refused: tuple[type[Exception], ...]


SURFACES = {
    "html": Surface(specimens.PAGE, _extracted("text/html"), (ExtractionError,)),
    "html compared": Surface(specimens.PAGE, _compared, (ExtractionError,)),
    "markdown": Surface(specimens.MARKDOWN, _extracted("text/markdown"), (ExtractionError,)),
    "text": Surface(specimens.TEXT, _extracted("text/plain"), (ExtractionError,)),
    "pdf": Surface(specimens.PDF, _extracted("application/pdf"), (ExtractionError,)),
    "index of the Internet Archive": Surface(specimens.INDEX_OF_IA, _archive, ()),
    "index of pywb": Surface(specimens.INDEX_OF_PYWB, _archive, ()),
    "headers of an archive": Surface(specimens.HEADERS, _mementos, ()),
    "sitemap": Surface(specimens.SITEMAP, _sitemap, ()),
    "sources.toml": Surface(specimens.SOURCES, _sources, (SourcesError,)),
    "tracker.toml": Surface(specimens.SETTINGS, _settings, (SettingsError,)),
    "vendor list": Surface(specimens.VENDORS, _vendors, (VendorListError,)),
    "declarations": Surface(specimens.DECLARATION, _declarations, (TrackerError,)),
    "warc": Surface(specimens.WARC, _warc, (Damaged, Unreadable)),
}
#: Inputs that broke something once; each is tried in every run.
FOUND = {"tracker.toml": (b"\x00", b"interval = \xff")}


def _try(surface: Surface, data: bytes, folder: Path) -> bool:
    """Read one input; say whether it was read. Anything but its typed errors escapes."""
    begun = time.process_time()
    try:
        surface.read(data, folder)
    except surface.refused:
        return False
    finally:
        assert time.process_time() - begun < SLOWEST
    return True


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to write in and to stand in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", SURFACES)
def test_specimens_are_sound(name: str, folder: Path) -> None:
    """What is damaged below is read as it stands."""
    assert _try(SURFACES[name], SURFACES[name].specimen, folder)


@pytest.mark.parametrize("name", SURFACES)
@settings(max_examples=SHORT, deadline=None, suppress_health_check=list(HealthCheck))
@given(blows=BLOWS)
def test_a_damaged_input_is_read_or_refused(name: str, folder: Path, blows: list[Blow]) -> None:
    """However a sound input is cut, mixed and filled with what parsers turn on."""
    _try(SURFACES[name], damaged(SURFACES[name].specimen, blows), folder)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", SURFACES)
@settings(max_examples=LONG, deadline=None, suppress_health_check=list(HealthCheck))
@given(blows=BLOWS)
def test_thousands_of_damaged_inputs_are_read_or_refused(name: str, folder: Path, blows: list[Blow]) -> None:
    """The same, for long."""
    _try(SURFACES[name], damaged(SURFACES[name].specimen, blows), folder)


@pytest.mark.parametrize(("name", "data"), [(name, data) for name, all_ in FOUND.items() for data in all_])
def test_what_broke_something_once_breaks_nothing(name: str, data: bytes, folder: Path) -> None:
    """Found by the tests above."""
    _try(SURFACES[name], data, folder)
