"""Looks at a whole installation - settings, sources, store, network, routes - and says what to mend."""

import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, func, select

from tracker.alerts.destinations import destinations
from tracker.alerts.render.templates import templates_in
from tracker.alerts.trying import try_templates
from tracker.clock import Clock
from tracker.compare.vocabulary.lexicons import load
from tracker.counting import counted
from tracker.errors import FetchError, SettingsError, SourcesError, StoreBusyError, TrackerError
from tracker.fetch.browser import find_browser, lacking
from tracker.fetch.transport import Transport
from tracker.fetch.watch import Watch
from tracker.hosts import host_of
from tracker.moments import http_date
from tracker.settings import Settings, load_settings
from tracker.sources.load import load_sources
from tracker.sources.model import SourcesFile
from tracker.store.database import Database
from tracker.store.lock import daemon_lock
from tracker.store.schema.tables import Delivery, SourceRow
from tracker.store.trouble import remedy_for, said
from tracker.store.upkeep.disk import disk_of
from tracker.store.upkeep.upgrade import open_store
from tracker.words import Render

_LEAST_SPACE = 1 << 30  #: bytes of free disk below which a store soon cannot grow
_MOST_SKEW = timedelta(minutes=5)  #: by which this machine's clock may differ from a web server's
_OLDEST_SQLITE = (3, 38, 0)
#: Extras, the module by which each is known, and what is missing without it.
_EXTRAS = (
    ("pdf", "pdfminer", "policies that are PDF files cannot be read"),
    ("brotli", "brotlicffi", "archived captures packed as br cannot be read"),
    ("parquet", "pyarrow", "exports cannot be written as Parquet"),
    ("timestamp", "rfc3161_client", "evidence cannot be stamped with a time"),
    ("postgres", "psycopg", "the store cannot be in PostgreSQL"),
)


class State(StrEnum):
    """How something is."""

    FINE = "fine"
    WARNING = "warning"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    area: str  #: settings, words, sources, store, network, routes or program
    state: State
    what: str
    remedy: str = ""  #: what to do; blank where nothing is wrong


#: Asks one address and returns the moment its server says it is, None where it does not say.
Ask = Callable[[Settings, str], datetime | None]


def examine(clock: Clock, *, ask: Ask | None = None) -> Iterator[Finding]:
    """Yield what was found, area by area; nothing is changed and no alert sent.

    Args:
        clock: the machine's.
        ask: how a web server is asked; `None` leaves the network alone.

    """
    yield from _program()
    try:
        settings = load_settings()
    except SettingsError as error:
        yield _broken("settings", str(error), "mend tracker.toml or the variable; README, Settings, lists them all")
        return
    yield from _settings(settings)
    yield from _words(settings)
    found = None
    try:
        found = load_sources(settings.sources)
    except SourcesError as error:
        yield _broken("sources", str(error), "mend the file, then run `tracker sources check`")
    else:
        yield from _sources(settings, found)
    yield from _store(settings, clock)
    if ask is not None:
        yield from _network(settings, found, clock, ask)
    if found is not None:
        yield from _routes(settings, found)


def ask_server(settings: Settings, url: str) -> datetime | None:
    """Return the moment the server of an address says it is.

    Raises:
        FetchError: it did not answer.

    """
    transport = Transport(settings, guarded=not settings.allow_private_addresses)
    with (
        closing(transport),
        Watch(settings.fetch_deadline) as watch,
        closing(transport.get(url, {}, watch)) as response,
    ):
        return http_date(response.headers.get("Date"))


def _fine(area: str, what: str) -> Finding:
    return Finding(area, State.FINE, what)


def _warning(area: str, what: str, remedy: str) -> Finding:
    return Finding(area, State.WARNING, what, remedy)


def _broken(area: str, what: str, remedy: str) -> Finding:
    return Finding(area, State.BROKEN, what, remedy)


def _program() -> Iterator[Finding]:
    from tracker import __version__

    yield _fine("program", f"tracker {__version__}, Python {sys.version.split()[0]}, SQLite {sqlite3.sqlite_version}")
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        oldest = ".".join(map(str, _OLDEST_SQLITE))
        yield _broken("program", "the SQLite of this Python is too old", f"use a Python with SQLite {oldest} or later")
    for extra, module, missing in _EXTRAS:
        if find_spec(module) is None:
            yield _warning("program", f"without the extra `{extra}` {missing}", f"pip install 'tracker[{extra}]'")


def _settings(settings: Settings) -> Iterator[Finding]:
    file = Path("tracker.toml")
    where = str(file.resolve()) if file.exists() else "no tracker.toml in this folder: defaults and variables"
    yield _fine("settings", where)
    if settings.contact is None:
        yield _warning("settings", "`contact` is not set", "site owners who mind the requests cannot reach you; set it")
    if settings.public_url is None and settings.web_host not in {"127.0.0.1", "::1", "localhost"}:
        yield _warning("settings", "`public_url` is not set", "messages cannot link to the pages; set it")


def _words(settings: Settings) -> Iterator[Finding]:
    try:
        load(settings.lexicon_overlays)
    except TrackerError as error:
        yield _broken("words", str(error), "mend the overlay, then run `tracker lexicon check`")
    else:
        yield _fine("words", f"{counted(len(settings.lexicon_overlays), 'overlay')}")


def _sources(settings: Settings, found: SourcesFile) -> Iterator[Finding]:
    yield _fine(
        "sources", f"{settings.sources}: {counted(len(found.sources), 'source')}, {counted(len(found.routes), 'route')}"
    )
    yield from _browser(settings, found)
    if not found.sources:
        yield _warning("sources", "nothing is followed", "add a [[source]]; README, Quick start, shows one")


