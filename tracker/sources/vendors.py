"""Reads lists of vendors (CSV of any spreadsheet), and lists of what was found for them that a person went over."""

import csv
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import StringIO
from pathlib import Path

from tracker.errors import Problem, VendorListError
from tracker.hosts import host_of
from tracker.printable import one_line
from tracker.sources.edit import NewEntry
from tracker.sources.terms_types import short_types, terms_type, terms_types
from tracker.sources.values import BadValue, read_ident, read_language, read_url

#: Of a whole list: bytes and rows.
_LARGEST, _MOST_ROWS = 20_000_000, 20_000
#: Characters in which the heading has to stand.
_LONGEST_HEADING = 20_000
#: Words from which the text of a type that is short by nature counts.
_FEW_WORDS = 15

_DELIMITERS = ",;\t|"
_YES = frozenset({"yes", "y", "x", "1", "true", "ja", "oui", "sí", "si", "sì", "sim"})
_NO = frozenset({"", "no", "n", "0", "false", "nein", "non", "não", "nee", "-"})
_DOMAIN = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)+[a-z0-9-]*[a-z][a-z0-9-]*(?::\d{1,5})?", re.IGNORECASE)
_LIST_MARKS = re.compile(r"[,;|]")


@dataclass(frozen=True, slots=True)
class Vendor:
    """One line of a list of vendors."""

    line: int
    name: str  #: blank where the list has none
    site: str  #: a domain, or the address of a home page
    tags: tuple[str, ...] = ()  #: with the owner as `owner:NAME`


@dataclass(frozen=True, slots=True)
class VendorList:
    """A list of vendors, each site once."""

    vendors: tuple[Vendor, ...]
    notes: tuple[str, ...] = ()  #: what was joined


@cache
def _names_of_columns() -> Mapping[str, str]:
    text = files("tracker.lexicon").joinpath("vendor_columns.toml").read_text(encoding="utf-8")
    return {name: column for column, names in tomllib.loads(text).items() for name in names}


@dataclass(frozen=True, slots=True)
class _Row:
    """One line of a table, cells by column."""

    line: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


class _Table:
    """A CSV file by columns; collects every mistake with its line and column."""

    def __init__(self, path: Path, needed: Mapping[str, str]) -> None:
        self._file = str(path)
        self._headings: dict[str, str] = {}
        self.problems: list[Problem] = []
        self.rows = tuple(self._read(path, needed))

    def add(self, line: int | None, column: str, message: str, hint: str = "") -> None:
        """Note a mistake; a column goes by the name that the file gives it."""
        self.problems.append(Problem(self._file, line, self._headings.get(column, column), message, hint))

    def finish(self) -> None:
        """Raise VendorListError where there was a mistake."""
        if self.problems:
            raise VendorListError(sorted(self.problems, key=lambda problem: problem.line or 0))

    def _read(self, path: Path, needed: Mapping[str, str]) -> Iterator[_Row]:
        text = self._text(path)
        reader = csv.reader(StringIO(text, newline=""), delimiter=_delimiter(text))
        try:
            headings = next((cells for cells in reader if _is_heading(cells)), [])
            columns = self._columns(headings)
            for column, hint in needed.items():
                if column not in columns:
                    self.add(reader.line_num or 1, "", f"no column names the {column}", hint)
            self.finish()
            for cells in reader:
                if not any(cell.strip() for cell in cells):
                    continue
                if reader.line_num > _MOST_ROWS:
                    self.add(reader.line_num, "", f"more than {_MOST_ROWS:,} lines", "split the list")
                    break
                if any(cell.strip() for cell in cells[len(headings) :]):
                    self.add(reader.line_num, "", "has more cells than the heading", "quote cells that hold a comma")
                    continue
                told = dict(zip(columns, cells, strict=False))
                yield _Row(reader.line_num, {name: _plain(cell) for name, cell in told.items() if name})
        except csv.Error as error:
            self.add(reader.line_num, "", f"is no line of CSV: {error}")

    def _text(self, path: Path) -> str:
        try:
            if path.stat().st_size > _LARGEST:
                self.add(None, "", f"is larger than {_LARGEST:,} bytes")
            data = b"" if self.problems else path.read_bytes()
        except OSError as error:
            self.add(None, "", f"cannot be read: {error.strerror or 'unknown error'}")
        self.finish()
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return data.decode("utf-16", "replace")
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError:
            return data.decode("cp1252", "replace")  # what spreadsheets on Windows save by default

    def _columns(self, headings: list[str]) -> list[str]:
        """Return which column each heading names, blank for one nobody needs; the first of several counts."""
        columns: list[str] = []
        for heading in headings:
            column = _names_of_columns().get(re.sub(r"[\s_-]+", "", heading.strip().lower()), "")
            columns.append("" if column in columns else column)
            if columns[-1]:
                self._headings[column] = heading.strip()
        return columns


