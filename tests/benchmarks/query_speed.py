"""Print how long pages, API lists and searches take over a large history.

`python -m tests.benchmarks.query_speed STORE.sqlite` with a store that `tests.benchmarks.big_history` made;
`--postgres` with no store starts a PostgreSQL server, fills it with the same history and asks that. Requests go through
the whole application in this process: routing, queries, templates, compression. Each is asked for `--rounds` times,
with other sources, changes and words every time, after two that do not count; the slowest of all is told too. What
this process computed meanwhile stands beside: on a machine that does other work it says more than the clock.
"""

import argparse
import random
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from rich.console import Console
from rich.table import Table
from sqlalchemy import text
from starlette.testclient import TestClient

from tests.benchmarks.big_history import LONG, Sizes, make
from tests.benchmarks.timing import quantile
from tests.postgres import running_postgres
from tracker.daemon.engine.wiring import open_runtime
from tracker.history.stats import By
from tracker.settings import Settings
from tracker.store.database import Database
from tracker.web.app import create_app
from tracker.web.server import settle
from tracker.words import Severity, Topic

#: Milliseconds that the slowest twentieth may begin at.
LIST_LIMIT = 100
SEARCH_LIMIT = 200
LONG_LIMIT = 300  #: for a change of a text of 2,000 clauses

#: Requests of each kind before those that count.
WARM = 2

WORDS = ("data", "you", "personal information", '"third parties"', "consent retention", "cookies -rights", "secur*")


@dataclass(frozen=True, slots=True)
class Known:
    """What there is to ask for."""

    sources: int
    versions: int
    changes: list[str]
    long_changes: list[str]  #: of the source with the long text
    clauses: list[tuple[str, int]]  #: of sources


Ask = Callable[[random.Random, Known], str]


def _source(dice: random.Random, known: Known) -> str:
    return f"vendor-{dice.randint(1, known.sources):04}"


def _day(dice: random.Random) -> str:
    return f"{dice.randint(2013, 2024)}-{dice.randint(1, 12):02}-15"


def _topic(dice: random.Random) -> str:
    return dice.choice(list(Topic)).value


def _of_source(path: str) -> Ask:
    return lambda dice, known: path.format(source=_source(dice, known), version=dice.randint(1, known.versions))


def _compare(path: str) -> Ask:
    def ask(dice: random.Random, known: Known) -> str:
        chosen = "&".join(f"source={_source(dice, known)}" for _ in range(4))
        return f"{path}?topic={_topic(dice)}&{chosen}&at={_day(dice)}"

    return ask


def _clause(path: str) -> Ask:
    def ask(dice: random.Random, known: Known) -> str:
        source, ident = dice.choice(known.clauses)
        return path.format(source=source, clause=ident)

    return ask


def _stats(by: By) -> Ask:
    return lambda dice, known: f"/api/v1/stats?by={by}"


#: What is asked for: name, limit in milliseconds, path.
ASKED: tuple[tuple[str, int, Ask], ...] = (
    ("overview", LIST_LIMIT, lambda dice, known: "/"),
    ("overview of a tag", LIST_LIMIT, lambda dice, known: f"/?tag=group-{dice.randrange(20)}"),
    ("changes", LIST_LIMIT, lambda dice, known: "/changes"),
    ("changes of a topic", LIST_LIMIT, lambda dice, known: f"/changes?topic={_topic(dice)}"),
    ("changes of a severity", LIST_LIMIT, lambda dice, known: f"/changes?severity={dice.choice(list(Severity))}"),
    ("source", LIST_LIMIT, _of_source("/sources/{source}")),
    ("version", LIST_LIMIT, _of_source("/sources/{source}/versions/{version}")),
    ("change", LIST_LIMIT, lambda dice, known: f"/changes/{dice.choice(known.changes)}"),
    ("change of 2,000 clauses", LONG_LIMIT, lambda dice, known: f"/changes/{dice.choice(known.long_changes)}"),
    (
        "change of 2,000 clauses, whole text",
        LONG_LIMIT,
        lambda dice, known: (
            f"/changes/{dice.choice(known.long_changes)}?show=all&view={dice.choice(('inline', 'side'))}"
        ),
    ),
    ("version of 2,000 clauses", LONG_LIMIT, lambda dice, known: f"/sources/{LONG}/versions/{dice.randint(1, 4)}"),
    ("clause", LIST_LIMIT, _clause("/sources/{source}/clauses/{clause}")),
    ("compare sources", LIST_LIMIT, _compare("/compare")),
    ("review", LIST_LIMIT, lambda dice, known: "/review"),
    ("review of a change", LIST_LIMIT, lambda dice, known: f"/review/{dice.choice(known.changes)}"),
    ("baselines", LIST_LIMIT, lambda dice, known: "/baselines"),
    ("deadlines", LIST_LIMIT, lambda dice, known: "/deadlines"),
    ("processors", LIST_LIMIT, lambda dice, known: "/processors"),
    ("operator", LIST_LIMIT, lambda dice, known: "/operator"),
    ("reports", LIST_LIMIT, lambda dice, known: "/reports"),
    ("feeds", LIST_LIMIT, lambda dice, known: "/feeds"),
    ("feed of all", LIST_LIMIT, lambda dice, known: "/feeds/all.atom"),
    ("feed of a topic", LIST_LIMIT, lambda dice, known: f"/feeds/topics/{_topic(dice)}.atom"),
    ("API sources", LIST_LIMIT, lambda dice, known: "/api/v1/sources"),
    ("API changes", LIST_LIMIT, lambda dice, known: f"/api/v1/changes?topic={_topic(dice)}"),
    ("API versions", LIST_LIMIT, _of_source("/api/v1/sources/{source}/versions")),
    ("API observations", LIST_LIMIT, _of_source("/api/v1/sources/{source}/observations")),
    ("API snapshots", LIST_LIMIT, _of_source("/api/v1/sources/{source}/snapshots")),
    ("API deliveries", LIST_LIMIT, lambda dice, known: "/api/v1/deliveries"),
    ("API events", LIST_LIMIT, lambda dice, known: "/api/v1/events"),
    ("API deadlines", LIST_LIMIT, lambda dice, known: "/api/v1/deadlines"),
    ("API baselines", LIST_LIMIT, lambda dice, known: "/api/v1/approvals"),
    *((f"API stats by {by}", LIST_LIMIT, _stats(by)) for by in By),
    ("API lineage", LIST_LIMIT, _clause("/api/v1/sources/{source}/clauses/{clause}/lineage")),
    ("API clauses", LIST_LIMIT, _of_source("/api/v1/sources/{source}/clauses")),
    ("search page", SEARCH_LIMIT, lambda dice, known: f"/search?q={dice.choice(WORDS)}"),
    (
        "search page, narrowed",
        SEARCH_LIMIT,
        lambda dice, known: f"/search?q={dice.choice(WORDS)}&topic={_topic(dice)}&since={_day(dice)}",
    ),
    (
        "search page, one source",
        SEARCH_LIMIT,
        lambda dice, known: f"/search?q={dice.choice(WORDS)}&source={_source(dice, known)}",
    ),
    ("API search", SEARCH_LIMIT, lambda dice, known: f"/api/v1/search?q={dice.choice(WORDS)}"),
)


