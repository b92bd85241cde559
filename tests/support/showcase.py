"""Fills a store with real histories, as a reader of the pages meets them, and with one that is out to harm them."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator

from tests.world import PARAGRAPHS, World, page
from tracker.clock import ManualClock
from tracker.daemon.imports.text_files import import_text, unlisted_source
from tracker.daemon.past.backfill import Span, backfill
from tracker.fetch.archive_memory import InMemoryArchive
from tracker.sources.model import Backfill, Source, SourcePage
from tracker.store.database import Database

#: The seeds bear no date; one is as good as another.
SEEDS_SEEN = date(2022, 1, 1)

#: Captures taken of each document, spread over its time: all of them take minutes.
MOST_CAPTURES = 10

HOSTILE_URL = "https://hostile.example/privacy"

#: Text that would run where a page, a mail or a feed forgot to escape it.
HOSTILE = (
    "<script>document.title='broken'</script>",
    "\"'><img src=x onerror=document.title='broken'>",
    "</title><svg onload=document.title='broken'>",
    "javascript:document.title='broken'",
    "{{ 7*7 }} ${7*7} <%= 7*7 %>",
    "]]><!--",
    "\u202egnihtyreve erahs eW",
)


def hostile_source() -> Source:
    """Return a source whose every word that a person writes is hostile."""
    return Source(
        id="hostile",
        name=f"Hostile {HOSTILE[0]}",
        document_type="Privacy Policy",
        pages=(SourcePage(HOSTILE_URL),),
        organisation=HOSTILE[1],
        tags=("vendor", HOSTILE[2]),
    )


def hostile_pages() -> tuple[str, str]:
    """Return a hostile policy and what becomes of it: each text stands in the title and in a material change."""
    texts = [f"We share your data with {_escaped(text)} partners." for text in HOSTILE]
    sold = [f"We sell your data, your location and your contacts to {_escaped(text)} partners." for text in HOSTILE]
    return page(*PARAGRAPHS, *texts, title=_escaped(HOSTILE[0])), page(*PARAGRAPHS, *sold, title=_escaped(HOSTILE[0]))


def _escaped(text: str) -> str:
    """Return text as an honest page would write it, so that it is the policy's text and no markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def captured_sources(corpus: Path) -> list[tuple[Source, Path]]:
    """Return the documents whose captures the corpus holds, with the file of these."""
    folder = corpus / "corpus" / "captures"
    rows = [json.loads(line) for line in (folder / "index.jsonl").read_text(encoding="utf-8").splitlines()]
    found = []
    for row in rows:
        ident = re.sub(r"[^a-z0-9]+", "-", row["file"].removesuffix(".warc.gz").lower()).strip("-")
        organisation, document = row["document"].split("/")
        source = Source(
            id=ident,
            name=row["document"].replace("/", " "),
            document_type=document.split(" #")[0].rsplit(".", 1)[0],
            pages=(SourcePage(row["url"]),),
            organisation=organisation,
            tags=("vendor", row["file"].split("-")[0]),
            backfill=Backfill(archives=("memory",)),
        )
        found.append((source, folder / row["file"]))
    return found


def captures_of(warc: Path) -> Iterator[tuple[str, datetime, bytes, int, list[tuple[str, str]]]]:
    """Yield address, time, body, status and headers of the responses in a WARC file."""
    with warc.open("rb") as file:
        for record in ArchiveIterator(file):
            if record.rec_type == "response":
                moment = datetime.fromisoformat(record.rec_headers.get_header("WARC-Date"))
                yield (
                    record.rec_headers.get_header("WARC-Target-URI"),
                    moment.astimezone(UTC),
                    record.content_stream().read(),
                    int(record.http_headers.get_statuscode()),
                    [(name, value) for name, value in record.http_headers.headers if name.lower() == "content-type"],
                )


def fill_showcase(database: Database, clock: ManualClock, corpus: Path | None) -> World:
    """Fill a store and return its world: a hostile source, and where the corpus is there real histories and seeds."""
    captured = captured_sources(corpus) if corpus else []
    world = World.build(database, clock, hostile_source(), *[source for source, _ in captured])
    for text in hostile_pages():
        world.fetcher.serve(HOSTILE_URL, text)
        world.check("hostile", at_once=True)
        clock.advance(timedelta(days=3))
    for source, warc in captured:
        archive = InMemoryArchive("memory")
        captures = list(captures_of(warc))
        for url, moment, body, status, headers in captures[:: 1 + len(captures) // MOST_CAPTURES]:
            archive.add(url, moment, body, status=status, headers=headers)
        world.archives["memory"] = archive
        backfill(world.runtime, source, Span.of(source))
    for path in sorted((corpus / "seeds").glob("*.txt")) if corpus else []:
        source = unlisted_source(path.stem, path.stem, path.stem, "Privacy Policy", "en")
        import_text(world.runtime, path, source, SEEDS_SEEN)
    return world
