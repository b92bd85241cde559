"""Reads the declarations of an Open Terms Archive collection: what it follows and how becomes entries of sources.toml.

`Service.json` says where each document of a service is and what is kept of it, `Service.history.json` how that was
before. What has no counterpart here is left out and said: the source works all the same.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml

from tracker.errors import UsageError
from tracker.extract.model import ExtractionRules, Range, Selection
from tracker.intake.model import ident_of, known_type, plain_name
from tracker.sources.edit import NewEntry
from tracker.sources.model import Earlier, SourcePage
from tracker.sources.terms_types import short_types, terms_type
from tracker.sources.values import BadValue, read_language, read_selector, read_url
from tracker.words import Render

#: Bytes of one file of a collection; real ones have a few thousand.
_LARGEST = 2_000_000
#: Words from which the text of a type that is short by nature counts.
_FEW_WORDS = 15

_ENDS = {
    "startBefore": "start_before",
    "startAfter": "start_after",
    "endBefore": "end_before",
    "endAfter": "end_after",
}
_KNOWN_KEYS = {"fetch", "select", "remove", "insignificant", "filter", "executeClientScripts", "combine", "validUntil"}
#: Filters that change nothing we compare: targets of links count for nothing.
_NEEDLESS_FILTERS = {"removeQueryParams"}


@dataclass(frozen=True, slots=True)
class Declared:
    """One document of a collection."""

    entry: NewEntry
    place: str  #: "Service ‧ Terms type"
    lost: tuple[str, ...]  #: what has no counterpart here, each in a few words


@dataclass(slots=True)
class Declarations:
    """What a collection declares."""

    services: int = 0
    documents: list[Declared] = field(default_factory=list)
    #: documents that can not be followed, and files that can not be read: place and why
    refused: list[tuple[str, str]] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)  #: documents of which only the past is declared
    #: how many pages, selectors, ranges, spans of the past ... were taken over, or lost
    counts: Counter[str] = field(default_factory=Counter)


class _Refused(Exception):
    """A document or a span of its past cannot be used; the message says why."""


def read_declarations(folder: Path) -> Declarations:
    """Return what the collections in a folder declare: the folder itself, its `declarations`, or folders in it.

    Raises:
        UsageError: there are no declarations in it.

    """
    found = Declarations()
    taken: set[str] = set()
    for collection in _collections(folder):
        _Collection(collection, found, taken).read()
    if not found.services:
        raise UsageError(f"{folder}: no declarations in it; name the folder that holds files such as `Service.json`")
    return found


def _collections(folder: Path) -> Iterator[Path]:
    for place in (folder, folder / "declarations", *sorted(path for path in folder.iterdir() if path.is_dir())):
        if place.is_dir() and any(_services(place)):
            yield place
            if place.parent == folder and place.name == "declarations":
                return


def _services(folder: Path) -> Iterator[Path]:
    """Yield the files of services, by name."""
    for path in sorted(folder.glob("*.json")):
        if not path.name.endswith(".history.json") and path.is_file():
            yield path


class _Collection:
    """One folder of declarations on its way into entries."""

    def __init__(self, folder: Path, found: Declarations, taken: set[str]) -> None:
        self._folder = folder
        self._found = found
        self._taken = taken
        self._language, self._jurisdiction = _metadata(folder)

    def read(self) -> None:
        for path in _services(self._folder):
            try:
                declared = _load(path)
                terms = _terms(declared)
            except _Refused as error:
                self._found.refused.append((path.name, str(error)))
                continue
            self._found.services += 1
            service = path.name.removesuffix(".json")
            past = self._past(service)
            for kind, told in terms.items():
                self._document(service, plain_name(str(declared.get("name") or service)), kind, told, past.get(kind))
            self._found.retired.extend(f"{service} ‧ {kind}" for kind in past if kind not in terms)

    def _past(self, service: str) -> Mapping[str, Any]:
        path = self._folder / f"{service}.history.json"
        if not path.is_file():
            return {}
        try:
            return _load(path)
        except _Refused as error:
            self._found.refused.append((path.name, str(error)))
            return {}

    def _document(self, service: str, name: str, kind: str, told: Any, past: Any) -> None:
        place = f"{service} ‧ {kind}"
        reader, before = _Reader(), _Reader()
        try:
            pages = reader.pages(told)
        except _Refused as error:
            self._found.refused.append((place, str(error)))
            return
        document_type = known_type(kind)
        if terms_type(document_type) is None:
            reader.lost["type of document"] = f"type of document {kind!r} is not known, followed as Terms of Service"
            document_type = "Terms of Service"
        earlier = before.earlier(past)
        short = document_type in short_types()
        lost = (*reader.lost.values(), *(f"in the past: {told}" for told in before.lost.values()))
        entry = NewEntry(
            id=self._ident(service, kind),
            name=f"{name} {kind}".strip(),
            type=document_type,
            url=pages[0].url,
            organisation=name,
            select=pages[0].rules.select,
            remove=pages[0].rules.remove,
            language="" if self._language == "en" else self._language,
            jurisdiction=self._jurisdiction,
            min_words=_FEW_WORDS if short else None,
            render=Render.ALWAYS if reader.counts["pages read in a browser"] else None,
            pages=pages if len(pages) > 1 else (),
            earlier=earlier,
            comments=lost,
        )
        self._found.documents.append(Declared(entry, place, lost))
        counts = self._found.counts
        counts.update(reader.counts)
        counts.update({f"in the past: {what}": number for what, number in before.counts.items()})
        counts.update({f"lost: {what}": 1 for what in reader.lost})
        counts.update({f"lost in the past: {what}": 1 for what in before.lost})
        counts["documents of several pages"] += len(pages) > 1

    def _ident(self, service: str, kind: str) -> str:
        """Return the id that `tracker import ota` gives the same document."""
        ident = ident_of(plain_name(service), plain_name(kind))
        if ident in self._taken:
            ident = f"{ident[:90]}-{sha256(f'{service}/{kind}.md'.encode('utf-8', 'replace')).hexdigest()[:6]}"
        self._taken.add(ident)
        return ident


class _Reader:
    """Turns what is declared of one document into pages; remembers what was kept and what was lost."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.lost: dict[str, str] = {}  #: kind of loss and what is told of it

    def pages(self, told: Any) -> tuple[SourcePage, ...]:
        """Return the pages of a declared document; parts of a combined one inherit what they do not say themselves."""
        if not isinstance(told, dict):
            raise _Refused("is no object")
        parts = told.get("combine")
        if parts is None:
            return (self._page(told),)
        if not isinstance(parts, list) or not parts:
            raise _Refused("`combine` is no list of pages")
        shared = {key: value for key, value in told.items() if key != "combine"}
        return tuple(self._page(shared | (part if isinstance(part, dict) else {})) for part in parts)

    def earlier(self, past: Any) -> tuple[Earlier, ...]:
        """Return the past of a document, oldest first; of spans that end on one day the last holds."""
        found: dict[date, tuple[datetime, Earlier]] = {}
        for told in past if isinstance(past, list) else ():
            try:
                # Some real ones write it so.
                ends = _moment(told.get("validUntil", told.get("ValidUntil")) if isinstance(told, dict) else None)
                pages = self.pages({key: value for key, value in told.items() if key.lower() != "validuntil"})
            except _Refused as error:
                self.lost["span"] = f"a span is left out: {error}"
                continue
            if ends.date() in found:
                self.lost["span"] = f"of two spans that end on {ends:%Y-%m-%d} the later is kept"
            if ends.date() not in found or found[ends.date()][0] <= ends:
                found[ends.date()] = ends, Earlier(ends.date(), pages)
        self.counts["spans"] += len(found)
        return tuple(found[day][1] for day in sorted(found))

    def _page(self, told: Mapping[str, Any]) -> SourcePage:
        url = told.get("fetch")
        try:
            url = read_url(re.sub(r"\s", "%20", url.strip()) if isinstance(url, str) else "")
        except BadValue as error:
            raise _Refused(f"`fetch` {error}") from None
        select = self._selections(told.get("select"))
        remove = self._selections(told.get("remove")) + self._selections(told.get("insignificant"))
        self._note_losses(told)
        self.counts["pages"] += 1
        return SourcePage(url, ExtractionRules(select, remove))

    def _selections(self, value: Any) -> tuple[Selection, ...]:
        found: list[Selection] = []
        for one in value if isinstance(value, list) else [] if value is None else [value]:
            try:
                found.append(_range(one) if isinstance(one, dict) else _selector(one))
            except (BadValue, _Refused) as error:
                self.lost["selector"] = f"a selector is left out: {error}"
                continue
            self.counts["ranges" if isinstance(one, dict) else "selectors"] += 1
        return tuple(found)

    def _note_losses(self, told: Mapping[str, Any]) -> None:
        filters = list(dict.fromkeys(_filters(told.get("filter"))))
        lost = [name for name in filters if name not in _NEEDLESS_FILTERS]
        self.counts["filters that need no counterpart"] += len(filters) - len(lost)
        if lost:
            self.lost["custom filter"] = f"filters written for the collection are not run: {', '.join(lost)}"
        if told.get("executeClientScripts") is True:
            self.counts["pages read in a browser"] += 1
        for key in sorted(set(told) - _KNOWN_KEYS):
            self.lost[f"key {key!r}"] = f"the key {key!r} is not known"


