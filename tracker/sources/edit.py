"""Writes new entries into the sources file; comments and order of what is there stay."""

import os
import tempfile
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import tomlkit

from tracker.extract.model import ExtractionRules, Range, Selection
from tracker.hosts import host_of, page_of
from tracker.printable import one_line
from tracker.sources.load import RANGE_KEYS, decode_sources, parse_sources
from tracker.sources.model import Earlier, SourcePage, SourcesFile
from tracker.sources.terms_types import terms_type
from tracker.sources.values import slug
from tracker.words import Render

#: Characters of a comment; what it tells of was written by others.
_COMMENT = 200


@dataclass(frozen=True, slots=True)
class NewEntry:
    """What a new `[[source]]` says; empty fields are left out."""

    id: str
    name: str
    type: str
    url: str  #: of its one page, or of the first of several
    organisation: str = ""
    tags: tuple[str, ...] = ()
    select: tuple[Selection, ...] = ()
    remove: tuple[Selection, ...] = ()
    language: str = ""
    jurisdiction: str = ""
    min_words: int | None = None
    render: Render | None = None
    pages: tuple[SourcePage, ...] = ()  #: where there are several: each with its own rules, instead of those above
    earlier: tuple[Earlier, ...] = ()
    comments: tuple[str, ...] = ()  #: for whoever reads the file

    @property
    def followed_pages(self) -> tuple[SourcePage, ...]:
        """Return the pages the document has today."""
        return self.pages or (SourcePage(self.url, ExtractionRules(self.select, self.remove)),)

    def as_toml(self) -> str:
        """Return the entry as it is written into the file."""
        table = tomlkit.table()
        for comment in self.comments:
            table.add(tomlkit.comment(one_line(comment)[:_COMMENT]))
        place = _place(self.followed_pages)
        told: dict[str, Any] = {
            "id": self.id,
            "name": self.name,
            "organisation": self.organisation,
            "type": self.type,
            "url": place.get("url"),
            "urls": place.get("urls"),
            "tags": list(self.tags),
            "language": self.language,
            "jurisdiction": self.jurisdiction,
            "select": place.get("select"),
            "remove": place.get("remove"),
            "render": self.render and self.render.value,
        }
        for key, value in told.items():
            if value:
                table.add(key, value)
        if self.min_words is not None:
            table.add("min_words", self.min_words)
        if "pages" in place:
            table.add("pages", place["pages"])
        if self.earlier:
            table.add("earlier", _tables({"until": past.until} | _place(past.pages) for past in self.earlier))
        document = tomlkit.document()
        document.add("source", _tables([table]))
        return tomlkit.dumps(document)


def _tables(rows: Iterable[Mapping[str, Any]]) -> Any:
    found = tomlkit.aot()
    for row in rows:
        table = row if isinstance(row, tomlkit.items.Table) else tomlkit.table()
        if table is not row:
            for key, value in row.items():
                table.add(key, value)
        found.append(table)
    return found


def _place(pages: Sequence[SourcePage]) -> dict[str, Any]:
    """Return what says where pages are and how they are read: in short where all are read alike."""
    first = pages[0].rules
    rules = _rules(first.select, first.remove)
    if len(pages) == 1:
        return {"url": pages[0].url} | rules
    if all(page.rules == first for page in pages):
        return {"urls": [page.url for page in pages]} | rules
    return {"pages": _tables({"url": page.url} | _rules(page.rules.select, page.rules.remove) for page in pages)}


def _rules(select: Sequence[Selection], remove: Sequence[Selection]) -> dict[str, Any]:
    return {key: _selections(told) for key, told in (("select", select), ("remove", remove)) if told}


def _selections(selections: Sequence[Selection]) -> Any:
    found = tomlkit.array()
    for one in selections:
        found.append(_selection(one))
    return found


def _selection(selection: Selection) -> Any:
    if not isinstance(selection, Range):
        return selection
    table = tomlkit.inline_table()
    for key in RANGE_KEYS:
        value = getattr(selection, key)
        if value is not None:
            table.add(key, value)
    return table


def add_entry(path: Path, entry: NewEntry, environ: Mapping[str, str] | None = None) -> SourcesFile:
    """Append an entry, and return the file's new content; see `add_entries`."""
    return add_entries(path, [entry], environ)


def add_entries(path: Path, entries: Sequence[NewEntry], environ: Mapping[str, str] | None = None) -> SourcesFile:
    """Append entries, all or none, and return the file's new content; a missing file is made.

    The new text is checked first and replaces the file in one step, so that no reader meets half of it.

    Raises:
        SourcesError: the file would not be valid, because of an entry or of what stood there before.

    """
    # A link stays a link: what it points to is replaced.
    path = path.resolve()
    old = decode_sources(path.read_bytes(), str(path)) if path.exists() else ""
    # Appending the serialised entries leaves every byte of the old text alone.
    text = "\n".join(
        part for part in (f"{old.rstrip()}\n" if old.strip() else "", *(e.as_toml() for e in entries)) if part
    )
    parsed = parse_sources(text, str(path), environ)
    _replace(path, text)
    return parsed


def already_followed(followed: SourcesFile, entry: NewEntry) -> str | None:
    """Return the id of the source that follows the document of an entry, None where none does.

    It is the same document where the id is the same, or the pages are and what is kept of them: several documents may
    stand on one page.
    """
    found = followed.source(entry.id)
    if found is not None:
        return found.id
    wanted = [_read_alike(page) for page in entry.followed_pages]
    for source in followed.sources:
        if [_read_alike(page) for page in source.pages] == wanted:
            return source.id
    return None


def _read_alike(page: SourcePage) -> tuple[object, ...]:
    return page_of(page.url), page.rules.select


def suggest_id(organisation: str, document_type: str, url: str, taken: Container[str] = ()) -> str:
    """Return an id that is not taken, from the organisation (or the host) and the type of document."""
    base = slug(organisation) or slug(site_label(url)) or "source"
    kind = slug(document_type)
    wanted = f"{base}-{kind}".strip("-")[:96].rstrip("-")
    found, number = wanted, 2
    while found in taken:
        found, number = f"{wanted}-{number}", number + 1
    return found


def suggest_type(title: str, url: str) -> str:
    """Return the type of document that the title, or else the address, names; a privacy policy when neither does."""
    words = f"{title} {urlsplit(url).path}".lower().replace("-", " ").replace("_", " ").replace("/", " ")
    for name in ("privacy", "cookie", "terms", "acceptable use", "community guidelines", "imprint"):
        if name in words:
            full = {"privacy": "privacy policy", "cookie": "cookie policy", "terms": "terms of use"}.get(name, name)
            return terms_type(full) or terms_type(f"{name} policy") or "Privacy Policy"
    return "Privacy Policy"


def site_label(url: str) -> str:
    """Return the part of a host that names the site: "acme" of www.acme.co.uk."""
    labels = [label for label in host_of(url).split(".") if label != "www"]
    rest = labels[:-1] or labels
    long = [label for label in rest if len(label) > 3]
    return long[-1] if long else next((label for label in rest if len(label) > 2), rest[0] if rest else "")


def _replace(path: Path, text: str) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            Path(temporary).chmod(path.stat().st_mode & 0o7777)
        else:
            Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