def _known(database: Database) -> Known:
    with database.engine.connect() as connection:

        def column(statement: str) -> list[Any]:
            return list(connection.execute(text(statement), {"long": LONG}).scalars())

        (sources,) = column("select count(*) from source where id != :long")
        (versions,) = column("select count(*) from version where source_key = 1")
        long = "(select key from source where id = :long)"
        changes = column(f"select id from change where source_key != {long} order by id limit 5000")
        long_changes = column(f"select id from change where source_key = {long} order by id")
        clauses = connection.execute(
            text(
                "select source.id, clause_run.clause_id from clause_run join source on source.key = source_key "
                "where clause_run.id % 97 = 0 order by clause_run.id limit 5000"
            )
        )
        return Known(sources, versions, changes, long_changes, [(row[0], row[1]) for row in clauses])


def _times(client: TestClient, ask: Ask, known: Known, rounds: int) -> Iterator[tuple[float, float, int, int, str]]:
    """Yield milliseconds by the clock and of computing, status, bytes on the wire and path of each request."""
    dice = random.Random(7)
    for _ in range(rounds + WARM):
        path = ask(dice, known)
        start, worked = time.perf_counter(), time.process_time()
        with client.stream("GET", path, headers={"Accept-Encoding": "gzip"}) as answer:
            size = sum(len(piece) for piece in answer.iter_raw())
        took, spent = time.perf_counter() - start, time.process_time() - worked
        yield 1_000 * took, 1_000 * spent, answer.status_code, size, path
        if answer.status_code != 200:
            return


def _measured(database_url: str, rounds: int, only: str) -> Table:
    settings = Settings(database_url=SecretStr(database_url), sources=Path("none.toml"), compare_processes=0)
    table = Table("what", "median ms", "p95 ms", "slowest ms", "computing, p95 ms", "limit", "largest kB", "")
    with closing(open_runtime(settings, sources_needed=False)) as runtime:
        known = _known(runtime.database)
        client = TestClient(create_app(runtime), base_url="http://127.0.0.1")
        settle()
        for name, limit, ask in ASKED:
            if only not in name:
                continue
            found = list(_times(client, ask, known, rounds))
            *_, (_, _, status, _, path) = found
            if status != 200:
                table.add_row(name, "", "", "", "", str(limit), "", f"answered {status} at {path}")
                continue
            times, computing = [one[0] for one in found[WARM:]], [one[1] for one in found[WARM:]]
            p95 = quantile(times, 0.95)
            slowest = max(one[0] for one in found)
            size = max(one[3] for one in found) / 1_000
            told = (f"{number:.1f}" for number in (quantile(times, 0.5), p95, slowest, quantile(computing, 0.95)))
            row = (*told, str(limit), f"{size:.0f}")
            table.add_row(name, *row, "" if p95 <= limit else "over")
    return table


def main() -> None:
    """Read the command line, ask for everything, print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("store", type=Path, nargs="?")
    parser.add_argument("--postgres", action="store_true", help="fill a PostgreSQL server of its own")
    parser.add_argument("--sources", type=int, default=1_000, help="that it is filled with")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--only", default="", help="words of the names of what to ask for")
    asked = parser.parse_args()
    if (asked.store is None) != asked.postgres:
        parser.error("give a store, or --postgres")
    with ExitStack() as stack:
        if asked.postgres:
            url = stack.enter_context(stack.enter_context(running_postgres()).database("speed"))
            make(url, Sizes(asked.sources))
        else:
            url = f"sqlite:///{asked.store.absolute()}"
        Console(width=120).print(_measured(url, asked.rounds, asked.only))


if __name__ == "__main__":
    main()