def _range(told: Mapping[str, Any]) -> Range:
    if not set(told) <= set(_ENDS) or len(told) != 2 or len([key for key in told if key.startswith("start")]) != 1:
        raise _Refused("a range needs one start and one end")
    return Range(**{_ENDS[key]: _selector(value) for key, value in told.items()})


def _selector(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _Refused("it is blank or no text")
    return read_selector(value.strip())


def _filters(value: Any) -> Iterator[str]:
    for one in value if isinstance(value, list) else [] if value is None else [value]:
        yield from (plain_name(str(name)) for name in (one if isinstance(one, dict) else [one]))


def _moment(value: Any) -> datetime:
    """Return the end of a span, in UTC."""
    try:
        moment = datetime.fromisoformat(str(value).strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _Refused("it does not say until when it was right") from None


def _load(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _LARGEST:
            raise _Refused("is too large for a declaration")
        data = json.loads(path.read_bytes().decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise _Refused(f"cannot be read: {error}") from None
    if not isinstance(data, dict):
        raise _Refused("is no JSON object")
    return data


def _terms(declared: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a service declares by type of document; collections of before 2023 call it `documents`."""
    found = declared.get("terms", declared.get("documents"))
    if not isinstance(found, dict):
        raise _Refused("names no terms")
    return found


def _metadata(folder: Path) -> tuple[str, str]:
    """Return the language and jurisdiction of a collection; English and a blank where it has none or several."""
    path = next(
        (place / "metadata.yml" for place in (folder, folder.parent) if (place / "metadata.yml").is_file()), None
    )
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8")) if path and path.stat().st_size <= _LARGEST else None
    except (OSError, ValueError, RecursionError, yaml.YAMLError):
        data = None
    told = data if isinstance(data, dict) else {}
    try:
        language = read_language(_only(told.get("languages")) or "en")
    except BadValue:
        language = "en"
    return language, _only(told.get("jurisdictions"))


def _only(values: Any) -> str:
    return plain_name(values[0]) if isinstance(values, list) and len(values) == 1 and isinstance(values[0], str) else ""


def with_tags(documents: Iterable[Declared], tags: tuple[str, ...]) -> list[Declared]:
    """Return documents whose entries carry tags."""
    return [replace(one, entry=replace(one.entry, tags=tags)) for one in documents]