def read_vendors(path: Path) -> VendorList:
    """Return the vendors of a list; columns may stand in any order and go by many names.

    A site that stands on several lines is taken once, with the tags of all.

    Raises:
        VendorListError: with every mistake, each with its line and column.

    """
    table = _Table(path, {"domain": 'call one "domain", "website" or "url"'})
    found: dict[str, Vendor] = {}
    notes = []
    for row in table.rows:
        site = row["domain"].rstrip("/")
        if not site:
            table.add(row.line, "domain", "is blank", "every vendor needs a domain such as example.com")
            continue
        if not _is_site(site):
            table.add(row.line, "domain", f'"{site[:60]}" is no domain', "write one like example.com")
            continue
        owner = (f"owner:{row['owner']}",) if row["owner"] else ()
        vendor = Vendor(row.line, row["vendor"], site, (*_tags(row["tags"]), *owner))
        key = _key(site)
        first = found.setdefault(key, vendor)
        if first is not vendor:
            tags = tuple(dict.fromkeys((*first.tags, *vendor.tags)))
            found[key] = Vendor(first.line, first.name or vendor.name, first.site, tags)
            notes.append(f"{path}:{row.line}: {site} stands on line {first.line} already; its tags were added there")
    if not found and not table.problems:
        table.add(None, "", "names no vendor")
    table.finish()
    return VendorList(tuple(found.values()), tuple(notes))


def read_accepted(path: Path) -> list[NewEntry]:
    """Return the entries that a person accepted in a list of what was found; a blank id is left to be suggested.

    Raises:
        VendorListError: with every mistake, each with its line and column.

    """
    table = _Table(path, {"accept": "is this the list to review?", "address": "is this the list to review?"})
    found = [_entry(table, row) for row in table.rows if _accepted(table, row)]
    table.finish()
    return [entry for entry in found if entry is not None]


def _accepted(table: _Table, row: _Row) -> bool:
    told = row["accept"].lower()
    if told not in _YES | _NO:
        table.add(row.line, "accept", f'"{told[:60]}" is neither yes nor no')
    return told in _YES


def _entry(table: _Table, row: _Row) -> NewEntry | None:
    before = len(table.problems)
    for column, reader, needed in (
        ("address", read_url, True),
        ("id", read_ident, False),
        ("language", read_language, False),
    ):
        try:
            if needed or row[column]:
                reader(row[column])
        except BadValue as error:
            table.add(row.line, column, str(error), error.hint)
    kind = terms_type(row["type"])
    if kind is None:
        table.add(row.line, "type", f'"{row["type"][:60]}" is no document type', f'such as "{terms_types()[1]}"')
    if kind is None or len(table.problems) > before:
        return None
    return NewEntry(
        id=row["id"],
        name=row["title"] or f"{row['vendor']} {kind}".strip(),
        type=kind,
        url=row["address"],
        organisation=row["vendor"],
        tags=_tags(row["tags"]),
        language="" if row["language"] == "en" else row["language"],
        min_words=_FEW_WORDS if kind in short_types() else None,
    )


def _is_site(text: str) -> bool:
    """Return whether a cell is a domain, or the address of a home page."""
    address = text if re.match(r"https?://", text, re.IGNORECASE) else f"http://{text}/"
    try:
        host = host_of(read_url(address))
        ascii_host = host.encode("idna").decode()
    except (UnicodeError, BadValue):
        return False
    if address is text:
        return "." in host.strip(".") or ":" in host
    return len(ascii_host) <= 253 and _DOMAIN.fullmatch(f"{ascii_host}{text[len(host) :]}") is not None


def _tags(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tag.strip() for tag in _LIST_MARKS.split(text) if tag.strip()))


def _plain(cell: str) -> str:
    """Return a cell on one line, without the apostrophe that keeps a spreadsheet from running it."""
    text = one_line(cell)
    return text[1:] if re.match(r"'[=+\-@|%]", text) else text


def _key(site: str) -> str:
    """Return what is the same for every way to write a site: with or without scheme and www, in any script."""
    bare = re.sub(r"^(?:https?://)?(?:www\.)?", "", site.lower())
    host = re.split(r"[/?#:]", bare)[0]
    return f"{host.encode('idna').decode()}{bare[len(host) :]}"


def _is_heading(cells: list[str]) -> bool:
    """Return whether a line is the heading: not blank, and not the one by which spreadsheets tell the delimiter."""
    told = "".join(cells).strip()
    return bool(told) and told.lower() != "sep="


def _delimiter(text: str) -> str:
    """Return what stands between the cells of the first line that says something most often; quoted, it is a word."""
    unquoted = re.sub(r'"[^"]*"', "x", text[:_LONGEST_HEADING])
    heading = next((line for line in unquoted.split("\n") if re.search(r"\w", line)), "")
    return max(_DELIMITERS, key=heading.count)
