"""Writes a new entry into the sources file; comments and order of what is there stay."""

import os
import tempfile
from collections.abc import Container, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import tomlkit

from tracker.sources.load import decode_sources, parse_sources
from tracker.sources.model import SourcesFile
from tracker.sources.terms_types import terms_type
from tracker.sources.values import slug


@dataclass(frozen=True, slots=True)
class NewEntry:
    """What a new `[[source]]` says; empty fields are left out."""

    id: str
    name: str
    type: str
    url: str
    organisation: str = ""
    tags: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    language: str = ""

    def as_toml(self) -> str:
        """Return the entry as it is written into the file."""
        table = tomlkit.table()
        for key in ("id", "name", "organisation", "type", "url", "tags", "language", "select", "remove"):
            value = getattr(self, key)
            if value:
                table.add(key, list(value) if isinstance(value, tuple) else value)
        entries = tomlkit.aot()
        entries.append(table)
        document = tomlkit.document()
        document.add("source", entries)
        return tomlkit.dumps(document)


def add_entry(path: Path, entry: NewEntry, environ: Mapping[str, str] | None = None) -> SourcesFile:
    """Append an entry, and return the file's new content; a missing file is made.

    The new text is checked first and replaces the file in one step, so that no reader meets half of it.

    Raises:
        SourcesError: the file would not be valid, because of the entry or of what stood there before.

    """
    # A link stays a link: what it points to is replaced.
    path = path.resolve()
    old = decode_sources(path.read_bytes(), str(path)) if path.exists() else ""
    # Appending the serialised entry leaves every byte of the old text alone.
    body = old.rstrip()
    text = f"{body}\n\n{entry.as_toml()}" if body else entry.as_toml()
    parsed = parse_sources(text, str(path), environ)
    _replace(path, text)
    return parsed


def suggest_id(organisation: str, document_type: str, url: str, taken: Container[str] = ()) -> str:
    """Return an id that is not taken, from the organisation (or the host) and the type of document."""
    base = slug(organisation) or slug(_site(url)) or "source"
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


def _site(url: str) -> str:
    """Return the part of a host that names the site: "acme" of www.acme.co.uk."""
    labels = [label for label in (urlsplit(url).hostname or "").split(".") if label != "www"]
    long = [label for label in labels[:-1] if len(label) > 3]
    return (long or labels or [""])[-1]


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