def _browser(settings: Settings, found: SourcesFile) -> Iterator[Finding]:
    """Say whether pages can be read in a browser, where one may be wanted."""
    modes = [source.render or Render(settings.render) for source in found.sources]
    wanted = modes.count(Render.ALWAYS)
    missing = lacking(settings)
    if missing and wanted:
        yield _broken("sources", f"{counted(wanted, 'source is', 'sources are')} to be read in a browser", missing)
    elif missing and Render.AUTO in modes:
        yield _warning("sources", "pages that show nothing without scripts cannot be read", missing)
    elif not missing and set(modes) - {Render.NEVER}:
        yield _fine("sources", f"pages that need a browser are read in {find_browser(settings)}")


def _store(settings: Settings, clock: Clock) -> Iterator[Finding]:
    try:
        database = open_store(settings)
    except TrackerError as error:
        yield _broken("store", str(error), "see the message; `tracker restore FILE` puts a backup back")
        return
    except (SQLAlchemyError, sqlite3.Error) as error:
        yield _refused(error)
        return
    with closing(database):
        yield _fine("store", database.url.render_as_string(hide_password=True))
        try:
            with database.write() as session:
                session.connection().execute(text("select 1"))
        except (SQLAlchemyError, sqlite3.Error):
            yield _broken("store", "cannot be written to", "give this user the right to write the file and its folder")
        try:
            yield from _disk(database, settings)
            with database.read() as session:
                yield from _history(session, clock)
        except (SQLAlchemyError, sqlite3.Error) as error:
            yield _refused(error)
        yield from _daemon(database)


def _refused(error: Exception) -> Finding:
    """Return what a refusal of the database amounts to, in the words that every other command has for it."""
    remedy = remedy_for(error)
    if remedy is None:
        return _broken(
            "store", f"cannot be read: {error}", "run `tracker verify`; `tracker restore` puts a backup back"
        )
    return _broken("store", f"cannot be used: {said(error)}", remedy)


def _disk(database: Database, settings: Settings) -> Iterator[Finding]:
    if not database.is_sqlite or not database.url.database:
        return
    with closing(sqlite3.connect(database.url.database)) as connection:
        intact = connection.execute("pragma quick_check").fetchone()[0]
    if intact != "ok":
        yield _broken(
            "store", f"the file is damaged: {intact}", "run `tracker verify`; put a backup back with `tracker restore`"
        )
    disk = disk_of(database, settings)
    if disk is not None and disk.free < _LEAST_SPACE:
        yield _warning(
            "store", f"{disk.free:,} bytes of disk are free", "make room, or set keep_raw and run `tracker maintain`"
        )


def _history(session: Session, clock: Clock) -> Iterator[Finding]:
    active = select(SourceRow).where(SourceRow.state == "active")
    followed = session.exec(select(func.count()).select_from(active.subquery())).one()
    failing = session.exec(active.where(SourceRow.failures >= 3).order_by(col(SourceRow.id))).all()
    if failing:
        names = ", ".join(row.id for row in failing[:5])
        yield _warning(
            "sources",
            f"{len(failing)} of {followed} failed three times or more: {names}",
            "`tracker sources list` says why; mend the address or selectors",
        )
    dead = session.exec(select(func.count()).select_from(Delivery).where(Delivery.state == "dead")).one()
    if dead:
        yield _warning(
            "routes",
            f"{counted(dead, 'delivery was', 'deliveries were')} given up",
            "mend the route, then `tracker alerts retry`",
        )
    late = session.exec(
        select(func.count())
        .select_from(SourceRow)
        .where(
            SourceRow.state == "active",
            col(SourceRow.paused).is_(False),
            col(SourceRow.next_check_at) < clock.now() - timedelta(days=1),
        )
    ).one()
    if late:
        yield _warning("sources", f"{counted(late, 'check is', 'checks are')} a day late", "is `tracker run` running?")


def _daemon(database: Database) -> Iterator[Finding]:
    try:
        with daemon_lock(database):
            pass
    except StoreBusyError:
        yield _fine("store", "a daemon runs on it")
    else:
        yield _warning("store", "no daemon runs on it", "start `tracker run`; deploy/ holds a service file")


def _network(settings: Settings, found: SourcesFile | None, clock: Clock, ask: Ask) -> Iterator[Finding]:
    urls = [page.url for source in found.sources[:1] for page in source.pages] if found else []
    urls += [archive.replay for archive in found.archives[:1]] if found else []
    for url in urls:
        host = host_of(url) or url
        try:
            told = ask(settings, url)
        except FetchError as error:
            yield _broken("network", f"{host} did not answer: {error}", "check the network, `proxy` and `ca_bundle`")
            continue
        yield _fine("network", f"{host} answers")
        if told is not None and abs(told - clock.now()) > _MOST_SKEW:
            yield _warning(
                "network", f"this machine's clock differs from {host} by more than 5 minutes", "set the clock"
            )


def _routes(settings: Settings, found: SourcesFile) -> Iterator[Finding]:
    if not found.routes:
        yield _warning("routes", "there is none, so nobody is alerted", "add a [[route]]; README, Alerts, shows one")
    if any(route.enabled for route in found.routes):
        try:
            try_templates(templates_in(settings.templates))
        except SettingsError as error:
            yield _broken("routes", str(error), "mend the folder or the template; else nothing is checked or sent")
    for route in found.routes:
        for url in route.urls:
            if not destinations(url):
                yield _broken(
                    "routes", f"{route.name}: a destination is not understood", "README, Alerts, lists the forms"
                )
    if found.routes:
        yield _fine("routes", "`tracker alerts test ROUTE` sends a message for trial")
