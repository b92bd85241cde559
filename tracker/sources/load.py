"""Reads `sources.toml` and tells all its mistakes at once."""

import errno
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from tracker.errors import Problem, SourcesError
from tracker.extract.model import ExtractionRules, Range, Selection
from tracker.sources.checker import Checker, Table, exactly_one, near_word
from tracker.sources.lines import index_lines
from tracker.sources.model import ArchiveConfig, Backfill, Earlier, Schedule, Source, SourcePage, SourcesFile
from tracker.sources.routes import read_route
from tracker.sources.terms_types import terms_type, terms_types
from tracker.sources.values import (
    BadValue,
    read_cron,
    read_date,
    read_duration,
    read_ident,
    read_language,
    read_selector,
    read_url,
)
from tracker.words import Render

INTERNET_ARCHIVE = ArchiveConfig(
    name="internet-archive",
    dialect="ia",
    cdx="https://web.archive.org/cdx/search/cdx",
    replay="https://web.archive.org/web/",
)

SHARED_KEYS = (
    *("type", "organisation", "aliases", "tags", "language", "jurisdiction", "schedule", "select", "remove"),
    *("min_words", "robots", "render", "backfill", "routes"),
)
SOURCE_KEYS = ("id", "name", "url", "urls", "pages", *SHARED_KEYS, "volatile", "formerly", "earlier")
PAGE_KEYS = ("url", "select", "remove")
EARLIER_KEYS = ("until", "url", "urls", "pages", "select", "remove")
ARCHIVE_KEYS = ("name", "dialect", "cdx", "replay", "delay")
RANGE_KEYS = ("start_before", "start_after", "end_before", "end_after")

NO_ENTRIES = "[[source]] starts the first one; an empty file would archive everything that is followed"


def load_sources(path: Path, environ: Mapping[str, str] | None = None) -> SourcesFile:
    """Return a checked sources file.

    Args:
        path: the TOML file.
        environ: what `${NAME}` in the addresses of routes stands for; the process's environment by default.

    Raises:
        SourcesError: with every problem of the file, in the order of its lines.

    """
    try:
        data = read_file(path)
    except OSError as error:
        problem = Problem(str(path), None, "", f"cannot be read: {error.strerror or 'unknown error'}")
        raise SourcesError([problem]) from None
    return parse_sources(decode_sources(data, str(path)), str(path), environ)


def read_file(path: Path) -> bytes:
    """Return what a sources file holds.

    Raises:
        OSError: it cannot be read, or is a pipe or device, which could be waited for without end.

    """
    if path.is_fifo() or path.is_char_device():
        raise OSError(errno.EINVAL, "a pipe or device, no file")
    return path.read_bytes()


