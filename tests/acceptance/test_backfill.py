"""Back-fill through a real pywb by the real command: everything accounted for, killed or not."""

import json
import os
import random
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.conftest import unavailable
from tests.support.archives import Pywb, start_pywb
from tests.support.dump import dump_content
from tracker.store.database import Database
from tracker.store.upkeep.verify import verify_store

pytestmark = [pytest.mark.corpus, pytest.mark.pywb]

#: What the folder of captures holds: files, and captures in all.
#: Every third document of the corpus, and its PDF: all would take minutes.
FILES, CAPTURES = 6, 229


@pytest.fixture(scope="module")
def archive(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pywb]:
    """A pywb that holds every capture of the corpus."""
    if find_spec("pywb") is None:
        unavailable("pywb is not installed")
    warcs = sorted((corpus / "corpus" / "captures").glob("*.warc.gz"))
    with start_pywb(tmp_path_factory.mktemp("pywb"), warcs) as server:
        yield server


def rows(corpus: Path) -> list[dict[str, str]]:
    """Return what the index says of each file that is followed."""
    text = (corpus / "corpus" / "captures" / "index.jsonl").read_text(encoding="utf-8")
    every = [json.loads(line) for line in text.splitlines()]
    return [*every[:-1:3], every[-1]]


def ident(row: dict[str, str]) -> str:
    """Return a source id made of a file's name."""
    return re.sub(r"[^a-z0-9]+", "-", row["file"].removesuffix(".warc.gz").lower()).strip("-")


def sources_file(path: Path, corpus: Path, archive: Pywb) -> Path:
    """Write a sources file that follows every document of the corpus, with the archive to fill it from."""
    address = f'cdx = "{archive.url}/web/cdx"\nreplay = "{archive.url}/web"\n'
    parts = [f'[[archive]]\nname = "local"\ndialect = "pywb"\n{address}delay = 0\n']
    for row in rows(corpus):
        kind = row["document"].split("/")[1].split(" #")[0].rsplit(".", 1)[0]
        parts.append(
            f'[[source]]\nid = "{ident(row)}"\nname = "{row["document"]}"\ntype = "{kind}"\n'
            f'organisation = "{row["document"].split("/")[0]}"\nurl = "{row["url"]}"\n'
            'robots = "ignore"\nbackfill = {archives = ["local"]}\n'
        )
    path.write_text("\n".join(parts), encoding="utf-8")
    return path


def command(home: Path, sources: Path, *arguments: str, **settings: str) -> "subprocess.Popen[str]":
    """Start the tracker in a home of its own."""
    environment = os.environ | {
        "TRACKER_DATA_DIR": str(home),
        "TRACKER_SOURCES": str(sources),
        "TRACKER_ALLOW_PRIVATE_ADDRESSES": "true",
        "TRACKER_HOST_DELAY": "0",
        **settings,
    }
    return subprocess.Popen(
        [sys.executable, "-m", "tracker", *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(home: Path, sources: Path, *arguments: str, **settings: str) -> str:
    """Run the tracker to its end and return what it printed."""
    process = command(home, sources, *arguments, **settings)
    output, errors = process.communicate(timeout=280)
    assert process.returncode == 0, errors[-3000:]
    return output


def content(home: Path) -> list[str]:
    """Return the logical content of a store, after every hash in it was found right."""
    with closing(Database(f"sqlite:///{home / 'tracker.sqlite'}")) as database:
        assert verify_store(database).ok
        with database.read() as session:
            return list(dump_content(session))


def counts(output: str) -> dict[str, int]:
    """Return how many captures are in which state, over all sources."""
    found: dict[str, int] = {}
    for row in json.loads(output):
        for state, number in row["captures"].items():
            found[state] = found.get(state, 0) + number
    return found


def test_a_killed_backfill_ends_as_one_left_alone(archive: Pywb, corpus: Path, tmp_path: Path) -> None:
    """All captures are accounted for, a second run stores nothing, and SIGKILL at random points changes no content.

    Then the newest capture of each source, served as the live web by pywb's proxy mode, is the version known already.
    """
    sources = sources_file(tmp_path / "sources.toml", corpus, archive)
    calm, rough = tmp_path / "calm", tmp_path / "rough"
    states = counts(run(calm, sources, "backfill", "--all", "--json"))
    assert sum(states.values()) == CAPTURES
    assert states.get("pending", 0) == 0
    expected = content(calm)

    again = counts(run(calm, sources, "backfill", "--all", "--json"))
    assert again == states
    assert content(calm) == expected

    chance = random.Random(20260301)
    killed = 0
    while killed < 3:
        process = command(rough, sources, "backfill", "--all", "--json")
        try:
            process.communicate(timeout=chance.uniform(2, 5))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            killed += 1
        else:
            break
    assert killed == 3
    assert counts(run(rough, sources, "backfill", "--all", "--json")) == states
    assert content(rough) == expected

    proxied = {"TRACKER_PROXY": archive.url, "TRACKER_CA_BUNDLE": str(archive.ca), "TRACKER_CONFIRM_DELAY": "0"}
    results = json.loads(run(calm, sources, "check", "--json", **proxied))
    assert len(results["results"]) == FILES
    assert {row["outcome"] for row in results["results"]} == {"unchanged"}
