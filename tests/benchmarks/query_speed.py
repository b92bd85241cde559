"""Print how long pages, API lists and searches take over a large history.

`python -m tests.benchmarks.query_speed STORE.sqlite` with a store that `tests.benchmarks.big_history` made. Requests go
through the whole application in this process: routing, queries, templates, compression. Each is asked for `--rounds`
times, with other sources, changes and words every time, after two that do not count.
"""

import argparse
import random
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr
from rich.console import Console
from rich.table import Table
from sqlalchemy import text
from starlette.testclient import TestClient

from tests.benchmarks.timing import quantile
from tracker.daemon.wiring import open_runtime
from tracker.settings import Settings
from tracker.store.database import Database
from tracker.web.app import create_app
from tracker.words import Severity, Topic

#: Milliseconds that the slowest twentieth may begin at.
LIST_LIMIT = 100
SEARCH_LIMIT = 200

WORDS = ("data", "you", "personal information", '"third parties"', "consent retention", "cookies -rights", "secur*")


@dataclass(frozen=True, slots=True)
class Known:
    """What there is to ask for."""

    sources: int
    versions: int
    changes: list[str]
    clauses: int
    block: int  #: ids of clauses set aside for each source


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
        number = dice.randint(1, known.sources)
        # Ids were given out in blocks a little larger than what is in them.
        ident = 1 + (number - 1) * known.block + dice.randrange(known.clauses // known.sources)
        return path.format(source=f"vendor-{number:04}", clause=ident)

    return ask


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
    ("clause", LIST_LIMIT, _clause("/sources/{source}/clauses/{clause}")),
    ("compare sources", LIST_LIMIT, _compare("/compare")),
    ("review", LIST_LIMIT, lambda dice, known: "/review"),
    ("baselines", LIST_LIMIT, lambda dice, known: "/baselines"),
    ("deadlines", LIST_LIMIT, lambda dice, known: "/deadlines"),
    ("processors", LIST_LIMIT, lambda dice, known: "/processors"),
    ("operator", LIST_LIMIT, lambda dice, known: "/operator"),
    ("feed of all", LIST_LIMIT, lambda dice, known: "/feeds/all.atom"),
    ("feed of a topic", LIST_LIMIT, lambda dice, known: f"/feeds/topics/{_topic(dice)}.atom"),
    ("API sources", LIST_LIMIT, lambda dice, known: "/api/v1/sources"),
    ("API changes", LIST_LIMIT, lambda dice, known: f"/api/v1/changes?topic={_topic(dice)}"),
    ("API versions", LIST_LIMIT, _of_source("/api/v1/sources/{source}/versions")),
    ("API observations", LIST_LIMIT, _of_source("/api/v1/sources/{source}/observations")),
    ("API snapshots", LIST_LIMIT, _of_source("/api/v1/sources/{source}/snapshots")),
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

        def one(statement: str) -> int:
            return int(connection.execute(text(statement)).scalar_one())

        sources, versions, clauses = (one(f"select count(*) from {table}") for table in ("source", "version", "clause"))
        changes = connection.execute(text("select id from change order by id limit 5000")).scalars()
        block = one("select min(clause_id) from clause_run where source_key = 2") - 1
        return Known(sources, versions // sources, list(changes), clauses, block)


def _times(client: TestClient, ask: Ask, known: Known, rounds: int) -> Iterator[tuple[float, int, str]]:
    dice = random.Random(7)
    for at in range(rounds + 2):
        path = ask(dice, known)
        start = time.perf_counter()
        answer = client.get(path, headers={"Accept-Encoding": "gzip"})
        took = 1_000 * (time.perf_counter() - start)
        if answer.status_code != 200:
            yield took, answer.status_code, path
            return
        if at >= 2:
            yield took, len(answer.content), path


def main() -> None:
    """Read the command line, ask for everything, print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("store", type=Path)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--only", default="", help="words of the names of what to ask for")
    asked = parser.parse_args()
    settings = Settings(
        database_url=SecretStr(f"sqlite:///{asked.store.absolute()}"), sources=Path("none.toml"), compare_processes=0
    )
    table = Table("what", "median ms", "p95 ms", "limit", "largest kB", "")
    with closing(open_runtime(settings, sources_needed=False)) as runtime:
        known = _known(runtime.database)
        client = TestClient(create_app(runtime), base_url="http://127.0.0.1")
        for name, limit, ask in ASKED:
            if asked.only not in name:
                continue
            found = list(_times(client, ask, known, asked.rounds))
            if len(found) < asked.rounds:
                table.add_row(name, "", "", str(limit), "", f"answered {found[-1][1]} at {found[-1][2]}")
                continue
            times = [took for took, _, _ in found]
            p95 = quantile(times, 0.95)
            size = max(size for _, size, _ in found) / 1_000
            said = "" if p95 <= limit else "over"
            table.add_row(name, f"{quantile(times, 0.5):.1f}", f"{p95:.1f}", str(limit), f"{size:.0f}", said)
    Console().print(table)


if __name__ == "__main__":
    main()