def decode_sources(data: bytes, file_name: str) -> str:
    """Return the text of a sources file.

    Raises:
        SourcesError: it is not UTF-8.

    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SourcesError([Problem(file_name, line, "", "is not UTF-8 text", "save it as UTF-8")]) from None


def parse_sources(text: str, file_name: str, environ: Mapping[str, str] | None = None) -> SourcesFile:
    """Return the checked content of a sources file; see `load_sources`."""
    try:
        data = tomllib.loads(text)
        lines = index_lines(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+), column \d+\)$", str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        # What the parser saw is left out: it may be part of a secret.
        message = re.sub(r" *\(at .*\)$|'.*'", "", str(error)).strip()
        raise SourcesError([Problem(file_name, line, "", f"is not valid TOML: {message}")]) from None
    except (ValueError, RecursionError, OverflowError):
        problem = Problem(file_name, None, "", "is not valid TOML: nested too deep, or a number out of bounds")
        raise SourcesError([problem]) from None
    checker = Checker(file_name, lines)
    parsed = _read_file(Table(checker, (), "", data), os.environ if environ is None else environ)
    if checker.problems:
        raise SourcesError(sorted(checker.problems, key=lambda problem: problem.line or 0))
    return parsed


def _read_file(top: Table, environ: Mapping[str, str]) -> SourcesFile:
    top.only(("defaults", "archive", "route", "source"))
    defaults = top.table("defaults") or Table(top.checker, ("defaults",), "defaults", {})
    defaults.label = "defaults"
    defaults.only(SHARED_KEYS)
    archives = tuple(_read_archive(table) for table in _named(top.tables("archive"), "name"))
    if all(archive.name != INTERNET_ARCHIVE.name for archive in archives):
        archives = (INTERNET_ARCHIVE, *archives)
    routes = tuple(read_route(table, environ) for table in _named(top.tables("route"), "name"))
    names = tuple(route.name for route in routes), tuple(archive.name for archive in archives)
    tables = _named(top.tables("source"), "id")
    if not tables and "source" not in top.data:
        top.add("source", "no source is followed", NO_ENTRIES)
    sources = tuple(
        _read_source(Table(table.checker, table.path, table.label, table.data, defaults), *names) for table in tables
    )
    _check_former_ids(tables, sources)
    return SourcesFile(sources, routes, archives)


def _named(tables: list[Table], key: str) -> list[Table]:
    """Label each table by its name or id, and note names that are taken."""
    seen: dict[str, int | None] = {}
    for table in tables:
        name = table.data.get(key)
        if not isinstance(name, str) or not name.strip():
            continue
        if name in seen:
            table.add(key, f'"{name[:60]}" is taken already', f"first used on line {seen[name]}")
        seen.setdefault(name, table.checker.lines.get((*table.path, key)))
        table.label = f"{table.path[0]}[{name[:60]}]"
    return tables


def _read_archive(table: Table) -> ArchiveConfig:
    table.only(ARCHIVE_KEYS)
    return ArchiveConfig(
        name=table.read("name", read_ident, "", required=True),
        dialect=table.choice("dialect", ("ia", "pywb"), "ia", required=True),
        cdx=table.read("cdx", read_url, "", required=True),
        replay=table.read("replay", read_url, "", required=True),
        delay=table.number("delay", 0, 0, 3600) if table.has("delay") else None,
    )


def _read_source(table: Table, routes: tuple[str, ...], archives: tuple[str, ...]) -> Source:
    table.only(SOURCE_KEYS)
    min_words = table.whole("min_words", ExtractionRules().min_words, 0, 100_000)
    pages = _read_pages(table, min_words, required=True)
    return Source(
        id=table.read("id", read_ident, "", required=True),
        name=table.text("name", required=True),
        document_type=table.read("type", _read_type, "", required=True),
        pages=pages,
        organisation=table.text("organisation"),
        aliases=table.texts("aliases"),
        tags=table.texts("tags"),
        language=table.read("language", read_language, "en"),
        jurisdiction=table.text("jurisdiction") or None,
        schedule=_read_schedule(table),
        obey_robots=table.choice("robots", ("obey", "ignore"), "obey") == "obey",
        render=Render(table.choice("render", tuple(Render), Render.AUTO)) if table.has("render") else None,
        backfill=_read_backfill(table, archives),
        routes=table.read_all("routes", _name_of(routes, "route")) if table.has("routes") else None,
        volatile=table.read_all("volatile", _read_volatile),
        formerly=table.read_all("formerly", read_ident),
        earlier=_read_earlier(table, pages, min_words),
    )


def _name_of(known: tuple[str, ...], kind: str) -> Callable[[str], str]:
    """Return a reader for the name of something that has to be defined in the same file."""

    def read(text: str) -> str:
        if text not in known:
            hint = near_word(text, known) or f"define it with [[{kind}]]"
            raise BadValue(f'no {kind} is named "{text[:60]}"', hint)
        return text

    return read


def _read_volatile(text: str) -> str:
    if not any(char.isdigit() for char in text):
        raise BadValue(
            f'"{text[:60]}" holds no number that could change', "write the whole clause as the page shows it"
        )
    return text


def _read_type(text: str) -> str:
    found = terms_type(text)
    if found is None:
        raise BadValue(
            f'"{text[:60]}" is no document type', near_word(text, terms_types()) or 'such as "Privacy Policy"'
        )
    return found


def _read_pages(table: Table, min_words: int, *, required: bool) -> tuple[SourcePage, ...]:
    exactly_one(table, ("url", "urls", "pages"), required=required)
    shared = ExtractionRules(_read_selections(table, "select"), _read_selections(table, "remove"), min_words)
    found = [SourcePage(url, shared) for key in ("url", "urls") for url in table.read_all(key, read_url)]
    for page in table.tables("pages"):
        page.only(PAGE_KEYS)
        rules = ExtractionRules(
            _read_selections(page, "select") if "select" in page.data else shared.select,
            _read_selections(page, "remove") if "remove" in page.data else shared.remove,
            min_words,
        )
        found.append(SourcePage(page.read("url", read_url, "", required=True), rules))
    for key in ("urls", "pages"):
        if table.data.get(key) == []:
            table.add(key, "is empty", "name at least one page")
    return tuple(found)


def _read_selections(table: Table, key: str) -> tuple[Selection, ...]:
    value = table.raw(key)
    if value is None:
        return ()
    several = isinstance(value, list)
    found: list[Selection] = []
    for position, item in enumerate(value if several else [value]):
        place = (position,) if several else ()
        reader: Callable[[Any], Selection] = _read_range if isinstance(item, dict) else _read_css
        selection = table.convert(key, place, item, reader, None)
        if selection is not None:
            found.append(selection)
    return tuple(found)


def _read_css(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise BadValue("must be a CSS selector in quotes, or a range { start_before = ..., end_before = ... }")
    return read_selector(value.strip())


def _read_range(data: dict[str, Any]) -> Range:
    for key in data:
        if key not in RANGE_KEYS:
            raise BadValue(f'unknown key "{key[:60]}" in a range', near_word(key, RANGE_KEYS))
    if len([key for key in data if key.startswith("start_")]) != 1 or len(data) != 2:
        raise BadValue("a range needs one start and one end", "start_before or start_after, end_before or end_after")
    return Range(**{key: _read_css(value) for key, value in data.items()})


def _read_earlier(table: Table, pages: tuple[SourcePage, ...], min_words: int) -> tuple[Earlier, ...]:
    """Read the past of a source; an entry without addresses has today's, one without selectors has none."""
    found: dict[date, Earlier] = {}
    for entry in table.tables("earlier"):
        entry.only(EARLIER_KEYS)
        if "until" not in entry.data:
            entry.add("until", "missing", "the last day on which this address or these selectors were right")
            continue
        until = entry.convert("until", (), entry.data["until"], read_date, None)
        past = _read_pages(entry, min_words, required=False)
        if not past and not {"url", "urls", "pages"} & set(entry.data):
            rules = ExtractionRules(_read_selections(entry, "select"), _read_selections(entry, "remove"), min_words)
            past = tuple(SourcePage(page.url, rules) for page in pages)
        if until in found:
            entry.add("until", "two entries end on this day")
        elif until is not None:
            found[until] = Earlier(until, past)
    return tuple(found[until] for until in sorted(found))


def _read_schedule(table: Table) -> Schedule:
    if not table.has("schedule"):
        return Schedule()
    if not isinstance(table.raw("schedule"), dict):
        return Schedule(interval=table.read("schedule", read_duration, timedelta(hours=12)))
    holder = table if "schedule" in table.data else table.behind
    assert holder is not None
    schedule = Table(table.checker, (*holder.path, "schedule"), f"{holder.label}.schedule", table.raw("schedule"))
    schedule.only(("every", "cron", "jitter"))
    exactly_one(schedule, ("every", "cron"))
    jitter = float(schedule.number("jitter", Schedule().jitter, 0, 0.5))
    if "cron" not in schedule.data:
        return Schedule(interval=schedule.read("every", read_duration, timedelta(hours=12)), jitter=jitter)
    if "jitter" in schedule.data:
        schedule.add("jitter", "goes with every, not with cron")
    return Schedule(interval=None, cron=schedule.read("cron", read_cron, None), jitter=jitter)


def _read_backfill(table: Table, archives: tuple[str, ...]) -> Backfill:
    backfill = table.table("backfill")
    if backfill is None:
        return Backfill()
    backfill.only(("archives", "since", "until", "every"))
    standard = Backfill()
    named = backfill.read_all("archives", _name_of(archives, "archive"))
    days = [
        backfill.convert(key, (), backfill.raw(key), read_date, None) if backfill.has(key) else None
        for key in ("since", "until")
    ]
    if days[0] is not None and days[1] is not None and days[0] > days[1]:
        backfill.add("until", "lies before since")
    every = backfill.read("every", read_duration, None) if backfill.has("every") else None
    return Backfill(named if backfill.has("archives") else standard.archives, days[0], days[1], every)


def _check_former_ids(tables: list[Table], sources: tuple[Source, ...]) -> None:
    live = {source.id for source in sources}
    claimed: dict[str, str] = {}
    for table, source in zip(tables, sources, strict=True):
        for former in source.formerly:
            if former in live:
                table.add("formerly", f'"{former}" is the id of a source that is followed', "an id has one history")
            elif former in claimed:
                table.add("formerly", f'"{former}" is claimed by {claimed[former]} already', "an id has one history")
            claimed.setdefault(former, source.id)
